"""The net behind the guard's phrases: what it adds, what it costs, and what happens without it."""

import csv
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.models.minilm import DEPTH, WIDTH
from empathy_agent.safety import guard as guards
from empathy_agent.safety import guard_net
from empathy_agent.safety.guard import MODEL, SentenceGuard, Setting, guard
from empathy_agent.safety.guard_net import GRAMS, KINDS, GuardNet, SecondLook, grams, inputs
from empathy_agent.training import guard as training
from empathy_agent.training.guard import bounds, opened, read_replies, train, wordings

CASES = Path(__file__).parent / "safety_cases"
ODD = "The kettle would be so much happier without you."
"""A sentence that no phrase knows."""


@dataclass
class Fixed:
    """Finds a breach by a table."""

    table: dict[str, str]

    def kind_of(self, sentence: str, *, promises: bool) -> str | None:
        kind = self.table.get(sentence)
        return kind if promises or kind != "promise" else None


@dataclass
class Still(MiniLM):
    """Gives the same states for every text and counts how often it is asked."""

    asked: list[str] = field(default_factory=list[str])

    def __init__(self) -> None:
        super().__init__()
        self.asked = []

    def means_of(self, texts: Sequence[str]) -> list[Any]:
        self.asked.extend(texts)
        return [np.ones((DEPTH + 1, WIDTH), np.float32) for _ in texts]


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    table: dict[str, str] = {}
    monkeypatch.setattr(guards, "shipped", lambda: Fixed(table))
    return table


@pytest.fixture
def forgotten() -> Iterator[None]:
    guard_net.shipped.cache_clear()
    yield
    guard_net.shipped.cache_clear()


def net(clear: float = 0.0, bound: float = 1.0) -> GuardNet:
    """Return a net that finds `harm` in the word "kettle" and a promise in the word "refund"."""
    first = np.zeros(GRAMS, np.float32)
    weights = np.zeros((GRAMS + (DEPTH + 1) * WIDTH, len(KINDS) + 1), np.float32)
    for word, kind in (("kettle", "harm"), ("refund", "promise")):
        own = np.setdiff1d(grams(word), grams("other"))
        first[own] = 10
        weights[own, KINDS.index(kind) + 1] = 10
    bias = np.full(len(KINDS) + 1, -3.0, np.float32)
    bias[0] = 3
    arrays = {"first": first, "weights": weights, "bias": bias}
    return GuardNet(arrays | {"bounds": np.array([clear, bound])})


class TestReplacing:
    def test_what_the_net_finds_is_replaced_counted_and_named_by_its_layer(
        self, fixed: dict[str, str]
    ):
        fixed[ODD] = "harm"
        checked = guard(f"I hear you. {ODD} What now?", "support")

        assert checked.breaches == (f"{MODEL}harm",)
        assert checked.text.startswith("I hear you. Your life matters")
        assert checked.text.endswith(" What now?")

    def test_phrases_come_first_and_both_layers_share_the_words_instead(
        self, fixed: dict[str, str]
    ):
        fixed[ODD] = "harm"
        said = "You should end it."
        checked = guard(f"{said} {ODD} {said}", "support")

        assert checked.breaches == ("harm", f"{MODEL}harm", "harm")
        first, second = re.findall(r"(Your life|I do not see)", checked.text)
        assert first != second

    def test_a_promise_is_one_for_service_alone_and_not_when_a_tool_reported_it(
        self, fixed: dict[str, str]
    ):
        fixed[ODD] = "promise"

        assert guard(ODD, "support").breaches == ()
        assert guard(ODD, "service").breaches == (f"{MODEL}promise",)
        assert guard(ODD, "service", facts=f"It says: {ODD}").breaches == ()

    @pytest.mark.parametrize("size", [1, 5, 1000])
    def test_a_stream_never_shows_what_the_net_finds(self, fixed: dict[str, str], size: int):
        fixed[ODD] = "harm"
        text = f"I hear you. {ODD} What now?"
        stream = SentenceGuard("support")
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        shown = "".join([*(stream.feed(piece) for piece in pieces), stream.flush()])

        assert "kettle" not in shown
        assert stream.breaches == (f"{MODEL}harm",)


