# pyright: basic, reportMissingImports=false
"""Every path of a local vision model, on tiny real models of nine kinds."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from empathy_agent.affect import Emotion
from empathy_agent.cli import main
from empathy_agent.errors import ModelUnavailable, ReadingError, SetupError
from empathy_agent.models.local import LocalVision, ask, open_local
from empathy_agent.models.local.families import Family
from empathy_agent.models.vision import VIEW, open_vision, parts_of
from empathy_agent.perception.avatar import draw, expression_of
from tests.tiny_models import BUILDERS, save

OPTIONS = ["neutral", "happiness", "surprise", "a fear of letters", "no"]
PROMPT = f"First {VIEW} then {VIEW} What is the emotion?"
_NEEDS = {"smolvlm": "num2words"}


def view(seed: int, width: int = 90, height: int = 60) -> Image.Image:
    picture = Image.new("RGB", (width, height), (40 * seed % 255, 90, 200 - 20 * seed % 200))
    ImageDraw.Draw(picture).ellipse((5 * seed, 5, 40 + seed, 50), fill=(250, 200, 20 * seed % 255))
    return picture


VIEWS = [view(1), view(2, 70, 80)]


@pytest.fixture(scope="session", params=sorted(BUILDERS))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a saved tiny model; the session has one of each family."""
    if request.param in _NEEDS:
        pytest.importorskip(_NEEDS[request.param])
    return save(request.param, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def model(folder: Path) -> LocalVision:
    return open_local(str(folder))


@pytest.fixture(scope="session")
def qwen_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("qwen2_5_vl", tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def qwen(qwen_folder: Path) -> LocalVision:
    return open_local(str(qwen_folder))


def naive(model: LocalVision, views: list[Image.Image], prompt: str, option: str) -> float:
    """Score one option by the whole text in one plain run, through nothing of ours but the name."""
    loaded = model.loaded()
    processor = loaded.processor
    words = prompt.split(VIEW)
    content = [{"type": "text", "text": words[0]}] if words[0] else []
    for text in words[1:]:
        content += [{"type": "image"}, {"type": "text", "text": text}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    said = option if text.endswith("\n") else f" {option}"
    runs = [
        processor(text=[each], images=[views], return_tensors="pt", **loaded.family.pictures[0])
        for each in (text, text + said)
    ]
    short, whole = (run["input_ids"][0] for run in runs)
    with torch.inference_mode():
        sure = loaded.model(**runs[1]).logits[0].log_softmax(-1)
    places = range(len(short) - 1, len(whole) - 1)
    return float(sum(sure[place, whole[place + 1]] for place in places)) / len(places)


def test_options_over_a_shared_prompt_score_as_each_in_a_run_of_its_own(model: LocalVision) -> None:
    told = model.score(VIEWS, PROMPT, OPTIONS)
    assert told == pytest.approx([naive(model, VIEWS, PROMPT, each) for each in OPTIONS], abs=1e-3)
    assert max(told) - min(told) > 0.1


def test_the_pictures_and_their_order_matter(model: LocalVision) -> None:
    told = model.score(VIEWS, PROMPT, OPTIONS)
    assert model.score(VIEWS, PROMPT, OPTIONS) == pytest.approx(told, abs=1e-6)
    assert model.score(VIEWS[::-1], PROMPT, OPTIONS) != pytest.approx(told, abs=1e-4)


def test_many_at_once_score_as_each_alone(model: LocalVision) -> None:
    asked = [
        (VIEWS, PROMPT, OPTIONS),
        ([view(3)], "What is it? Look at the mouth, the brows and the eyes.", OPTIONS[:2]),
        ([view(4), view(5), view(6)], "And now?", OPTIONS),
        ([], "Words alone?", ["yes", "no"]),
    ]
    alone = [model.score(*each) for each in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: model.score(*each), asked * 3))
    for told, own in zip(together, alone * 3, strict=True):
        assert told == pytest.approx(own, abs=1e-3)


def test_the_stream_is_the_answer_and_stops_at_its_length(model: LocalVision) -> None:
    answer = model.answer(VIEWS, PROMPT, max_tokens=12)
    assert "".join(model.stream(VIEWS, PROMPT, max_tokens=12)) == answer
    assert model.answer(VIEWS, PROMPT, max_tokens=12) == answer
    longer = model.answer(VIEWS, PROMPT, max_tokens=40)
    assert longer.startswith(answer.rstrip("\ufffd"))
    assert len(longer) >= len(answer)


def test_separate_runs_score_as_the_shared_one(model: LocalVision) -> None:
    loaded = model.loaded()
    ready = ask.prepare(loaded, ["Look:", VIEWS[0], "What is it?"])
    options = [ask.tokens_of(loaded, ready.tail, each) for each in OPTIONS]
    [shared] = ask.score(loaded, [(ready, options)])
    assert ask.score_apart(loaded, ready, options) == pytest.approx(shared, abs=1e-3)
    assert ask.reuses(loaded, ready, options)


def test_more_options_than_run_together_score_the_same(model: LocalVision) -> None:
    many = [f"{OPTIONS[at % 4]} {at}" for at in range(70)]
    told = model.score(VIEWS, PROMPT, many)
    for at in (0, 63, 64, 69):
        assert model.score(VIEWS, PROMPT, [many[at]]) == pytest.approx([told[at]], abs=1e-3)


def test_a_family_nobody_knows_works_with_what_is_found_out(
    qwen: LocalVision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from empathy_agent.models.local import load

    known = qwen.score(VIEWS, PROMPT, OPTIONS)
    folder = save("qwen2_5_vl", tmp_path)
    monkeypatch.setattr(load, "family_of", lambda _: Family())
    assert open_local(str(folder)).score(VIEWS, PROMPT, OPTIONS) == pytest.approx(known, abs=1e-3)


def test_one_model_is_loaded_once(folder: Path, model: LocalVision) -> None:
    assert open_local(str(folder)).loaded() is model.loaded()
    assert open_local(f"{folder}#bf16").loaded() is not model.loaded()
    assert not model.remote
    assert model.name == folder.name


def test_half_precision_scores_nearly_the_same(folder: Path, model: LocalVision) -> None:
    half = open_local(f"{folder}#bf16")
    assert half.score(VIEWS, PROMPT, OPTIONS) == pytest.approx(
        model.score(VIEWS, PROMPT, OPTIONS), abs=0.3
    )


def test_words_that_look_like_a_picture_are_words(qwen: LocalVision) -> None:
    told = qwen.score([view(1)], "He wrote <image><|im_end|> to me. How is he?", OPTIONS)
    assert len(told) == len(OPTIONS)


def test_a_prompt_with_another_number_of_places_than_pictures_is_refused(qwen: LocalVision) -> None:
    with pytest.raises(SetupError, match="room for 2 pictures"):
        qwen.score([view(1)], PROMPT, OPTIONS)


def test_an_empty_option_is_refused_and_no_options_are_no_scores(qwen: LocalVision) -> None:
    with pytest.raises(SetupError, match="option to score is empty"):
        qwen.score(VIEWS, PROMPT, ["yes", " "])
    assert qwen.score(VIEWS, PROMPT, []) == []


def test_a_question_that_is_too_long_is_told(qwen: LocalVision) -> None:
    with pytest.raises(ModelUnavailable, match="tokens, and it reads 4096"):
        qwen.score(VIEWS, "why " * 5000, OPTIONS)


def test_a_stream_that_is_closed_lets_the_next_question_through(qwen: LocalVision) -> None:
    stream = qwen.stream(VIEWS, PROMPT, max_tokens=4000)
    assert isinstance(stream, Iterator)
    next(stream)
    stream.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert len(qwen.score(VIEWS, PROMPT, OPTIONS)) == len(OPTIONS)


def test_questions_are_answered_while_an_answer_streams(qwen: LocalVision) -> None:
    alone, whole = qwen.score(VIEWS, PROMPT, OPTIONS), qwen.answer(VIEWS, PROMPT, max_tokens=300)
    stream = qwen.stream(VIEWS, PROMPT, max_tokens=300)
    said = [next(stream)]
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: qwen.score(VIEWS, PROMPT, OPTIONS), range(8)))
    said += stream
    assert "".join(said) == whole
    assert all(each == pytest.approx(alone, abs=1e-3) for each in told)


class Memory:
    """Lets a model run out of memory when a prompt, or a batch, is larger than it may be."""

    def __init__(self, model: LocalVision, tokens: int, rows: int = 64) -> None:
        self.seen: list[tuple[int, int]] = []
        self._most = (rows, tokens)
        self._hook = model.loaded().model.register_forward_pre_hook(self._before, with_kwargs=True)

    def _before(self, _: object, __: object, inputs: dict[str, torch.Tensor]) -> None:
        rows, tokens = inputs["input_ids"].shape
        self.seen.append((rows, tokens))
        if rows > self._most[0] or tokens > self._most[1]:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    def __enter__(self) -> "Memory":
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


LARGE = [view(1, 300, 300), view(2, 300, 300)]


def test_where_memory_runs_out_smaller_pictures_are_tried(qwen: LocalVision) -> None:
    with Memory(qwen, tokens=200) as memory:
        assert len(qwen.score(LARGE, PROMPT, OPTIONS)) == len(OPTIONS)
        assert qwen.answer(LARGE, PROMPT, max_tokens=4)
    assert max(tokens for _, tokens in memory.seen) > 200
    assert any(100 < tokens <= 200 for _, tokens in memory.seen)


def test_where_no_picture_is_small_enough_vision_is_unavailable(qwen: LocalVision) -> None:
    with Memory(qwen, tokens=20):
        for act in (
            lambda: qwen.score(LARGE, PROMPT, OPTIONS),
            lambda: qwen.answer(LARGE, PROMPT),
            lambda: list(qwen.stream(LARGE, PROMPT)),
        ):
            with pytest.raises(ModelUnavailable, match="vision unavailable: no memory left"):
                act()
    assert len(qwen.score(LARGE, PROMPT, OPTIONS)) == len(OPTIONS)


def test_one_question_too_large_does_not_take_the_others_along(qwen: LocalVision) -> None:
    alone = qwen.score(VIEWS, PROMPT, OPTIONS)
    tokens = ask.prepare(qwen.loaded(), parts_of(VIEWS, PROMPT)).length

    def score(prompt: str) -> list[float] | str:
        try:
            return qwen.score(VIEWS, prompt, OPTIONS)
        except ModelUnavailable as error:
            return str(error)

    long = PROMPT + " Look again." * 40
    with Memory(qwen, tokens=tokens), ThreadPoolExecutor(6) as pool:
        told = list(pool.map(score, [PROMPT, long, PROMPT, PROMPT, long, PROMPT]))
    assert [isinstance(each, str) for each in told] == [False, True, False, False, True, False]
    assert all(each == pytest.approx(alone, abs=1e-3) for each in told if isinstance(each, list))


def test_damaged_weights_that_give_no_number_are_told(tmp_path: Path) -> None:
    model = open_local(str(save("llava", tmp_path)))
    model.loaded().model.lm_head.weight.fill_(float("nan"))
    with pytest.raises(ReadingError, match="gave no number"):
        model.score(VIEWS, PROMPT, OPTIONS)


def test_warm_runs_it_once(qwen: LocalVision) -> None:
    with Memory(qwen, tokens=4000) as memory:
        qwen.warm()
    assert memory.seen


def test_it_is_opened_by_name(folder: Path) -> None:
    model = open_vision(f"hf:{folder}")
    assert isinstance(model, LocalVision)
    assert len(model.score(VIEWS, PROMPT, OPTIONS)) == len(OPTIONS)


@pytest.fixture
def smile(tmp_path: Path) -> Path:
    path = tmp_path / "smile.png"
    Image.fromarray(draw(expression_of(Emotion.HAPPINESS, 0.9), size=(320, 240))).save(path)
    return path


def _perceive(capsys: pytest.CaptureFixture[str], smile: Path, folder: Path) -> dict[str, object]:
    vision = ("--vision", f"hf:{folder}", "--debias", "none")
    assert main(["perceive", str(smile), *vision, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_perceive_asks_a_model_in_a_folder(
    capsys: pytest.CaptureFixture[str], smile: Path, folder: Path, model: LocalVision
) -> None:
    told = _perceive(capsys, smile, folder)
    assert str(told["model"]).endswith(f"+{model.name}")
    assert told["emotion"] == "happiness"


def test_perceive_goes_on_without_a_model_that_has_no_memory_left(
    capsys: pytest.CaptureFixture[str], smile: Path, qwen_folder: Path, qwen: LocalVision
) -> None:
    with Memory(qwen, tokens=20):
        told = _perceive(capsys, smile, qwen_folder)
    assert told["emotion"] == "happiness"
    assert "vision unavailable" in str(told["cues"])
    assert qwen.name not in str(told["model"])
