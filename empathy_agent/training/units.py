"""Fit from which intensity on each action unit is plain to see, to the expert that ships.

What the expert's readings of 95 in 100 neutral faces of FER+ valid stay below, and no less than
0.15. To be run after the expert was made again, as each one has ranges of its own:

    empathy-agent train units --data FOLDER
"""

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from empathy_agent.affect import Emotion
from empathy_agent.perception import shown
from empathy_agent.perception.expression import UNITS, ExpressionModel
from empathy_agent.perception.framing import CROP, REFERENCE, Face
from empathy_agent.perception.track import BLINKS, EMOTIONS
from empathy_agent.training.corpus import load_fer

__all__ = ["fitted", "main", "written"]

_log = logging.getLogger(__name__)

_LEAST = 0.15
_SHARE = 0.95
_AT_ONCE = 64
_NEUTRAL = EMOTIONS.index(Emotion.NEUTRAL)


def main(arguments: Sequence[str] = ()) -> None:
    """Fit them, and write them beside the words for them."""
    parser = argparse.ArgumentParser(prog="empathy-agent train units", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="where ferplus_valid.npz is")
    parser.add_argument("--out", type=Path, default=Path(shown.__file__), help="module to write")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    valid, _ = load_fer(chosen.data, "valid", unlike=chosen.data / "ferplus_train.npz")
    pictures = [each.picture for each in valid if each.sure and each.emotion.argmax() == _NEUTRAL]
    levels = fitted(_read(pictures))
    chosen.out.write_text(written(levels, len(pictures)), encoding="utf-8")
    _log.info("%s from %d neutral faces", levels, len(pictures))


def fitted(units: NDArray[np.float64]) -> dict[str, float]:
    """Return from which intensity on each unit is plain to see.

    Args:
        units: [N, len(UNITS)] readings of neutral faces.
    """
    levels = np.maximum(np.quantile(units, _SHARE, axis=0), _LEAST)
    return {
        name: round(float(level), 2)
        for name, level in zip(UNITS, levels, strict=True)
        if name not in BLINKS
    }


def written(levels: Mapping[str, float], faces: int) -> str:
    """Return the module that tells them."""
    rows = "".join(f'    "{name}": {level},\n' for name, level in levels.items())
    return (
        '"""From which intensity on each action unit is plain to see.\n\n'
        "Written by `empathy-agent train units`; do not change it by hand.\n"
        f"The expert's readings of 95 in 100 of {faces} neutral faces of FER+ valid lie below.\n"
        '"""\n\n'
        "from collections.abc import Mapping\n\n"
        '__all__ = ["SHOWN"]\n\n'
        f"SHOWN: Mapping[str, float] = {{\n{rows}}}\n"
    )


def _read(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    expert = ExpressionModel()
    face = Face((0, 0, CROP, CROP), (REFERENCE * CROP).astype(np.float32), 1.0)
    found = [
        affect.action_units
        for start in range(0, len(pictures), _AT_ONCE)
        for affect in expert.read_many(
            [(each, face) for each in pictures[start : start + _AT_ONCE]]
        )
    ]
    return np.array(found)
