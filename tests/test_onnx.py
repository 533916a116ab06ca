import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from empathy_agent.errors import SetupError
from empathy_agent.models.onnx import OnnxNet, card, checksums

WEIGHTS = Path(str(files("empathy_agent.models.weights")))
NETS = ("expression-1", "faces-1")


def copy_of(name: str, folder: Path) -> Path:
    weights = (WEIGHTS / f"{name}.onnx").read_bytes()
    (folder / f"{name}.onnx").write_bytes(weights)
    known = {f"{name}.onnx": hashlib.sha256(weights).hexdigest()}
    (folder / "checksums.json").write_text(json.dumps(known), encoding="utf-8")
    return folder / f"{name}.onnx"


def test_a_net_answers_the_same_every_time():
    net = OnnxNet("expression-1")
    crops = np.random.default_rng(0).uniform(0, 255, (3, 1, 48, 48)).astype(np.float32)
    first, again = net.run(crops), net.run(crops)
    assert [each.shape[0] for each in first] == [3, 3, 3]
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_many_threads_share_one_net():
    net = OnnxNet("expression-1")
    crops = np.random.default_rng(1).uniform(0, 255, (8, 1, 1, 48, 48)).astype(np.float32)
    with ThreadPoolExecutor(4) as pool:
        threaded = [each[0] for each in pool.map(net.run, crops)]
    for crop, answer in zip(crops, threaded, strict=True):
        np.testing.assert_array_equal(net.run(crop)[0], answer)


def test_the_constructor_reads_nothing(tmp_path: Path):
    net = OnnxNet("expression-1", tmp_path)
    with pytest.raises(SetupError, match=r"checksums\.json"):
        net.warm()


def flip_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    file.write_bytes(bytes(data))


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:1000])


def break_the_list(file: Path) -> None:
    (file.parent / "checksums.json").write_text("no json", encoding="utf-8")


@dataclass(frozen=True)
class Case:
    id: str
    harm: Callable[[Path], None]
    told: str


DAMAGE = (
    Case("a flipped byte", flip_a_byte, "damaged"),
    Case("a file cut short", cut_short, "damaged"),
    Case("a missing file", Path.unlink, "missing"),
    Case("a broken list", break_the_list, "cannot be read"),
)


@pytest.mark.parametrize("case", DAMAGE, ids=lambda case: case.id)
def test_damaged_weights_are_refused_in_one_line_that_says_how_to_mend_it(
    case: Case, tmp_path: Path
):
    case.harm(copy_of("faces-1", tmp_path))
    with pytest.raises(SetupError, match=case.told) as told:
        OnnxNet("faces-1", tmp_path).warm()
    assert "\n" not in str(told.value)
    assert "reinstall" in str(told.value)


def test_whole_weights_elsewhere_are_taken(tmp_path: Path):
    copy_of("faces-1", tmp_path)
    heat, shape = OnnxNet("faces-1", tmp_path).run(np.zeros((1, 1, 64, 128), np.float32))
    assert (heat.shape, shape.shape) == ((1, 1, 8, 16), (1, 14, 8, 16))


def test_an_unknown_net_is_told_with_near_names():
    with pytest.raises(SetupError, match="did you mean 'expression-1'"):
        OnnxNet("expresion-1").warm()


def test_the_shipped_weights_are_what_the_list_says():
    for file, digest in checksums().items():
        assert hashlib.sha256((WEIGHTS / file).read_bytes()).hexdigest() == digest


def test_all_weights_together_are_small():
    assert sum((WEIGHTS / file).stat().st_size for file in checksums()) < 12_000_000


@pytest.mark.parametrize("name", NETS)
def test_every_net_has_a_card_with_data_licence_scores_limits_and_how_to_remake_it(name: str):
    text = card(name)
    for wanted in (f"# {name}", "## Data", "Apache-2.0", "## Scores", "## Limits", "--data"):
        assert wanted in text


def test_a_card_that_is_not_there_is_told_with_near_names():
    with pytest.raises(SetupError, match="did you mean 'faces-1'"):
        card("face-1")
