"""Every example runs, as a stranger would run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from empathy_agent.affect import Emotion
from empathy_agent.perception.avatar import draw, expression_of

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name: str, *arguments: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "EMPATHY_HOME": str(home)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_one_turn_in_six_lines(tmp_path: Path):
    first, reply = run("six_lines.py", home=tmp_path).split("\n", 1)
    assert first.split()[0] in set(Emotion)
    assert len(reply.strip()) > 20


def test_an_async_web_handler_answers_three_at_once(tmp_path: Path):
    lines = [line for line in run("web_handler.py", home=tmp_path).splitlines() if " | " in line]
    assert len(lines) == 3


def test_a_parent_graph_uses_ours_as_a_subgraph(tmp_path: Path):
    out = run("parent_graph.py", home=tmp_path)
    assert "from 9 to 17" in out
    assert out.count("> ") == 2


def test_a_folder_of_pictures_becomes_csv(tmp_path: Path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    face = draw(expression_of(Emotion.HAPPINESS, 0.9), size=(320, 240))
    Image.fromarray(face).save(pictures / "a.png")
    Image.new("RGB", (64, 64), "navy").save(pictures / "b.png")
    header, a, b = run("pictures_to_csv.py", str(pictures), home=tmp_path).splitlines()
    assert header.startswith("picture,emotion")
    assert a.startswith("a.png,happiness,")
    assert b.endswith(",no_face")


def test_a_service_agent_looks_up_an_order_and_opens_a_ticket(tmp_path: Path):
    out = run("sqlite_cases.py", home=tmp_path)
    assert "A-4711" in out and "look_up_order" in out
    assert "open_ticket" in out and "ticket: " in out


def test_transcripts_are_written_for_every_talk():
    """`write_transcripts.py` itself is run, and compared, in `test_transcripts.py`."""
    talks = (EXAMPLES / "transcripts").glob("*.yaml")
    assert all(talk.with_suffix(".md").exists() for talk in talks)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_every_example_is_run_by_a_test_above(path: Path):
    assert path.name in Path(__file__).read_text(encoding="utf-8")