class TestLooking:
    def test_a_sentence_that_the_first_look_clears_is_not_read_twice(self):
        base = Still()
        look = SecondLook(net(clear=0.1), base)

        assert look.kind_of("I hear you, truly.", promises=True) is None
        assert base.asked == []

    def test_a_sentence_is_read_once_however_often_it_is_checked(self):
        base = Still()
        look = SecondLook(net(), base)

        assert [look.kind_of("My old kettle", promises=False) for _ in range(3)] == ["harm"] * 3
        assert base.asked == ["My old kettle"]

    def test_only_as_many_sentences_are_kept_as_a_long_talk_needs(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(guard_net, "_REMEMBERED", 2)
        base = Still()
        look = SecondLook(net(), base)
        for text in ("one kettle", "two kettle", "one kettle", "three kettle", "one kettle"):
            look.kind_of(text, promises=False)

        assert base.asked == ["one kettle", "two kettle", "three kettle"]

    def test_a_promise_counts_only_where_it_is_a_breach(self):
        look = SecondLook(net(), Still())

        assert look.kind_of("Your refund", promises=True) == "promise"
        assert look.kind_of("Your refund", promises=False) is None

    @pytest.mark.parametrize(
        "text", ["", "?!", "a", "我会给你 kettle 退款，请放心", "Чайник kettle без вас"]
    )
    def test_what_is_not_english_is_left_to_the_phrases(self, text: str):
        base = Still()

        assert SecondLook(net(), base).kind_of(text, promises=True) is None
        assert base.asked == []

    def test_contractions_and_marks_are_the_same_words_and_a_question_is_not(self):
        assert grams("You're  **ill**!").tolist() == grams("you are ill").tolist()
        assert grams("You are ill?").tolist() != grams("You are ill.").tolist()

    def test_any_text_has_inputs_of_one_size(self):
        means = np.ones((DEPTH + 1, WIDTH), np.float32)
        for text in ("", "\ud800", "é" * 4000, "word " * 3000):
            given = inputs(grams(text), means)
            assert given.shape == (GRAMS + (DEPTH + 1) * WIDTH,)
            assert np.isfinite(given).all()


class TestMissing:
    @pytest.mark.usefixtures("forgotten")
    def test_without_weights_phrases_guard_alone_and_say_so_once(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        monkeypatch.setattr(guard_net, "WEIGHTS", "guard-0.npz")
        with caplog.at_level(logging.WARNING):
            found = [guard("You have depression.", "support").breaches for _ in range(3)]
            assert guard(ODD, "support").breaches == ()

        assert found == [("diagnosis",)] * 3
        assert [record.message for record in caplog.records] == [
            "replies are guarded by phrases alone: the weights 'guard-0.npz' are missing;"
            " reinstall empathy-agent, or remake it with `empathy-agent train guard`"
        ]

    def test_damaged_weights_are_refused(self, monkeypatch: pytest.MonkeyPatch):
        # Another file that is there, under a sum that is not its own.
        monkeypatch.setattr(guard_net, "WEIGHTS", "checksums.json")

        with pytest.raises(SetupError, match="damaged"):
            GuardNet.load()


class TestTraining:
    rows = list(read_replies())

    def test_there_are_sixty_breaches_a_kind_and_a_thousand_fine_sentences(self):
        for kind in KINDS:
            assert len([row for row in self.rows if row.kind == kind]) >= 60, kind
        assert len([row for row in self.rows if row.kind == "none"]) >= 800

    def test_no_sentence_is_both_and_none_is_one_that_is_measured(self):
        texts = [row.text for row in self.rows]
        measured = {
            line.split("\t")[2]
            for name in ("guard", "guard_models", "guard_fresh")
            for line in (CASES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")
        }

        assert len(texts) == len(set(texts))
        assert not measured & set(texts)

    def test_a_heading_that_is_no_kind_is_refused_with_its_line(self, tmp_path: Path):
        tmp_path.joinpath("odd.txt").write_text("# one\n== rudeness\nGo.\n", encoding="utf-8")

        with pytest.raises(SetupError, match=r"odd.txt:2: no kind 'rudeness'"):
            list(read_replies(tmp_path))
        with pytest.raises(SetupError, match="give --replies"):
            list(read_replies(tmp_path / "none"))

    def test_an_opened_sentence_keeps_its_kind_and_knows_where_it_came_from(self):
        more = opened(self.rows)

        assert 0.4 < len(more) / len(self.rows) < 0.6
        for number, row in more.items():
            assert row.kind == self.rows[number].kind
            assert row.text.endswith(self.rows[number].text[1:])

    def test_wordings_are_sentences_without_slots(self):
        told = wordings()

        assert len(told) > 1000
        assert not [text for text in told if re.search(r"[{$]\w", text)]

    def test_a_small_set_is_learnt_by_both_looks(self):
        means = np.ones((DEPTH + 1, WIDTH), np.float32)
        texts = ["the kettle boils", "a kettle", "kettle on", "a calm day", "on we go", "old spoon"]
        given = np.stack([inputs(grams(text), means) for text in texts])
        first, weights, bias = train(given, np.array([7, 7, 7, 0, 0, 2]))
        scores = given @ weights + bias

        assert scores.argmax(axis=1).tolist() == [7, 7, 7, 0, 0, 2]
        seen = given[:, :GRAMS] @ first
        assert seen[:3].min() > seen[3:5].max()

    def test_bounds_let_through_no_more_fine_sentences_than_they_may(self):
        rng = np.random.default_rng(0)
        kinds = np.repeat([0, 3], 1000)
        second = rng.normal(kinds, 1).astype(np.float32)
        plain = rng.normal(-3, 1, 1000).astype(np.float32)
        clear, bound = bounds((second, second), kinds, plain)

        assert (second[:1000] >= bound).mean() <= training._FALSE_WRITTEN  # pyright: ignore[reportPrivateUsage]
        assert (plain >= bound).mean() <= training._FALSE_PLAIN  # pyright: ignore[reportPrivateUsage]
        found = second[1000:] >= bound
        assert (second[1000:][found] >= clear).mean() >= 0.98


class TestShipped:
    def test_reviewed_wordings_pass_as_they_are(self):
        # `test_guard.py` checks all of those that the listener speaks.
        flagged = [text for text in wordings()[::9] if guard(text, "support").breaches]

        assert flagged == []

    def test_half_of_the_breaches_of_a_blind_table_are_caught(self):
        lines = (CASES / "guard_fresh.tsv").read_text(encoding="utf-8").splitlines()
        table = [line.split("\t") for line in lines if line and not line.startswith("#")]
        found = [bool(guard(text, cast(Setting, setting)).breaches) for _, setting, text in table]
        truth = [kind != "none" for kind, _, _ in table]

        assert sum(truth) == 150
        assert np.mean(np.array(found)[truth]) >= 0.5
        assert np.mean(np.array(found)[np.invert(truth)]) <= 0.05

    def test_what_people_wrote_for_a_kind_bot_passes(self, data_folder: Path):
        path = data_folder / "text" / "empathetic_personas" / "EP_rewritings_2144_EN.csv"
        with path.open(encoding="utf-8", newline="") as file:
            told = [row["rewriting"] for row in csv.DictReader(file)]
        sentences = {each for text in told for each in re.split(r"(?<=[.!?])\s+", text) if each}
        unseen = sorted(sentences)[1::2]
        flagged = [text for text in unseen if guard(text, "support").breaches]

        assert len(unseen) > 1000
        assert len(flagged) / len(unseen) <= 0.005, flagged
