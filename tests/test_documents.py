from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from empathy_agent.documents import load, parse
from empathy_agent.errors import SetupError


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    colour: str = "red"


class _Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    parts: list[_Inner] = []


def test_a_good_file_becomes_a_model(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("name: x\nparts:\n  - colour: blue\n", encoding="utf-8")
    assert load(path, _Outer).parts[0].colour == "blue"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nam: x\nname: y", "unknown key 'nam'; did you mean 'name'?"),
        ("name: x\nparts: [{color: blue}]", "did you mean 'colour'?"),
        ("parts: []", "'name' is missing"),
        ("name: [1]", "'name'"),
        ("name: 'x", "is not YAML"),
        ("- 1", "pairs"),
        ("", "pairs"),
    ],
)
def test_a_bad_text_is_told_in_one_line(text: str, told: str):
    with pytest.raises(SetupError) as caught:
        parse(text, _Outer, "a.yaml")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(SetupError, match="No such file"):
        load(tmp_path / "none.yaml", _Outer)


def test_a_file_that_is_no_text_is_told(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(SetupError, match="not UTF-8"):
        load(path, _Outer)
