"""What is known about a learnt net, as Markdown, from measured figures alone."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.metrics import Guessed, recalls
from empathy_agent.benchmarks.task import SHARES

__all__ = ["HEADER", "expression_card", "faces_card", "row", "with_section"]

HEADER = (
    "| set | n | accuracy (WAR) | UAR | macro-F1 | ECE |\n| --- | --- | --- | --- | --- | --- |"
)


def row(name: str, came: Guessed) -> str:
    """Return one line of a table of scores."""
    values = (came.accuracy, came.uar, came.macro_f1, came.ece)
    return f"| {name} | {came.n} | " + " | ".join(f"{each:.3f}" for each in values) + " |"


def with_section(card: str, title: str, body: str) -> str:
    """Return a card with a section of this title put before its limits, or put anew."""
    section = f"## {title}\n\n{body.strip()}\n\n"
    known = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## )", re.MULTILINE | re.DOTALL)
    if known.search(card):
        return known.sub(lambda _: section, card)
    return card.replace("## Limits\n", f"{section}## Limits\n", 1)


def expression_card(figures: Mapping[str, Any], plan: Any) -> str:
    """Return the card of expression-1."""
    return "\n".join(
        (_INTRODUCTION.format_map(_introduced(figures)), _DATA, _scores(figures), _units(figures))
        + (_LIMITS, _remake("expression", plan))
    )


def _introduced(figures: Mapping[str, Any]) -> dict[str, str]:
    return {
        "units": str(len(figures["valid"]["units"])),
        "size": f"{figures['bytes'] / 1e6:.2f}",
        "ms": f"{figures['one_crop_ms']:.2f}",
    }


_INTRODUCTION = """# expression-1

Reads an upright grey crop of one face, 48 x 48: eight emotions, {units} action units, yaw, pitch
and roll, whether it is a face, and how much of it seems covered. A residual net with squeeze and
excitation; its convolutions run in 8 bits; {size} MB. One crop takes {ms} ms of one thread; at run
time each is read twice, once mirrored.

What a face shows is not what a person feels. Use it to notice and to ask, never to judge.
"""

_DATA = """## Data

- FER2013 pictures (web-scraped, Kaggle release) with the FER+ votes of ten people (MIT,
  Microsoft). Single votes are taken as noise; a picture whose majority is no emotion is left out.
- muxspace/facial_expressions photos (Apache-2.0); their one noisy emotion label each counts 0.3.
- Action units and pose: scores of MediaPipe Face Landmarker (Apache-2.0) on both. A teacher, not
  people's coding: an action unit here is the blendshape that comes closest to it. AU5, AU6 and AU9
  are left out, as the teacher's eyeWide, cheekSquint and noseSneer hardly move; AU14 is learnt but
  not told, as it hardly agreed with the teacher.

No picture is part of this package.
"""


def _scores(figures: Mapping[str, Any]) -> str:
    upright: Guessed = figures["upright"]
    rows = [
        row("FER+ valid, upright by the teacher's landmarks", upright),
        row("FER+ valid, whole pictures as they are", figures["uncut"]),
        row("FER+ valid, read both ways, as `bench` reads (but by the teacher's landmarks)",
            figures["framed"]),
        row("FER+ valid, upright and spoilt (light, blur, noise, JPEG, low resolution)",
            figures["spoilt"]),
        row("photos of people held out, one noisy label each", figures["photo_labels"]),
        row("the same, spoilt", figures["photo_spoilt"]),
    ]  # fmt: skip
    found = zip(Emotion, recalls(upright.counts), strict=True)
    recall = ", ".join(f"{emotion} {share:.2f}" for emotion, share in found)
    surest = zip(SHARES, figures["coverage"], strict=True)
    kept = ", ".join(f"{share:.0%}: {right:.3f}" for share, right in surest)
    steps = "\n".join(
        row(label, figures[key])
        for key, label in (
            ("as_learnt", "as learnt"),
            ("crossed", "calibrated on one half, told on the other, both ways"),
            ("rounded", "calibrated on all of it"),
            ("framed", "the same in 8 bits, as it ships"),
        )
    )
    return f"""## Scores

As it runs: the mean of a crop and its mirror image. FER+ valid is without the pictures that are
also in train, and without those on whose emotion people did not agree, as in `empathy-agent bench`.

{HEADER}
{chr(10).join(rows)}

Recall on FER+ valid, upright: {recall}.

Accuracy of the surest share of them: {kept}.

Three numbers were fitted on FER+ valid: a temperature of {figures["divisor"]:.2f}, a shift of
{figures["strength"]:.1f} of the log shares among the five common emotions, and a lift of
{figures["lift"]:.1f} of disgust, fear and contempt, where accuracy, UAR and macro-F1 together are
best for pictures read both ways. The scores above are on the pictures they were fitted on. What
that is worth on others, by halves:

{HEADER.replace("set", "step")}
{steps}
"""


def _units(figures: Mapping[str, Any]) -> str:
    valid, photos = figures["valid"], figures["photos"]
    units = "\n".join(
        f"| {name} | {value:.2f} | {photos['units'][name]:.2f} |"
        for name, value in valid["units"].items()
    )
    weak = [name for name, value in photos["units"].items() if value < 0.4]
    return f"""Agreement with the teacher (Pearson's r):

| unit | FER+ valid ({valid["n"]}) | held-out photos ({photos["n"]}) |
| --- | --- | --- |
{units}

Weak (below 0.4 on the photos): {", ".join(weak) or "none"}.

Mean absolute error of yaw, pitch, roll against the teacher, in degrees: {_degrees(valid)} on
FER+ valid, {_degrees(photos)} on held-out photos.
"""


_LIMITS = """## Limits

- Contempt, disgust and fear are rare in the data, and are read worst. They are seen more often and
  weighed up (logit adjustment), which costs some accuracy on neutral.
- Posed and press pictures from the web: mostly adults, lighter skins, Western faces. The sets say
  nothing of age, sex or skin, so no score by group could be measured: expect worse for children,
  old people, darker skins and veiled faces.
- Beards, masks, strong make-up, hats and hands change the reading. The covered share was learnt
  on pasted patches, and tells less than is covered.
- A face turned away, too dark, too small or too blurred is not read; the reading says so instead.
"""


_MORE = {
    "expression": """
then, for the tables of the long tail and of quality, each with `--card` and this file,
`python -m empathy_agent.training.tail --data DATA --keep expression.pt` and
`python -m empathy_agent.training.limits --data DATA`."""
}
"""What else remakes a card, by net."""


def _remake(what: str, plan: Any) -> str:
    learnt = ", ".join(f"{name} {value}" for name, value in asdict(plan).items())
    options = f"--data DATA --out empathy_agent/models/weights --keep {what}.pt"
    return f"""## Remake

`empathy-agent train {what} {options}`{_MORE.get(what, "")}

Learnt with {learnt}.
"""


def _degrees(part: Mapping[str, Any]) -> str:
    return ", ".join(f"{each:.1f}" for each in part["pose_mae"])


def faces_card(figures: Mapping[str, float], plan: Any) -> str:
    """Return the card of faces-1."""
    rows = "\n".join(
        f"| {label} | {figures[f'{key}_recall']:.3f} | {figures[f'{key}_recall_loose']:.3f} | "
        f"{figures[f'{key}_false']:.3f} | {figures[f'{key}_landmarks']:.3f} |"
        for key, label in (
            ("photo", f"{figures['photos']:.0f} photos of people held out"),
            ("far", "the same, 30 to 70 px in a frame of 640 x 480"),
            ("tight", f"{figures['crops']:.0f} FER+ valid pictures that a face fills, enlarged"),
        )
    )
    return f"""# faces-1

Finds faces in a grey picture: box, five landmarks, score. A heat map of centres at an eighth of
the picture (after "Objects as Points"), {figures["bytes"] / 1e6:.2f} MB. Finding in a frame of
640 x 480 takes {figures["frame_ms"]:.1f} ms on one thread, passes and decoding together.

## Data

- muxspace/facial_expressions photos (Apache-2.0); boxes and landmarks by YuNet (MIT).
- FER2013 pictures, which a face fills; landmarks by MediaPipe (Apache-2.0), and boxes from those.

Machine labels, a teacher's and not people's. Scenes are made by chance: faces of 16 to 170 px, one
or several, turned, dark, blurred, partly covered; and pictures with the face painted over, shapes,
letters and noise without any. No picture is part of this package.

## Scores

As it runs, with a threshold of 0.5. Recall at an overlap (IoU) of 0.5 and of 0.3; false faces a
picture (overlap below 0.3); mean landmark error in distances between the eyes.

| set | recall 0.5 | recall 0.3 | false | landmarks |
| --- | --- | --- | --- | --- |
{rows}

False faces a picture: {figures["painted_over_false"]:.3f} where the face is painted over,
{figures["backdrop_false"]:.3f} on drawn backdrops.

## Limits

- The photos show one face each, mostly frontal press pictures of adults; the sets say nothing of
  age, sex or skin, so no score by group could be measured. Children, profiles, veils, masks and
  crowds are rare in them.
- Unlabelled faces in the background count as false here.
- Faces below about 16 px at the size of its input, turned by more than 35 degrees in the picture or
  in full profile were not learnt, and may be missed.

{_remake("faces", plan)}"""
