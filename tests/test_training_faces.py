import hashlib
import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from empathy_agent.affect import Emotion
from empathy_agent.benchmarks.metrics import guessed
from empathy_agent.errors import SetupError
from empathy_agent.models.onnx import OnnxNet, checksums
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.expression import UNITS
from empathy_agent.perception.framing import CROP, REFERENCE, STRIDE, decode
from empathy_agent.training import expression, faces
from empathy_agent.training.augment import cover, example, plain
from empathy_agent.training.calibrate import crossed, fit, softmax, temperature
from empathy_agent.training.cards import with_section
from empathy_agent.training.checksums import record
from empathy_agent.training.corpus import (
    TEACHER,
    Sample,
    Samples,
    held_out,
    load_fer,
    pose_of,
    soft_votes,
)
from empathy_agent.training.report import publish_expression, publish_faces
from empathy_agent.training.scenes import Portrait, Scene, backdrop, box_of, faceless, scene, tight

EMOTIONS = list(Emotion)


@cache
def sample(emotion: Emotion, seed: int = 0) -> Sample:
    drawn = draw(expression_of(emotion), size=(96, 96), seed=seed).mean(2).astype(np.uint8)
    return Sample(
        np.ascontiguousarray(drawn[::2, ::2]),
        (REFERENCE * CROP).astype(np.float32),
        framed=True,
        emotion=np.eye(8, dtype=np.float32)[EMOTIONS.index(emotion)],
        trust=1.0,
        units=np.linspace(0, 1, len(TEACHER)).astype(np.float32),
        pose=np.array([5, -5, 10], np.float32),
        taught=True,
    )


def samples(times: int = 4) -> Samples:
    return [sample(emotion, seed) for seed in range(times) for emotion in EMOTIONS]


# Data


def test_single_votes_are_noise():
    votes = np.array(
        [[5, 3, 1, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 2, 0, 0, 0, 0, 7, 0], [1] * 10], np.uint8
    )
    soft, clear, nothing = soft_votes(votes)
    np.testing.assert_allclose(soft[0, :3], [5 / 8, 3 / 8, 0])
    assert clear.tolist() == [True, False, False]
    assert not nothing.any()
    np.testing.assert_allclose(soft.sum(1), 1)


def test_a_picture_that_most_take_for_no_face_is_none():
    votes = np.zeros((1, 10), np.uint8)
    votes[0, 9] = 8
    _, clear, nothing = soft_votes(votes)
    assert nothing.all()
    assert not clear.any()


def around(axis: str, degrees: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = {
        "x": [[1, 0, 0], [0, cos, -sin], [0, sin, cos]],
        "y": [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]],
        "z": [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]],
    }[axis]
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    return matrix[None]


def test_the_teachers_pose_is_told_as_ours():
    # Its y points up and its z to the camera: a turn about y moves the nose to the right.
    np.testing.assert_allclose(pose_of(around("y", 20))[0], [-20, 0, 0], atol=1e-4)
    np.testing.assert_allclose(pose_of(around("x", -20))[0], [0, 20, 0], atol=1e-4)
    np.testing.assert_allclose(pose_of(around("z", 20))[0], [0, 0, -20], atol=1e-4)


def test_all_photos_of_a_person_are_on_one_side():
    people = [f"Person_{i}" for i in range(300)]
    sides = [{held_out(f"{each}_{n:04}.jpg") for n in range(5)} for each in people]
    assert all(len(side) == 1 for side in sides)
    assert 0.03 < np.mean([side == {True} for side in sides]) < 0.2


def test_missing_data_is_told_in_one_line(tmp_path: Path):
    with pytest.raises(SetupError, match="--data"):
        load_fer(tmp_path, "train")


def write_fer(folder: Path, split: str, images: np.ndarray) -> None:
    n = len(images)
    votes = np.zeros((n, 10), np.uint8)
    votes[np.arange(n), np.arange(n) % 8] = 10
    np.savez(folder / f"ferplus_{split}.npz", images=images, votes=votes)
    names = np.array([shape for shapes in TEACHER.values() for shape in shapes])
    np.savez(
        folder / f"ferplus_{split}_face.npz",
        ok=np.ones(n, bool),
        blend=np.zeros((n, len(names)), np.float16),
        names=names,
        lm=np.full((n, 24, 2), 0.5, np.float16),
        pose=np.repeat(np.eye(4, dtype=np.float16)[None], n, 0),
    )


