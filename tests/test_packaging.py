"""What is in the wheel, and that `packages` names every folder."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _packages() -> set[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return set(tomllib.load(file)["tool"]["setuptools"]["packages"])


def test_every_folder_with_code_is_packaged():
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "empathy_agent").rglob("__init__.py")
    }
    folders |= {"empathy_agent.tools", "empathy_agent.prompts"}
    assert folders == _packages()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "-o",
        str(out),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_the_wheel_has_one_top_level_name(wheel: zipfile.ZipFile):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"empathy_agent"}


def test_the_wheel_carries_words_weights_and_types(wheel: zipfile.ZipFile):
    names = set(wheel.namelist())
    for part in (
        *("py.typed", "prompts/personas/mental_health_support.yaml", "safety/helplines.yaml"),
        *("models/weights/checksums.json", "tools/perceive_emotion.py"),
    ):
        assert f"empathy_agent/{part}" in names


def test_the_wheel_carries_every_data_file_of_the_tree(wheel: zipfile.ZipFile):
    names = set(wheel.namelist())
    shipped = {".yaml", ".md", ".txt", ".onnx", ".npz", ".json", ".tcss"}
    for folder, place in (("prompts", "empathy_agent/prompts"), ("empathy_agent", "empathy_agent")):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in shipped and path.is_file():
                assert f"{place}/{path.relative_to(ROOT / folder).as_posix()}" in names


def test_the_wheel_is_small(wheel: zipfile.ZipFile):
    assert sum(info.file_size for info in wheel.infolist()) < 40e6
