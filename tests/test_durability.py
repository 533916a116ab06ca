# pyright: basic
"""What is left when the process dies, the disk is full, or two of us open one memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHAT = [sys.executable, "-m", "empathy_agent.cli", "chat", "--plain", "--json", "--user", "a"]


@pytest.fixture
def chat(tmp_path: Path):
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*CHAT, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "EMPATHY_HOME": str(tmp_path / "home")},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def say(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_a_kill_in_the_middle_of_a_turn_loses_no_finished_turn(chat):
    first = chat()
    say(first, "my red bicycle was stolen")
    assert answer(first)["reply"]
    say(first, "I walked home in the rain")
    first.kill()
    first.wait()
    again = chat()
    say(again, "I keep thinking of my red bicycle")
    recalled = answer(again)["recalled"]
    assert isinstance(recalled, list)
    assert any("red bicycle was stolen" in note["said"] for note in recalled)


def test_a_second_process_is_told_that_the_memory_is_in_use(chat):
    first = chat()
    say(first, "hello there")
    answer(first)
    second = chat()
    _, err = second.communicate("hello too\n", timeout=60)
    assert second.returncode == 2
    assert "--home" in err.splitlines()[-1]


def test_a_home_that_is_a_file_is_told(chat, tmp_path: Path):
    (tmp_path / "home").write_text("not a folder", encoding="utf-8")
    process = chat()
    _, err = process.communicate("hello\n", timeout=60)
    assert process.returncode == 2
    assert "Traceback" not in err
