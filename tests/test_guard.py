import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from empathy_agent.safety.guard import Guarded, SentenceGuard, Setting, guard

TABLE = Path(__file__).parent / "safety_cases" / "guard.tsv"


@dataclass(frozen=True)
class Case:
    id: str
    breach: str
    setting: Setting
    text: str


def rows() -> list[Case]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
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

    assert len(kinds) == 12
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
