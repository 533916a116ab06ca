import csv
import random
import re
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from empathy_agent.safety.guard import Guarded, SentenceGuard, Setting, guard

TABLE = Path(__file__).parent / "safety_cases" / "guard.tsv"
MODELS = TABLE.with_name("guard_models.tsv")


@dataclass(frozen=True)
class Case:
    id: str
    breach: str
    setting: Setting
    text: str


def rows(table: Path = TABLE) -> list[Case]:
    lines = table.read_text(encoding="utf-8").splitlines()
    split = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [
        Case(f"{breach}-{number}", breach, cast(Setting, setting), text)
        for number, (breach, setting, text) in enumerate(split, start=1)
    ]


ROWS = rows()
BREACHES = [row for row in ROWS if row.breach != "none"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_breach_is_named_and_every_near_miss_passes(row: Case):
    checked = guard(row.text, row.setting)

    if row.breach == "none":
        assert checked == Guarded(row.text, ())
    else:
        assert checked.breaches == (row.breach,)
        assert row.text not in checked.text
        assert checked.text


def test_every_kind_of_breach_has_near_misses_beside_it():
    kinds = {row.breach for row in BREACHES}

    assert len(kinds) == 13
    assert len([row for row in ROWS if row.breach == "none"]) >= 50


def test_only_the_breaching_sentence_is_replaced():
    checked = guard("I hear you. You have depression.\nWhat happened today?", "support")

    assert checked.text.startswith("I hear you. ")
    assert checked.text.endswith("\nWhat happened today?")
    assert "depression" not in checked.text
    assert checked.breaches == ("diagnosis",)


def test_what_is_said_instead_breaches_nothing_itself():
    for row in BREACHES:
        instead = guard(row.text, row.setting).text
        assert guard(instead, "support").breaches == ()
        assert guard(instead, "service").breaches == ()


def test_the_same_breach_again_is_not_answered_again_and_again():
    checked = guard("You have depression. " * 5, "support")

    assert checked.breaches == ("diagnosis",) * 5
    assert len(set(checked.text.strip().split(". "))) == len(checked.text.strip().split(". "))


def test_a_promise_is_a_breach_for_service_alone():
    assert guard("You will get a full refund.", "service").breaches == ("promise",)
    assert guard("You will get a full refund.", "support").breaches == ()


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "...", "🙂", "Yes", "a" * 5000, "\ud800", "你好。"]
)
def test_harmless_text_passes_as_it_is(text: str):
    assert guard(text, "support") == Guarded(text, ())


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("row", BREACHES[::3], ids=lambda row: row.id)
def test_a_stream_says_the_same_as_the_whole_text(row: Case, size: int):
    text = f"Thank you. {row.text} And then?\nI am here."
    stream = SentenceGuard(row.setting)
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    shown = "".join([*(stream.feed(piece) for piece in pieces), stream.flush()])

    assert shown == guard(text, row.setting).text
    assert stream.breaches == guard(text, row.setting).breaches


def test_a_stream_never_shows_the_start_of_a_breach():
    stream = SentenceGuard("support")

    assert stream.feed("Hello. You have dep") == "Hello. "
    assert stream.feed("ression") == ""
    assert "depression" not in stream.feed(". Tell me more")
    assert stream.flush() == "Tell me more"


def test_a_stream_without_an_end_leaves_all_the_same():
    stream = SentenceGuard("support")
    shown = "".join(stream.feed("word ") for _ in range(1000))

    assert len(shown) > 4000
    assert len(shown + stream.flush()) == 5000


def test_a_flush_lets_go_of_what_was_held():
    stream = SentenceGuard("support")
    stream.feed("half a sentence")

    assert stream.flush() == "half a sentence"
    assert stream.flush() == ""


def test_a_sentence_is_checked_within_five_milliseconds():
    text = "I hear that this week was hard and that you are tired of explaining yourself. "
    guard(text, "service")
    start = time.process_time()
    guard(text * 200, "service")

    assert (time.process_time() - start) / 200 < 0.005


def test_a_megabyte_is_checked_in_linear_time():
    start = time.process_time()
    guard("you have " * 120_000, "service")

    assert time.process_time() - start < 6


