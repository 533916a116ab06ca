"""A vision model named anywhere: command line, scenario files, settings, and whole turns."""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.app import open_eyes
from empathy_agent.cli import main
from empathy_agent.errors import SetupError
from empathy_agent.evals.run import evaluate
from empathy_agent.perception.asking import Asking
from empathy_agent.perception.avatar import draw, expression_of
from empathy_agent.perception.debias import Debias
from empathy_agent.perception.perceiver import Perceiver
from empathy_agent.settings import Settings
from tests.fakes import agent, parts
from tests.likely_vision import LikelyVision, answered
from tests.test_perceiver import Expert, Finder, moving, perceiver

SCARED = moving((Emotion.FEAR, 1.0))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = int(stop.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture(scope="module")
def smile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "smile.png"
    Image.fromarray(draw(expression_of(Emotion.HAPPINESS, 0.9), size=(320, 240))).save(path)
    return path


@pytest.mark.parametrize("between", ["none", "expert", "vlm"])
def test_perceive_asks_the_model_that_is_named(
    capsys: pytest.CaptureFixture[str], smile: Path, between: str
) -> None:
    code, out, err = run(
        capsys,
        "perceive",
        str(smile),
        "--json",
        "--vision",
        "scripted:happiness",
        "--between",
        between,
    )
    reading = AffectReading.model_validate_json(out)
    assert (code, err) == (0, "")
    assert reading.model.endswith("+scripted")
    assert reading.prompt


def test_perceive_says_where_pictures_go(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nobody = tmp_path / "wall.png"
    Image.fromarray(np.full((60, 80, 3), 120, np.uint8)).save(nobody)
    told: dict[str, str] = {}
    for name in ("openai:http://eyes.example.com/v1#m", "openai:http://127.0.0.1:9/v1#m"):
        code, out, told[name] = run(capsys, "perceive", str(nobody), "--json", "--vision", name)
        assert (code, json.loads(out)["abstained"]) == (0, "no_face")
    remote, local = told.values()
    assert "pictures leave this machine: they are sent to eyes.example.com" in remote
    assert "leave this machine" not in local


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--between", "everybody"), "invalid choice: 'everybody'"),
        (("--debias", "magic", "--vision", "scripted:fear"), "vision_debias has no 'magic'"),
    ],
)
def test_a_way_of_asking_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], smile: Path, arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = run(capsys, "perceive", str(smile), *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_bench_calibrates_nothing_without_a_vision_model(
    capsys: pytest.CaptureFixture[str], smile: Path
) -> None:
    folder = smile.parent / "labelled"
    (folder / "happiness").mkdir(parents=True)
    (folder / "happiness" / "smile.png").write_bytes(smile.read_bytes())
    code, _, err = run(capsys, "bench", "folder", "--data", str(folder), "--calibrate")
    assert code == 2
    assert "name one with --vision" in err
    code, _, err = run(
        capsys,
        "bench",
        "folder",
        "--data",
        str(folder),
        "--calibrate",
        "--vision",
        "scripted:happiness",
    )
    assert code == 2
    assert "1 faces are too few" in err


SCENARIO = """
id: {id}
{vision}
turns:
  - user: well
    camera:
      draw:
        - {{emotion: happiness, seconds: 1.0}}
"""


def test_scenarios_name_their_vision_model_or_take_that_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        SCENARIO.format(id="own", vision="vision: scripted:happiness"), encoding="utf-8"
    )
    (tmp_path / "run.yaml").write_text(SCENARIO.format(id="run", vision=""), encoding="utf-8")
    models = {
        each.id: [said.result.reading.model for said in each.spoken if said.result.reading]
        for each in evaluate([tmp_path], vision="embedded").runs
    }
    assert "scripted" in models["own"][0]
    assert "scripted" not in models["run"][0]
    others = evaluate([tmp_path / "run.yaml"], vision="scripted:happiness").runs
    reading = others[0].spoken[0].result.reading
    assert reading is not None
    assert "scripted" in reading.model


def test_a_scenario_with_a_model_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO.format(id="x", vision="vision: telepathy"), encoding="utf-8")
    (only,) = evaluate([path]).runs
    assert only.error is not None
    assert "telepathy" in only.error