def toy_folder(folder: Path) -> None:
    """Write a data folder of drawn faces: both splits of FER+, and photos of two people."""
    folder.mkdir()
    drawn = [sample(emotion, seed) for seed in range(4) for emotion in EMOTIONS]
    write_fer(folder, "train", np.stack([each.picture for each in drawn[:16]]))
    write_fer(folder, "valid", np.stack([each.picture for each in drawn[16:]]))
    names = [f"{person}_{n}.jpg" for person in people() for n in range(3)]
    jpegs = [cv2.imencode(".jpg", each.picture)[1].ravel() for each in drawn[: len(names)]]
    points = (REFERENCE * CROP).ravel()
    np.savez(
        folder / "photos_train.npz",
        names=np.array(names),
        emotion=np.array([str(EMOTIONS[n % 8]) for n in range(len(names))]),
        jpeg=np.concatenate(jpegs),
        offsets=np.cumsum([0, *map(len, jpegs)]),
        faces=np.array([[n, 4, 4, 40, 40, *points, 1] for n in range(len(names))], np.float32),
    )
    shapes = np.array([shape for each in TEACHER.values() for shape in each])
    np.savez(
        folder / "photos_train_face.npz",
        ok=np.ones(len(names), bool),
        blend=np.random.default_rng(0).random((len(names), len(shapes))).astype(np.float16),
        names=shapes,
        pose=np.repeat(np.eye(4, dtype=np.float16)[None], len(names), 0),
    )


def people() -> list[str]:
    """Return a person to learn from and one who is held out."""
    names = [f"Person{n}" for n in range(100)]
    return [
        next(each for each in names if held_out(f"{each}_0.jpg") is aside)
        for aside in (False, True)
    ]


def test_a_picture_that_is_also_in_train_is_dropped(tmp_path: Path):
    images = np.random.default_rng(0).integers(0, 256, (12, 48, 48), dtype=np.uint8)
    write_fer(tmp_path, "train", images[:8])
    write_fer(tmp_path, "valid", images[4:])
    kept, _ = load_fer(tmp_path, "valid", unlike=tmp_path / "ferplus_train.npz")
    assert len(kept) == 4
    assert len(load_fer(tmp_path, "valid")[0]) == 8


# Augmentation


