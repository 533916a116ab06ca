"""The committed conversations are what the embedded voice says now."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
TALKS = sorted((EXAMPLES / "transcripts").glob("*.yaml"))


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "write_transcripts", EXAMPLES / "write_transcripts.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.stem)
def test_a_transcript_is_what_is_said_now(talk: Path, writer: ModuleType):
    assert talk.with_suffix(".md").read_text(encoding="utf-8") == writer.transcript(talk)


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.stem)
def test_nothing_is_said_twice_in_a_session(talk: Path):
    told = talk.with_suffix(".md").read_text(encoding="utf-8")
    for session in told.split("\n## "):
        replies = re.findall(r"\*\*Agent:\*\* (.+)", session)
        assert len(replies) == len(set(replies))


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.stem)
def test_a_reply_has_two_questions_at_most(talk: Path):
    for reply in re.findall(
        r"\*\*Agent:\*\* (.+)", talk.with_suffix(".md").read_text(encoding="utf-8")
    ):
        assert reply.count("?") <= 2, reply


def test_recall_trend_and_follow_up_are_to_be_seen():
    told = (EXAMPLES / "transcripts" / "weeks.md").read_text(encoding="utf-8")
    assert "driving test" in told.split("## Monday, 16 March")[1].split("**Person:**")[1]
    assert "heavier than usual" in told
    assert "recalled “" in told
    assert "getting" in told
