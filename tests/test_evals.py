import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from empathy_agent.affect import Abstention, Emotion
from empathy_agent.agent.events import TurnResult
from empathy_agent.errors import SetupError
from empathy_agent.evals.check import check_turn
from empathy_agent.evals.report import Report, Run, Spoken, write_reports
from empathy_agent.evals.run import evaluate
from empathy_agent.evals.scenario import Expect, Given, Scenario, find_scenarios, seconds_of
from empathy_agent.evals.stage import given_reading

EXAMPLES = Path(__file__).parents[1] / "examples" / "scenarios"


def write(folder: Path, text: str, name: str = "s.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def result(**changed: object) -> TurnResult:
    told: dict[str, object] = {
        "reply": "That sounds hard. You can call or text 988.",
        "risk": "low",
        "reading": given_reading(Given(emotion=Emotion.SADNESS)),
        "recalled": (),
        "strategy": "reflection",
        "route": "respond",
        "tools": ("perceive_emotion",),
        "took_ms": 1.0,
    }
    return TurnResult(**{**told, **changed})  # pyright: ignore[reportArgumentType]


def failures(result: TurnResult, **expect: object) -> list[str]:
    wanted = Expect.model_validate(expect)
    return [c.name for c in check_turn(1, result, wanted, human_asked=False) if not c.passed]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3d", 259_200), ("90min", 5_400), ("30s", 30), ("2w", 1_209_600), ("1.5h", 5_400)],
)
def test_spans_of_time_are_read(text: str, seconds: float):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "d", "soon", "-1d"])
def test_what_is_no_span_is_refused(text: str):
    with pytest.raises(ValueError, match="write 3d"):
        seconds_of(text)


@pytest.mark.parametrize(
    "expect",
    [
        {"emotion": ["sadness"]},
        {"abstained": "none"},
        {"risk": ["none", "low"]},
        {"route": "respond"},
        {"strategy": ["reflection", "question"]},
        {"tools": ["perceive_emotion"]},
        {"reply_must": ["SOUNDS hard"], "reply_must_not": ["calm down"]},
        {"helpline": "US"},
        {"conflict": False, "human_asked": False},
        {},
    ],
)
def test_what_holds_passes(expect: dict[str, object]):
    assert failures(result(), **expect) == []


@pytest.mark.parametrize(
    ("expect", "name"),
    [
        ({"emotion": ["anger"]}, "emotion"),
        ({"abstained": "no_face"}, "abstained"),
        ({"risk": ["high"]}, "risk"),
        ({"route": "hold"}, "route"),
        ({"strategy": ["question"]}, "strategy"),
        ({"tools": ["hand_over"]}, "tool hand_over"),
        ({"reply_must": ["bridge"]}, "reply must"),
        ({"reply_must_not": ["hard"]}, "reply must not"),
        ({"helpline": "GB"}, "helpline"),
        ({"recalled_contains": "exam"}, "recalled contains"),
        ({"conflict": True}, "conflict"),
        ({"human_asked": True}, "human asked"),
    ],
)
def test_what_does_not_hold_fails_by_name(expect: dict[str, object], name: str):
    assert failures(result(), **expect) == [f"turn 1: {name}"]


def test_a_reading_that_is_missing_is_not_an_emotion():
    assert failures(result(reading=None), emotion=["neutral"]) == ["turn 1: emotion"]