def test_chance_is_the_seeds_alone():
    one, other = (example(sample(Emotion.FEAR), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.crop, other.crop)
    np.testing.assert_array_equal(one.pose, other.pose)


def test_every_example_is_a_crop_with_a_true_answer():
    rng = np.random.default_rng(0)
    for _ in range(60):
        made = example(sample(Emotion.ANGER), rng)
        assert made.crop.shape == (CROP, CROP)
        assert 0 <= made.covered <= 1
        assert abs(abs(made.pose[0]) - 5) < 1e-5
        assert abs(made.pose[2]) <= 10 + 26


def test_a_patch_tells_how_much_it_hides():
    white = np.full((CROP, CROP), 255, np.uint8)
    shares = [cover(white, np.random.default_rng(seed))[1] for seed in range(60)]
    assert min(shares) < 0.1 < max(shares) <= 1


def test_an_upright_sample_is_left_as_it_is():
    known = sample(Emotion.SURPRISE)
    assert np.abs(plain(known).astype(int) - known.picture).mean() < 1


# Scenes


def portraits() -> list[Portrait]:
    return tight(samples(2))


def test_scenes_have_one_face_several_and_none():
    rng, known = np.random.default_rng(0), portraits()
    made = [scene(known, rng, 128) for _ in range(60)]
    counts = [len(each.boxes) for each in made]
    assert {0, 1} < set(counts)
    assert all(each.picture.shape == (128, 128) for each in made)
    assert all(np.isfinite(each.boxes).all() and np.isfinite(each.points).all() for each in made)
    assert all((each.boxes[:, 2:] > each.boxes[:, :2]).all() for each in made)


def test_the_landmarks_of_a_scene_lie_in_their_boxes():
    rng, known = np.random.default_rng(1), portraits()
    for _ in range(40):
        made = scene(known, rng, 128)
        for box, points in zip(made.boxes, made.points, strict=True):
            assert (points.mean(0) > box[:2]).all()
            assert (points.mean(0) < box[2:]).all()
            assert points[0, 0] < points[1, 0]


def test_a_painted_over_face_is_gone():
    portrait = portraits()[0]
    painted = faceless(portrait, np.random.default_rng(0))
    x, y = portrait.points[2].astype(int)
    part = (slice(y - 8, y + 8), slice(x - 8, x + 8))
    assert painted.shape == portrait.picture.shape
    assert not np.array_equal(painted[part], portrait.picture[part])


def test_backdrops_are_pictures():
    rng = np.random.default_rng(0)
    for _ in range(20):
        made = backdrop(rng, 64)
        assert (made.shape, made.dtype) == ((64, 64), np.uint8)


def test_what_a_scene_wants_decodes_to_its_faces():
    points = (REFERENCE * 60 + [30, 20]).astype(np.float32)
    wanted = Scene(np.zeros((128, 128), np.uint8), box_of(points)[None], points[None])
    heat, shape, weight = faces.targets(wanted)
    assert heat.shape == (128 // STRIDE, 128 // STRIDE)
    (found,) = decode(heat, shape, 0.99)
    np.testing.assert_allclose(found.box, wanted.boxes[0], atol=1e-2)
    np.testing.assert_allclose(found.landmarks, points, atol=1e-2)
    assert (weight > 0).sum() >= 1


# Calibration


def honest(n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Return logits whose probabilities are right, and classes drawn from them."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (n, 8)) + np.log([0.3, 0.25, 0.12, 0.12, 0.1, 0.03, 0.05, 0.03])
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return logits, np.array([rng.choice(8, p=each) for each in odds])


def test_the_temperature_of_honest_odds_is_about_one():
    logits, truth = honest()
    assert temperature(logits, truth) == pytest.approx(1, abs=0.1)
    assert temperature(logits * 3, truth) == pytest.approx(3, abs=0.3)


def test_calibration_mends_what_is_too_sure():
    logits, truth = honest()
    views = np.stack([logits, logits]) * 3
    prior = np.bincount(truth, minlength=8) / len(truth)
    before = guessed(softmax(views).mean(0), truth)
    after = guessed(crossed(views, truth, prior), truth)
    assert after.ece < 0.5 * before.ece
    assert after.accuracy + after.uar >= before.accuracy + before.uar - 0.02


def test_the_shift_moves_towards_the_common_and_tells_the_rare_apart_no_further():
    logits, truth = honest()
    prior = np.bincount(truth, minlength=8) / len(truth)
    favoured = logits - 1.5 * np.log(np.maximum(prior, np.sort(prior)[-5]))
    weighed = fit(favoured[None], truth, prior)
    rare = np.argsort(prior)[:4]
    assert weighed.strength > 0
    assert weighed.bias[prior.argmax()] > weighed.bias[np.argsort(prior)[3]]
    np.testing.assert_allclose(weighed.bias[rare[:3]], weighed.lift)


# Cards


def test_a_section_is_put_before_the_limits_and_put_anew():
    card = "# net\n\n## Scores\n\nx\n\n## Limits\n\n- y\n"
    once = with_section(card, "The long tail", "one\n")
    again = with_section(once, "The long tail", "two\n")
    assert once == card.replace("## Limits", "## The long tail\n\none\n\n## Limits")
    assert again == once.replace("one", "two")


# Checksums


def test_recording_keeps_what_others_recorded(tmp_path: Path):
    (tmp_path / "b.npz").write_bytes(b"b")
    (tmp_path / "a.onnx").write_bytes(b"a")
    record(tmp_path, "b.npz")
    record(tmp_path, "a.onnx")
    known = json.loads((tmp_path / "checksums.json").read_text(encoding="utf-8"))
    assert list(known) == ["a.onnx", "b.npz"]
    assert known["a.onnx"] == hashlib.sha256(b"a").hexdigest()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "a.onnx",
        "b.npz",
        "checksums.json",
    ]


# Training


def test_the_expression_net_is_learnt_written_and_read_again(tmp_path: Path):
    plan = expression.Plan(epochs=1, batch=16, photos=8, rare=1)
    keep = tmp_path / "keep.pt"
    net = expression.train(samples(), [], plan, keep)
    again = expression.train(samples(), [], plan, keep)
    crops = np.stack([plain(each) for each in samples(1)])
    for one, other in zip(
        expression.predict(net, crops), expression.predict(again, crops), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    told = publish_expression(net, samples(2), samples(2), tmp_path, plan)
    assert told.n == 16
    assert (tmp_path / "expression-1.onnx").stat().st_size < 6e6
    assert "expression-1.onnx" in checksums(tmp_path)
    assert "| AU12 |" in (tmp_path / "expression-1.md").read_text(encoding="utf-8")
    logits, units, rest = OnnxNet("expression-1", tmp_path).run(crops[:, None].astype(np.float32))
    assert (logits.shape, units.shape, rest.shape) == ((8, 8), (8, len(UNITS)), (8, 5))
    direct = expression.predict(net, crops)[2]
    np.testing.assert_allclose(rest[:, :3], direct[:, :3] * 30, rtol=0.1, atol=2)


def test_rare_emotions_are_seen_more_often():
    many = [sample(Emotion.NEUTRAL)] * 48 + [sample(Emotion.CONTEMPT)]
    majority = [int(each.emotion.argmax()) for each in expression.repeated(many, 4)]
    assert majority.count(EMOTIONS.index(Emotion.CONTEMPT)) == 4
    assert majority.count(0) == 48


def test_the_face_finder_is_learnt_written_and_read_again(tmp_path: Path):
    plan = faces.Plan(epochs=1, batch=4, scenes=8, side=64)
    net = faces.train(portraits(), plan, tmp_path / "keep.pt")
    told = publish_faces(net, portraits()[:2], portraits()[:2], tmp_path, plan)
    assert 0 <= told["photo_recall"] <= 1
    assert "faces-1.onnx" in checksums(tmp_path)
    heat, shape = OnnxNet("faces-1", tmp_path).run(np.zeros((1, 1, 128, 64), np.float32))
    assert (heat.shape, shape.shape) == ((1, 1, 16, 8), (1, 14, 16, 8))


@pytest.mark.parametrize("module", [expression, faces])
def test_the_command_says_where_the_data_should_be(module: object, tmp_path: Path):
    with pytest.raises(SetupError, match="--data"):
        module.main(["--data", str(tmp_path), "--out", str(tmp_path), "--epochs", "1"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--device", "cdua"], "no device 'cdua' here"),
        (["--keep", "gone/keep.pt"], "no folder 'gone'"),
    ],
)
def test_a_run_is_refused_before_it_loads_anything(options: list[str], told: str, tmp_path: Path):
    with pytest.raises(SetupError, match=told):
        expression.main(["--data", str(tmp_path), "--out", str(tmp_path), *options])


def test_a_toy_folder_is_learnt_by_the_command_and_gone_on_with(tmp_path: Path):
    toy_folder(tmp_path / "faces")
    options = ["--data", str(tmp_path), "--out", str(tmp_path), "--device", "cpu"]
    options += ["--keep", str(tmp_path / "keep.pt"), "--log", str(tmp_path / "run.log")]
    expression.main([*options, "--epochs", "1"])
    first = (tmp_path / "expression-1.onnx").read_bytes()
    expression.main([*options, "--epochs", "2"])
    assert (tmp_path / "expression-1.onnx").read_bytes() != first
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert log.count("epoch 1: loss") == log.count("epoch 2: loss") == 1
    assert "going on after epoch 1" in log
    card = (tmp_path / "expression-1.md").read_text(encoding="utf-8")
    assert "Learnt with epochs 2" in card and "## Limits" in card
    assert "expression-1.onnx" in checksums(tmp_path)
