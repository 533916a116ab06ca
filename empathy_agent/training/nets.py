# pyright: basic, reportMissingImports=false
"""The two nets that learn to see, small enough to train on two CPU cores."""

import torch
from torch import Tensor, nn

__all__ = ["ExpressionNet", "FacesNet"]


class _Attend(nn.Module):
    """Squeeze and excitation (Hu et al., 2018)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // 8, 1)
        self.excite = nn.Conv2d(width // 8, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        weight = torch.relu(self.squeeze(x.mean((2, 3), keepdim=True)))
        return x * torch.sigmoid(self.excite(weight))


class _Block(nn.Module):
    def __init__(self, wide: int, width: int, stride: int, attend: bool = True) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(wide, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            _Attend(width) if attend else nn.Identity(),
        )
        self.past = nn.Identity()
        if stride != 1 or wide != width:
            self.past = nn.Sequential(
                nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                nn.Conv2d(wide, width, 1, bias=False),
                nn.BatchNorm2d(width),
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.past(x))


class ExpressionNet(nn.Module):
    """Crops [N, 1, 48, 48] in 0..255 to emotion logits, unit logits, and the rest.

    The rest: yaw, pitch, roll in units of 30 degrees, logit of being a face, logit of the covered
    share. Each crop is standardised first, so that light and contrast matter little.
    """

    def __init__(self, units: int, widths: tuple[int, int, int] = (32, 96, 256)) -> None:
        super().__init__()
        first, second, third = widths
        self.stem = nn.Sequential(
            nn.Conv2d(1, first, 4, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
        )
        self.body = nn.Sequential(
            _Block(first, first, 1),
            _Block(first, second, 2),
            _Block(second, second, 1),
            _Block(second, third, 2),
            _Block(third, third, 1),
        )
        self.drop = nn.Dropout(0.25)
        self.emotion = nn.Linear(third, 8)
        self.units = nn.Linear(third, units)
        self.rest = nn.Linear(third, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the three answers for crops."""
        middle = x.mean((2, 3), keepdim=True)
        spread = ((x - middle) ** 2).mean((2, 3), keepdim=True).sqrt()
        features = self.body(self.stem((x - middle) / (spread + 8))).mean((2, 3))
        features = self.drop(features)
        return self.emotion(features), self.units(features), self.rest(features)


class FacesNet(nn.Module):
    """Pictures [N, 1, h, w] in 0..255, sides multiples of 64, to a heat map and shapes at 1/8.

    Returns logits [N, 1, h/8, w/8] that a face is centred there, and [N, 14, h/8, w/8]: centre,
    log of width and height in cells, five landmarks from the centre as fractions of the box
    (after Zhou et al., 2019, "Objects as Points").
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()

        def down(wide: int, to: int) -> nn.Module:
            return nn.Sequential(_Block(wide, to, 2, False))

        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 4, 4, 0, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.quarter = _Block(width, width, 1, False)
        self.eighth = nn.Sequential(down(width, 2 * width), _Block(2 * width, 2 * width, 1, False))
        self.sixteenth = down(2 * width, 3 * width)
        self.thirtysecond = down(3 * width, 3 * width)
        self.last = nn.Sequential(nn.MaxPool2d(2), _Block(3 * width, 3 * width, 1, False))
        self.join64 = nn.Conv2d(3 * width, 3 * width, 1)
        self.join32 = nn.Conv2d(3 * width, 3 * width, 1)
        self.join16 = nn.Conv2d(3 * width, 2 * width, 1)
        self.mix16 = _Block(3 * width, 3 * width, 1, False)
        self.mix8 = _Block(2 * width, 2 * width, 1, False)
        self.heat = nn.Conv2d(2 * width, 1, 1)
        self.shape = nn.Sequential(
            nn.Conv2d(2 * width, 2 * width, 3, 1, 1), nn.ReLU(), nn.Conv2d(2 * width, 14, 1)
        )
        self.heat.bias = nn.Parameter(torch.full((1,), -4.0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return heat logits and shapes for pictures."""
        grow = nn.functional.interpolate
        quarter = self.quarter(self.stem((x - 118) / 64))
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        deep = self.thirtysecond(sixteenth)
        whole = deep + grow(self.join64(self.last(deep)), scale_factor=2.0)
        sixteenth = self.mix16(sixteenth + grow(self.join32(whole), scale_factor=2.0))
        eighth = self.mix8(eighth + grow(self.join16(sixteenth), scale_factor=2.0))
        return self.heat(eighth), self.shape(eighth)
