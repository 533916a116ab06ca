# pyright: basic
"""The command line from outside: exit codes, stdout, stderr."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.cli import main
from empathy_agent.perception.avatar import draw, expression_of
from tests.servers import Answer, Fails, HangsUp, Likely, Says, serving


def run(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *arguments: str,
    stdin: str = "",
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        return run(capsys, monkeypatch, *arguments, stdin=stdin)

    return call


@pytest.fixture(scope="module")
def smile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "smile.png"
    Image.fromarray(draw(expression_of(Emotion.HAPPINESS, 0.9), size=(640, 480))).save(path)
    return path


def test_screen_tells_a_crisis_from_traffic(cli):
    code, out, _ = cli(
        "screen", "--json", stdin="I am going to kill myself tonight\nthis traffic is killing me\n"
    )
    assert code == 0
    assert [json.loads(line)["risk"] for line in out.splitlines()] == ["imminent", "none"]


def test_screen_reads_json_lines_with_id_and_context(cli):
    line = json.dumps({"id": 7, "text": "yes", "context": ["I want to kill myself"]})
    code, out, _ = cli("screen", "--json", stdin=line + "\n")
    told = json.loads(out)
    assert (code, told["id"]) == (0, 7)
    assert set(told) == {"id", "risk", "score", "signals"}
    assert told["risk"] in {"moderate", "high", "imminent"}


def test_a_line_that_only_looks_like_json_is_words(cli):
    code, out, _ = cli("screen", "--json", stdin="{I want to kill myself\n")
    assert code == 0
    assert json.loads(out)["risk"] in {"moderate", "high", "imminent"}


def test_a_json_line_without_text_is_told(cli):
    code, _, err = cli("screen", "--json", stdin='{"txt": "hi"}\n')
    assert code == 2
    assert "line 1" in err
    assert err.count("\n") == 1


def test_words_prints_the_contract(cli):
    code, out, _ = cli("words", "--json", stdin="I am so happy for you!\n\n")
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert told[0]["emotion"] == "happiness"
    assert set(told[0]) == {
        *("emotion", "distribution", "goemotions", "valence", "arousal", "dominance", "intensity"),
        *("semeval", "model"),
    }
    assert told[1]["emotion"] is None


def test_perceive_prints_a_reading_a_picture(cli, smile: Path, tmp_path: Path):
    Image.fromarray(np.full((120, 160, 3), 128, np.uint8)).save(tmp_path / "grey.png")
    code, out, err = cli("perceive", str(smile), str(tmp_path / "grey.png"), "--json")
    first, second = (AffectReading.model_validate_json(line) for line in out.splitlines())
    assert code == 0
    assert first.emotion is Emotion.HAPPINESS
    assert (second.emotion, second.abstained) == (None, "no_face")
    assert "grey.png" in err


def test_perceive_goes_on_after_a_bad_file(cli, smile: Path, tmp_path: Path):
    (tmp_path / "not.jpg").write_text("hello", encoding="utf-8")
    code, out, err = cli("perceive", str(tmp_path / "not.jpg"), str(smile), "--json")
    assert code == 2
    assert len(out.splitlines()) == 1
    assert "not.jpg" in err


def test_a_camera_is_not_read_without_a_yes(cli):
    code, out, err = cli("perceive", "camera:0", "--json")
    assert (code, out) == (2, "")
    assert "--consent" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chat", "--plain", "--persona", "mental_helth_support"), "mental_health_support"),
        (("chat", "--plain", "--source", "nothing.mp4"), "nothing.mp4"),
        (("chat", "--plain", "--chat", "telepathy"), "telepathy"),
        (("perceive", "--vision", "telepathy", "x.png"), "telepathy"),
        (("perceive", "nothing.png"), "nothing.png"),
        (("eval", "nothing.yaml"), "nothing.yaml"),
        (("dance",), "dance"),
        (("chat", "--colour", "red"), "--colour"),
    ],
)
def test_what_the_user_can_fix_is_one_line_and_exit_2(cli, arguments: tuple[str, ...], told: str):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_chat_prints_one_object_a_turn_and_recalls_the_next_time(cli):
    said = "I failed my exam and I cannot face my parents\n\nI do not know what to do\n"
    chat = ("chat", "--plain", "--json", "--consent", "--source", "demo", "--user", "a")
    code, out, err = cli(*chat, stdin=said)
    turns = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(turns) == 2
    assert "empty message" in err
    for turn in turns:
        assert {"reply", "risk", "reading", "recalled", "strategy", "tools", "took_ms"} <= set(turn)
        assert turn["reading"]["frames"] > 0
        assert turn["reply"]
    assert turns[0]["reply"] != turns[1]["reply"]
    _, out, _ = cli(*chat, stdin="That exam is still on my mind\n")
    recalled = json.loads(out)["recalled"]
    assert any("exam" in note["said"] for note in recalled)


def test_without_consent_no_frame_is_read(cli):
    chat = ("chat", "--plain", "--json", "--source", "demo", "--user", "a")
    _, out, err = cli(*chat, stdin="hello\n")
    reading = json.loads(out)["reading"]
    assert (reading["frames"], reading["abstained"]) == (0, "no_consent")
    assert "--consent" in err


def test_memory_lists_and_forgets(cli):
    cli("chat", "--plain", "--user", "a", stdin="my secret is a red bicycle\n")
    _, listed, _ = cli("memory", "list", "--user", "a", "--json")
    assert json.loads(listed)["said"] == "my secret is a red bicycle"
    _, stats, _ = cli("memory", "stats", "--user", "a")
    assert "not enough yet" in stats
    code, out, _ = cli("memory", "forget", "--user", "a", "--yes", "--json")
    assert code == 0
    assert (json.loads(out)["moments"], json.loads(out)["traces"]) == (1, 0)
    assert cli("memory", "list", "--user", "a") == (0, "", "")


def test_a_memory_moves_to_another_user_and_is_drawn(cli, tmp_path: Path):
    cli("chat", "--plain", "--user", "a", stdin="my bicycle is gone\nI am so sad\n")
    _, lines, _ = cli("memory", "export", "--user", "a")
    assert len(lines.splitlines()) >= 2
    file = tmp_path / "a.jsonl"
    file.write_text(lines, encoding="utf-8")
    code, out, _ = cli("memory", "import", "--user", "b", "--file", str(file))
    assert (code, "imported 2 records" in out) == (0, True)
    assert cli("memory", "export", "--user", "b")[1] == lines
    assert "●" in cli("memory", "timeline", "--user", "b")[1]
    drawing = tmp_path / "b.svg"
    assert cli("memory", "timeline", "--user", "b", "--file", str(drawing))[0] == 0
    assert drawing.read_text(encoding="utf-8").startswith("<svg")


def test_a_memory_on_a_server_is_used_and_its_absence_is_one_line(cli, tmp_path: Path):
    from tests.chroma_server import free_port, running

    port = free_port()
    where = ("--user", "a", "--memory", f"http://127.0.0.1:{port}")
    code, _, err = cli("memory", "list", *where)
    assert (code, err.count("\n")) == (2, 1)
    assert f"chroma run --host 127.0.0.1 --port {port}" in err
    assert cli("memory", "list", "--user", "a", "--memory", "nowhere")[0] == 2
    assert cli("memory", "repair", *where)[0] == 2
    file = tmp_path / "kept.jsonl"
    file.write_text('{"id": "1", "session": "s", "at": 1, "said": "hi"}\n', encoding="utf-8")
    with running(tmp_path / "rows", port) as server:
        if server is None:
            pytest.skip("`chroma run` does not start here")
        assert cli("memory", "import", *where, "--file", str(file))[0] == 0
        assert "hi" in cli("memory", "list", *where)[1]
        assert "export 0" not in cli("memory", "stats", *where)[1]
        _, told, _ = cli("memory", "forget", *where, "--yes")
        assert "its files cannot be searched from here" in told
        assert cli("memory", "list", *where)[1] == ""
    _, told, _ = cli("memory", "stats", "--user", "a")
    assert "rights used: forget 1, import 1" in told


def test_a_memory_is_repaired_without_naming_anybody(cli):
    cli("chat", "--plain", "--user", "a", stdin="hello\n")
    assert cli("memory", "repair")[:2] == (0, "made 0 damaged indexes again, from 0 moments\n")
    code, _, err = cli("memory", "list")
    assert (code, "--user NAME" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("import", "--file", "nowhere.jsonl"), "cannot read 'nowhere.jsonl'"),
        (("timeline", "--file", "life.gif"), "drawn as SVG"),
        (("timeline", "--file", "nowhere/life.svg"), "cannot write"),
    ],
)
def test_a_file_of_a_memory_that_cannot_be_used_is_one_line(
    cli, arguments: tuple[str, ...], told: str
):
    code, out, err = cli("memory", *arguments, "--user", "a")
    assert (code, out, told in err, err.count("\n")) == (2, "", True, 1)


@pytest.mark.parametrize(
    "text", ["😀" * 50, "مرحبا كيف حالك", "a\x00b\x1b[31mc", "…", "你好", "x " * 200_000]
)
def test_any_text_gets_an_answer(cli, text: str):
    code, out, _ = cli("chat", "--plain", "--json", "--user", "a", stdin=f"{text}\n")
    assert code == 0
    assert json.loads(out)["reply"]


def test_perceive_asks_a_vision_model_on_a_server(cli, smile: Path):
    pytest.importorskip("openai")

    def sees(body: dict) -> Answer:
        if body.get("logprobs"):
            return Likely([{"surprise": 0.7, "happiness": 0.2, "neutral": 0.1}])
        return Says("The corners of the mouth are raised.")

    with serving(sees) as server:
        code, out, err = cli("perceive", str(smile), "--json", "--vision", server.name)
        alone = cli("perceive", str(smile), "--json")[1]
    reading, expert = (AffectReading.model_validate_json(each) for each in (out, alone))
    assert (code, err) == (0, "")
    assert reading.model == f"{expert.model}+test-model"
    assert "vision unavailable" not in reading.cues
    asked = server.asked[0]["messages"][0]["content"]
    assert [part["type"] for part in asked].count("image_url") >= 2
    assert reading.distribution and expert.distribution
    assert reading.distribution[Emotion.SURPRISE] > expert.distribution[Emotion.SURPRISE]


@pytest.mark.parametrize(
    "answer", [Fails(500, "<html>no</html>"), Fails(200, "<html></html>"), HangsUp()]
)
def test_when_the_vision_server_is_down_the_expert_alone_answers_and_says_so(
    cli, smile: Path, answer: Answer
):
    pytest.importorskip("openai")
    with serving(answer) as server:
        code, out, _ = cli("perceive", str(smile), "--json", "--vision", server.name)
    reading = AffectReading.model_validate_json(out)
    assert code == 0
    assert reading.emotion == Emotion.HAPPINESS
    assert "vision unavailable" in reading.cues
    assert "test-model" not in reading.model


def test_a_vision_model_that_is_not_there_is_one_line(cli, smile: Path):
    pytest.importorskip("openai")
    with serving(Fails(404), models=("test-modell",)) as server:
        code, out, err = cli("perceive", str(smile), "--json", "--vision", server.name)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "did you mean 'test-modell'" in err


def test_doctor_says_what_works(cli):
    code, out, _ = cli("doctor", "--json")
    found = {told["name"]: told for told in map(json.loads, out.splitlines())}
    assert code == 0
    assert found["eyes"]["ok"]
    assert found["memory"]["ok"]


def test_doctor_asks_the_servers(cli):
    pytest.importorskip("openai")
    likely = Likely([{"Yes": 0.9, "No": 0.1}])
    with serving(likely) as eyes, serving(Fails(404), models=("llama3.2",)) as talks:
        chat = f"openai:{talks.url}#lama3.2"
        code, out, _ = cli("doctor", "--json", "--vision", eyes.name, "--chat", chat)
    found = {told["name"]: told for told in map(json.loads, out.splitlines())}
    assert code == 1
    assert found["vision"]["ok"]
    assert "how likely 20 tokens are" in found["vision"]["told"]
    assert not found["chat"]["ok"]
    assert "did you mean 'llama3.2'" in found["chat"]["told"]


def test_eval_writes_junit_and_fails_on_a_failed_check(cli, tmp_path: Path):
    scenario = tmp_path / "s.yaml"
    scenario.write_text(
        "id: s\nturns:\n  - user: this traffic is killing me\n    expect: {risk: [high]}\n",
        encoding="utf-8",
    )
    code, out, err = cli("eval", str(scenario), "--junit", str(tmp_path / "r.xml"))
    assert code == 1
    assert "0 of 1 runs passed" in out
    assert "wanted high, got none" in err
    assert "failure" in (tmp_path / "r.xml").read_text(encoding="utf-8")


def test_help_and_version_need_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-m", "empathy_agent.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("empathy-agent ")


def test_bench_scores_a_folder_of_pictures(cli, tmp_path: Path):
    for name, emotion in (("happy", Emotion.HAPPINESS), ("neutral", Emotion.NEUTRAL)):
        (tmp_path / name).mkdir()
        drawn = draw(expression_of(emotion, 0.9), size=(320, 240))
        Image.fromarray(drawn).save(tmp_path / name / "a.png")
    code, out, _ = cli("bench", "folder", "--data", str(tmp_path), "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["n"], told["accuracy"]) == (2, 1.0)
    code, _, err = cli("bench", "foldr", "--data", str(tmp_path))
    assert code == 2
    assert "'folder'" in err
