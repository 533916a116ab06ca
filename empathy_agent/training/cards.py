"""What is known about a learnt net, as Markdown, from measured figures alone."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from empathy_agent.training.score import Scores

__all__ = ["expression_card", "faces_card"]


def _plan(plan: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(plan).items())


def _row(name: str, scores: Scores) -> str:
    values = (scores.accuracy, scores.uar, scores.macro_f1, scores.ece)
    return f"| {name} | {scores.n} | " + " | ".join(f"{each:.3f}" for each in values) + " |"


def expression_card(figures: Mapping[str, Any], plan: Any) -> str:
    """Return the card of expression-1."""
    upright: Scores = figures["upright"]
    rows = [
        _row("FER+ valid, upright by the teacher's landmarks", upright),
        _row("FER+ valid, whole pictures as they are", figures["uncut"]),
        _row("FER+ valid, upright and spoilt (light, blur, noise, JPEG, low resolution)",
             figures["spoilt"]),
        _row("photos of people held out, one noisy label each", figures["photo_labels"]),
    ]  # fmt: skip
    valid, photos = figures["valid"], figures["photos"]
    recall = ", ".join(f"{name} {value:.2f}" for name, value in upright.recall.items())
    units = "\n".join(
        f"| {name} | {value:.2f} | {photos['units'][name]:.2f} |"
        for name, value in valid["units"].items()
    )
    weak = [name for name, value in photos["units"].items() if value < 0.4]
    return f"""# expression-1

Reads an upright grey crop of one face, 48 x 48: eight emotions, {len(valid["units"])} action units,
yaw, pitch and roll, whether it is a face, and how much of it seems covered. A residual net
with squeeze and excitation, {figures["bytes"] / 1e6:.2f} MB. One crop takes
{figures["one_crop_ms"]:.2f} ms on one thread; at run time each is read twice, once mirrored.

What a face shows is not what a person feels. Use it to notice and to ask, never to judge.

## Data

- FER2013 pictures (web-scraped, Kaggle release) with the FER+ votes of ten people (MIT,
  Microsoft). Single votes are taken as noise; a picture whose majority is no emotion is left out.
- muxspace/facial_expressions photos (Apache-2.0); their one noisy emotion label each counts 0.3.
- Action units and pose: scores of MediaPipe Face Landmarker (Apache-2.0) on both. A teacher, not
  people's coding: an action unit here is the blendshape that comes closest to it. AU5, AU6 and AU9
  are left out, as the teacher's eyeWide, cheekSquint and noseSneer hardly move; AU14 is learnt but
  not told, as it hardly agreed with the teacher.

No picture is part of this package.

## Scores

As it runs: the mean of a crop and its mirror image. FER+ valid is without the pictures that are
also in train. Two things were fitted on it: the limits of quality, and the temperature
({figures["temperature"]:.2f}), so that its calibration error (ECE; {figures["ece_before"]:.3f}
without) is optimistic.

| set | n | accuracy | UAR | macro F1 | ECE |
| --- | --- | --- | --- | --- | --- |
{chr(10).join(rows)}

Recall on FER+ valid, upright: {recall}.

Agreement with the teacher (Pearson's r):

| unit | FER+ valid ({valid["n"]}) | held-out photos ({photos["n"]}) |
| --- | --- | --- |
{units}

Weak (below 0.4 on the photos): {", ".join(weak) or "none"}.

Mean absolute error of yaw, pitch, roll against the teacher, in degrees: {_degrees(valid)} on
FER+ valid, {_degrees(photos)} on held-out photos.

## Limits

- Contempt, disgust and fear are rare in the data, and are read worst. They are seen more often and
  weighed up (logit adjustment), which costs some accuracy on neutral.
- Posed and press pictures from the web: mostly adults, lighter skins, Western faces. The sets say
  nothing of age, sex or skin, so no score by group could be measured: expect worse for children,
  old people, darker skins and veiled faces.
- Beards, masks, strong make-up, hats and hands change the reading. The covered share was learnt
  on pasted patches, and tells less than is covered.
- A face turned away, too dark, too small or too blurred is not read; the reading says so instead.
  The limits lie where accuracy on FER+ valid, spoilt on purpose, fell to 0.6 to 0.7.

## Remake

`python -m empathy_agent.training.expression --data DATA --out empathy_agent/models/weights`

Learnt with {_plan(plan)}.
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

## Remake

`python -m empathy_agent.training.faces --data DATA --out empathy_agent/models/weights`

Learnt with {_plan(plan)}.
"""