def test_a_given_reading_is_whole_or_absent():
    sad = given_reading(Given(emotion=Emotion.SADNESS, confidence=0.9))
    assert sad.distribution is not None
    assert sad.distribution[Emotion.SADNESS] == pytest.approx(0.9)
    dark = given_reading(Given(abstained=Abstention.DARK))
    assert (dark.emotion, dark.abstained) == (None, Abstention.DARK)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: a\nturns:\n  - user: hi\n    expct: {}\n", "did you mean 'expect'?"),
        ("id: a\nturns:\n  - user: hi\n    expect: {rsk: [low]}\n", "did you mean 'risk'?"),
        ("id: a\nturns: []\n", "'turns'"),
        ("id: a\nturns:\n  - user: hi\n    advance: soon\n", "write 3d"),
        ("id: a\nturns:\n  - user: hi\n    camera: {}\n", "one of draw, file and reading"),
        ("id: a\nturns:\n  - user: hi\n    expect: {reply_must: ['(']}\n", "regular expression"),
        ("id: a\nturns:\n  - user: hi\n    expect: {emotion: [joyful]}\n", "'neutral'"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(tmp_path: Path, text: str, told: str):
    with pytest.raises(SetupError) as caught:
        Scenario.load(write(tmp_path, text))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(SetupError, match="no scenario"):
        find_scenarios([tmp_path / "none"])
    with pytest.raises(SetupError, match=r"no \.yaml"):
        find_scenarios([tmp_path])


def test_two_scenarios_with_one_id_are_told(tmp_path: Path):
    text = "id: a\nturns:\n  - user: hi\n"
    write(tmp_path, text, "one.yaml")
    write(tmp_path, text, "two.yaml")
    with pytest.raises(SetupError, match="one id"):
        find_scenarios([tmp_path])


@pytest.fixture(scope="module")
def examples() -> Report:
    return evaluate([EXAMPLES], at_once=2)


def test_every_example_scenario_passes(examples: Report):
    assert [run.line() for run in examples.runs if not run.passed] == []
    assert len(examples.runs) >= 12


def test_both_personas_are_played():
    personas = {scenario.persona for _, scenario in find_scenarios([EXAMPLES])}
    assert personas == {"mental_health_support", "customer_service"}


def test_an_expectation_turned_round_fails_and_says_why(tmp_path: Path):
    text = (EXAMPLES / "idioms.yaml").read_text(encoding="utf-8")
    path = write(tmp_path, text.replace("risk: [none]", "risk: [imminent]", 1))
    report = evaluate([path])
    assert not report.passed
    assert report.runs[0].failed[0].why() == "turn 1: risk: wanted imminent, got none"


def test_a_picture_that_is_not_there_is_an_error_not_a_failure(tmp_path: Path):
    text = "id: a\nturns:\n  - user: hi\n    camera: {file: gone.jpg}\n"
    report = evaluate([write(tmp_path, text)])
    run = report.runs[0]
    assert run.error is not None
    assert run.error.startswith("turn 1:")
    assert not run.failed
    assert "1 could not be played" in report.summary()


def test_the_same_seed_plays_the_same(tmp_path: Path):
    path = EXAMPLES / "late_parcel.yaml"
    one, two = (evaluate([path], seed=3).runs[0] for _ in range(2))
    assert [s.result.reply for s in one.spoken] == [s.result.reply for s in two.spoken]


def _run(**changed: object) -> Run:
    checks = tuple(
        check_turn(1, result(), Expect.model_validate({"risk": ["high"]}), human_asked=False)
    )
    told: dict[str, object] = {
        "id": "a<b",
        "file": "a.yaml",
        "number": 0,
        "checks": checks,
        "spoken": (Spoken("hi", result()),),
        "error": None,
        "took_ms": 5.0,
    }
    return Run(**{**told, **changed})  # pyright: ignore[reportArgumentType]


def test_the_reports_say_what_failed(tmp_path: Path):
    report = Report((_run(), _run(id="b", checks=(), error="turn 1: broken")))
    junit, markdown, jsonl = tmp_path / "r.xml", tmp_path / "r.md", tmp_path / "r.jsonl"
    write_reports(report, jsonl=jsonl, junit=junit, markdown=markdown)
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "turn 1: risk: wanted high, got low"
    assert "turn 1: broken" in markdown.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in jsonl.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["turns"][0]["user"] == "hi"
    assert lines[1]["passed"] is False


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(SetupError, match="cannot write"):
        write_reports(Report(()), jsonl=tmp_path / "no" / "r.jsonl", junit=None, markdown=None)
