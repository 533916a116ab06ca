import json
from pathlib import Path

import pytest

from empathy_agent.agent.consent import ConsentLog
from empathy_agent.errors import SetupError


def test_a_yes_and_a_no_are_recorded_without_the_name(tmp_path: Path):
    log = ConsentLog(tmp_path / "home" / "consent.jsonl")
    log.record("ana@example.org", "s1", True, 1_767_603_600.0)
    log.record("ana@example.org", "s1", False, 1_767_603_660.0)
    text = (tmp_path / "home" / "consent.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["camera"] for line in lines] == [True, False]
    assert lines[0]["at"] == "2026-01-05T09:00:00+00:00"
    assert "ana" not in text


def test_forgetting_leaves_the_others_alone(tmp_path: Path):
    log = ConsentLog(tmp_path / "consent.jsonl")
    log.record("ana", "s1", True, 0.0)
    log.record("ben", "s2", True, 0.0)
    assert log.forget("ana") == 1
    assert log.forget("ana") == 0
    assert len((tmp_path / "consent.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SetupError, match="--home"):
        ConsentLog(tmp_path / "file" / "consent.jsonl").record("ana", "s", True, 0.0)