def test_settings_say_how_a_vision_model_is_asked() -> None:
    eyes = open_eyes(
        Settings(
            vision="scripted:fear",
            vision_debias="yes-no,prior",
            vision_between="none",
            vision_told=True,
            vision_describe=False,
            vision_pixels=50_000,
            vision_budget_s=0.5,
        )
    )
    assert eyes.second is not None
    assert eyes.second.debias == Debias(mode="yes-no", orders=1)
    assert eyes.second.asking == Asking(
        Debias(mode="yes-no", orders=1), "none", True, False, 50_000, 0.5
    )


def test_a_damaged_calibration_is_told_only_to_who_would_use_it(tmp_path: Path) -> None:
    (tmp_path / "vision.json").write_text("?", encoding="utf-8")
    open_eyes(Settings(home=tmp_path))
    with pytest.raises(SetupError, match=r"vision\.json' is damaged"):
        open_eyes(Settings(home=tmp_path, vision="scripted:fear"))


class Wordy(LikelyVision):
    """Sees contempt and says so in its own words."""

    def __init__(self) -> None:
        answer = "agree: no\nfelt: smug, aloof\nseen: one lip corner raised; chin up"
        super().__init__({"contempt": 6.0}, answer=answer)


def test_a_reading_tells_what_a_vision_model_saw_in_its_own_words() -> None:
    reading = perceiver(vision=Wordy()).perceive(SCARED)
    assert reading.cues == (
        "one lip corner raised",
        "chin up",
        "in the vision model's words: smug, aloof",
        "to the vision model it looks like contempt",
    )


def test_a_model_that_agrees_on_the_label_may_still_doubt() -> None:
    model = Wordy()
    model.sees = {"fear": 6.0}
    assert (
        "the vision model doubts what the expert saw"
        in perceiver(vision=model).perceive(SCARED).cues
    )


def test_a_description_that_is_none_is_not_shown() -> None:
    model = Wordy()
    model.answers = "This is a young man who is scared."
    model.sees = {"fear": 6.0}
    eyes = perceiver(vision=model)
    assert eyes.perceive(SCARED).cues == ()
    assert eyes.second is not None
    assert eyes.second.dropped == 1


def test_a_glance_asks_nobody() -> None:
    model = Wordy()
    reading = perceiver(vision=model).glance(SCARED)
    assert (reading.emotion, reading.model) == (Emotion.FEAR, "expression-0")
    assert model.asked == []


class Late(LikelyVision):
    """Answers when it is let go."""

    def __init__(self) -> None:
        super().__init__({"contempt": 6.0})
        self.free = threading.Event()

    def score(
        self, views: Sequence[Image.Image], prompt: str, options: Sequence[str]
    ) -> list[float]:
        assert self.free.wait(20)
        return super().score(views, prompt, options)


def late_eyes(model: LikelyVision, budget_s: float) -> Perceiver:
    asking = Asking(Debias(orders=1, prior=0), describe=False, budget_s=budget_s)
    return perceiver(vision=model, asking=asking, finder=Finder(), expression=Expert())


def test_a_turn_goes_on_without_a_late_opinion_which_joins_the_next() -> None:
    model = Late()
    talking = agent(parts(eyes=late_eyes(model, 0.05)), consent=True)
    first = talking.turn("hello", SCARED).reading
    assert first is not None
    assert first.model == "expression-0"
    assert "vision took too long: the expert alone reads" in first.cues
    model.free.set()
    answered()
    second = talking.turn("still here", SCARED).reading
    assert second is not None
    assert "likely" in second.model
    assert "to the vision model it looks like contempt" in second.cues


def test_withdrawing_consent_forgets_a_late_opinion() -> None:
    model = Late()
    eyes = late_eyes(model, 0.01)
    eyes.perceive(SCARED, session="ana/1")
    model.free.set()
    answered()
    eyes.perceive(SCARED, session="ana/1", consent=False)
    model.free.clear()
    again = eyes.perceive(SCARED, session="ana/1")
    assert again.cues == ("vision took too long: the expert alone reads",)
    model.free.set()


def test_a_live_source_can_be_asked_about_what_was_just_read() -> None:
    live = replace(SCARED, source=Source())
    model = LikelyVision({"fear": 6.0}, answer="The brows seem to rise.")
    eyes = perceiver(vision=model)
    assert eyes.perceive(live, session="ana/1").emotion == Emotion.FEAR
    assert eyes.answer(live, "what changed?") == "The brows seem to rise."


class Source:
    """Stands for a camera."""