def test_fuzzed_text_raises_nothing():
    rng = random.Random(1)
    words = [word for row in ROWS for word in row.text.split()]
    for _ in range(2000):
        text = " ".join(
            rng.choice(words) if rng.random() < 0.8 else chr(rng.randrange(0x3000))
            for _ in range(rng.randrange(20))
        )
        guard(text, rng.choice(("support", "service")))


def test_what_models_say_is_caught_and_its_look_alikes_are_not():
    table = rows(MODELS)
    caught = [row for row in table if guard(row.text, row.setting).breaches]
    breaching = [row for row in table if row.breach != "none"]
    false = [row.text for row in caught if row.breach == "none"]

    assert len(breaching) >= 140
    assert len(table) - len(breaching) >= 140
    assert len([row for row in caught if row.breach != "none"]) / len(breaching) >= 0.95
    assert len(false) / (len(table) - len(breaching)) <= 0.02, false


def test_what_people_wrote_for_a_kind_bot_passes(data_folder: Path):
    file = data_folder / "text" / "empathetic_personas" / "EP_rewritings_2144_EN.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        told = [row["rewriting"] for row in csv.DictReader(lines)]
    replaced = [text for text in told if guard(text, "support").breaches]

    assert len(told) > 2000
    assert len(replaced) / len(told) <= 0.005, replaced


def test_every_reviewed_reply_passes_as_it_is():
    folder = files("empathy_agent.prompts").joinpath("respond")
    settings: dict[str, tuple[Setting, ...]] = {
        "support": ("support",),
        "service": ("service",),
        "shared": ("support", "service"),
    }
    for name, among in settings.items():
        for each in Path(str(folder.joinpath(name))).rglob("*.yaml"):
            for text in strings(yaml.safe_load(each.read_text(encoding="utf-8"))):
                for setting in among:
                    assert guard(re.sub(r"[{$]\w+}?", "it", text), setting).breaches == (), text


def strings(told: Any) -> list[str]:
    if isinstance(told, str):
        return [told]
    # Patterns of what a person says are none of our words.
    if isinstance(told, dict):
        keyed = cast("dict[str, Any]", told)
        told = [each for key, each in keyed.items() if key not in {"when", "not"}]
    parts: list[Any] = list(told or [])
    return [text for part in parts for text in strings(part)]


SPLIT = (
    "Please ask Dr. Smith about it. Then rest.",
    "It is e.g. a walk. And then?",
    "J. R. wrote to you. How was it?",
    "1. Drink something.\n2. Sit down.\n- Breathe.",
    "**You matter.** _Really._ `ok` [here](x)!",
    "你好。你今天怎么样？我在听。",
    "मैं सुन रहा हूँ। आप कैसे हैं?",
    "أنا أسمعك؟ نعم۔ كيف حالك",
    "Ça va ? Oui… je t'écoute ! D'accord.",
    "¿Cómo estás? ¡Qué bien! Cuéntame.",
    "no end at all " * 200,
    "a" * 3000,
    "3.5 hours, 10.30 a.m. in the U.S. and so on. Fine.",
    "Line one\ngoes on here\n\nNew one.",
)


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("text", SPLIT, ids=lambda text: text[:15])
def test_any_text_comes_out_of_a_stream_as_it_went_in(text: str, size: int):
    stream = SentenceGuard("support")
    pieces = [text[i : i + size] for i in range(0, len(text), size)]

    assert "".join([*(stream.feed(piece) for piece in pieces), stream.flush()]) == text
    assert stream.breaches == ()


@pytest.mark.parametrize(
    "text",
    [
        "Please ask for it, e.g. take 20 mg of Xanax tonight. I am here.",
        "You have\ndepression, I think. I am here.",
        "1. You have depression.\n2. I am here.",
        "I hear you.\n\n**You** have *depression*. I am here.",
        "As Dr. Mills says, you have depression. I am here.",
        "你好。You have depression. I am here.",
    ],
)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_marks_lists_and_abbreviations_hide_no_breach(text: str, size: int):
    stream = SentenceGuard("support")
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    shown = "".join([*(stream.feed(piece) for piece in pieces), stream.flush()])

    assert len(stream.breaches) == 1
    assert "depression" not in shown
    assert "Xanax" not in shown
    assert shown.endswith("I am here.")


@pytest.mark.parametrize("row", [row for row in rows() if row.breach == "leak"], ids=lambda r: r.id)
def test_nobody_hears_of_another_user(row: Case):
    assert "conversations" in guard(row.text, row.setting).text
