"""What words say: labels, the eight emotions, valence, arousal, dominance, degrees."""

import threading
from collections import Counter
from dataclasses import dataclass

import pytest

from empathy_agent.affect import Emotion, TextAffect
from empathy_agent.models.embedder import MiniLM, open_embedder
from empathy_agent.models.wordnet import LABELS
from empathy_agent.perception.degrees import graded
from empathy_agent.perception.derived import ELEVEN
from empathy_agent.perception.surface import emphasis, features, has_words, plain
from empathy_agent.perception.words import EIGHT, WordReader
from tests.hard_words import CASES, Case
from tests.unseen_words import GRADED, UNSEEN

HELD = 0.82
"""Share of the hard cases that must hold."""
UNSEEN_HELD = 0.62
"""The same of messages that nothing was chosen by."""


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return WordReader(MiniLM())


@pytest.mark.parametrize("case", [each for each in CASES if each.vital], ids=lambda case: case.id)
def test_what_must_not_be_misread_is_not(reader: WordReader, case: Case) -> None:
    assert reader.read(case.text, case.context).emotion in case.right


def test_most_hard_cases_hold(reader: WordReader) -> None:
    missed = [
        case.id for case in CASES if reader.read(case.text, case.context).emotion not in case.right
    ]
    assert len(CASES) >= 80
    assert len(missed) <= (1 - HELD) * len(CASES), missed


def test_a_third_of_each_kind_of_hard_case_holds(reader: WordReader) -> None:
    asked = Counter(case.kind for case in CASES)
    held = Counter(
        case.kind for case in CASES if reader.read(case.text, case.context).emotion in case.right
    )
    assert {kind for kind in asked if held[kind] < asked[kind] / 3} == set()


def test_most_unseen_messages_hold(reader: WordReader) -> None:
    held = sum(reader.read(case.text, case.context).emotion in case.right for case in UNSEEN)
    assert len(UNSEEN) >= 120
    assert held >= UNSEEN_HELD * len(UNSEEN)


def test_most_steps_of_rising_strength_are_read_so(reader: WordReader) -> None:
    found = [
        [getattr(reader.read(step).intensity, each.family) for step in each.steps]
        for each in GRADED
    ]
    pairs = [low < high for steps in found for low, high in zip(steps, steps[1:], strict=False)]
    assert sum(pairs) >= 0.85 * len(pairs)


@pytest.mark.parametrize("family", ["anger", "fear", "joy", "sadness"])
def test_weak_plain_and_strong_words_have_rising_degrees(reader: WordReader, family: str) -> None:
    said = {
        "anger": ("I am a little annoyed", "I am angry", "I am furious!"),
        "fear": ("I am slightly worried", "I am scared", "I am terrified!"),
        "joy": ("I am quite pleased", "I am happy", "I am overjoyed!"),
        "sadness": ("I am a bit sad", "I am sad", "I am devastated!"),
    }
    read = [reader.read(each) for each in said[family]]
    strong = [getattr(each.intensity, family) for each in read]
    degrees = [getattr(each.semeval.degrees, family) for each in read if each.semeval]
    assert strong == sorted(set(strong))
    assert degrees == sorted(degrees)
    assert degrees[0] < degrees[-1] == 3


def test_valence_has_seven_classes_in_order(reader: WordReader) -> None:
    texts = (
        "I want to die, everything is terrible and I am devastated",
        "I am a bit sad",
        "The meeting is at three.",
        "That is nice",
        "This is the best day of my life, I am so incredibly happy!!",
    )
    classes = [each.semeval.valence for each in map(reader.read, texts) if each.semeval]
    assert classes == sorted(classes)
    assert (classes[0], classes[2], classes[-1]) == (-3, 0, 3)


def test_eleven_emotions_hold_or_none_does(reader: WordReader) -> None:
    said = reader.read("I love you so much and I am so happy that you came!").semeval
    plain_ = reader.read("The train leaves at nine.").semeval
    assert said is not None
    assert plain_ is not None
    assert set(said.emotions) == set(ELEVEN)
    assert {"joy", "love"} <= set(said.holds)
    assert list(said.holds) == sorted(said.holds, key=lambda name: -said.emotions[name])
    assert plain_.holds == ()


def test_every_label_speaks_for_an_emotion_of_the_eleven() -> None:
    assert len(ELEVEN) == 11
    used = {label for shares in ELEVEN.values() for label in shares}
    assert used <= set(LABELS)
    assert set(LABELS) - used == {"neutral"}


def test_a_negated_word_has_no_grade() -> None:
    assert graded("i am furious", "anger") == 0.95
    assert graded("i am not at all furious", "anger") is None
    assert graded("i am not annoyed, i am furious", "anger") == 0.95
    assert graded("the train leaves at nine", "anger") is None


@pytest.mark.parametrize("embedder", ["minilm", "scripted"])
def test_many_messages_are_read_as_each_would_be(embedder: str) -> None:
    reader = WordReader(open_embedder(embedder))
    texts = ["I am so sad", "", "thank you!", "I am so sad", "word " * 400, "😭", "ok"]
    together = reader.read_many(texts)
    for text, found in zip(texts, together, strict=True):
        alone = reader.read(text)
        assert found.emotion == alone.emotion
        assert list(found.goemotions.values()) == pytest.approx(
            list(alone.goemotions.values()), abs=1e-4
        )
        assert found.valence == pytest.approx(alone.valence, abs=1e-4)
    assert reader.read_many([]) == []


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t", "\x00\x01\x1b", "\u200b\u200d\ufeff", "...", "-- // **"],
    ids=["empty", "blank", "control", "zero_width", "dots", "signs"],
)
def test_what_has_no_words_has_no_emotion(reader: WordReader, text: str) -> None:
    reading = reader.read(text, ["I am so sad."])
    assert reading.emotion is None
    assert reading.distribution is None
    assert (reading.valence, reading.arousal, reading.dominance) == (0, 0, 0)
    assert set(reading.goemotions.values()) == {0.0}
    assert set(reading.intensity.model_dump().values()) == {0.0}


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "I am sad. " * 100_000,
        "😭" * 100_000,
        "\ud800 why",
        "你好",
        "मैं दुखी हूँ",
        "?!",
    ],
    ids=["no_space", "words", "emoji", "surrogate", "chinese", "hindi", "marks"],
)
def test_any_text_gives_a_whole_reading(reader: WordReader, text: str) -> None:
    reading = reader.read(text)
    assert reading.distribution is not None
    assert set(reading.goemotions) == set(LABELS)
    assert TextAffect.model_validate_json(reading.model_dump_json()) == reading


def test_a_pleasant_text_has_a_higher_valence_than_an_unpleasant_one(reader: WordReader) -> None:
    good = reader.read("What a wonderful day with my favourite people!")
    bad = reader.read("He was found dead in the ruins.")
    assert good.valence > 0.1 > -0.1 > bad.valence


@dataclass(frozen=True)
class Stronger:
    family: str
    weak: str
    strong: str

    @property
    def id(self) -> str:
        return self.family


STRONGER = (
    Stronger("anger", "The queue was a bit long.", "I AM ABSOLUTELY FURIOUS WITH YOU!!"),
    Stronger("fear", "I have an appointment tomorrow.", "I am so terrified that I can't breathe!"),
    Stronger("joy", "It was an ordinary day.", "I am so incredibly happy!!"),
    Stronger("sadness", "The bus was late.", "I am so deeply sad, I cry all day."),
)


@pytest.mark.parametrize("case", STRONGER, ids=lambda case: case.id)
def test_intensity_rises_with_what_is_said(reader: WordReader, case: Stronger) -> None:
    weak = getattr(reader.read(case.weak).intensity, case.family)
    strong = getattr(reader.read(case.strong).intensity, case.family)
    assert strong > weak + 0.3


def test_insistence_raises_the_intensity_alone(reader: WordReader) -> None:
    calm, loud = reader.read("I am sad"), reader.read("I am really sad!!")
    assert loud.intensity.sadness > calm.intensity.sadness


def test_context_moves_a_short_answer_and_leaves_a_long_one(reader: WordReader) -> None:
    news = ["My father died this morning."]
    assert _sadness(reader.read("yes", news)) > _sadness(reader.read("yes")) + 0.2
    long = "The train leaves from platform four at nine and arrives in Leeds at noon"
    assert reader.read(long, news) == reader.read(long)


def test_the_latest_context_counts_most(reader: WordReader) -> None:
    sad, glad = "My father died this morning.", "I am so happy, I got the job!"
    better = reader.read("yes", [sad, glad])
    worse = reader.read("yes", [glad, sad])
    assert _sadness(worse) > _sadness(better)


def test_context_without_words_changes_nothing(reader: WordReader) -> None:
    assert reader.read("yes", ["", "  "]) == reader.read("yes")


def _sadness(reading: TextAffect) -> float:
    assert reading.distribution is not None
    return reading.distribution[Emotion.SADNESS]


def test_without_minilm_the_words_themselves_are_read() -> None:
    reader = WordReader(open_embedder("scripted"))
    assert reader.read("I am so sad").emotion is Emotion.SADNESS
    assert reader.read("thank you so much").emotion is Emotion.HAPPINESS
    assert reader.read("").emotion is None


def test_threads_share_a_reader() -> None:
    reader = WordReader(open_embedder("scripted"))
    texts = [f"I am sad {index}" for index in range(200)]
    expected = {text: WordReader(open_embedder("scripted")).read(text) for text in texts[:5]}
    found: list[bool] = []

    def read() -> None:
        found.extend(reader.read(text) == expected[text] for text in texts[:5] * 20)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 400


def test_building_loads_nothing() -> None:
    assert WordReader(MiniLM()) is not None


def test_every_label_is_shared_out_whole() -> None:
    assert set(EIGHT) == set(LABELS)
    assert all(sum(shares.values()) == pytest.approx(1) for shares in EIGHT.values())
    assert {emotion for shares in EIGHT.values() for emotion in shares} == set(Emotion)


@dataclass(frozen=True)
class Spelt:
    text: str
    read: str

    @property
    def id(self) -> str:
        return self.read or "nothing"


SPELT = (
    Spelt("😭", "loudly crying face"),
    Spelt("ok👍🏽", "ok thumbs up sign"),
    Spelt("soooo  goood", "soo good"),
    Spelt("I\u2019m \u201cfine\u201d\u2026", 'I\'m "fine"...'),
    Spelt("see you :-)", "see you smiling face"),
    Spelt("no :'(", "no sad crying face"),
    Spelt("at 12:30 (noon)", "at 12:30 (noon)"),
    Spelt("http://a.b/c", "http://a.b/c"),
    Spelt("ﬁne", "fine"),
    Spelt("मैं दुखी हूँ", "मैं दुखी हूँ"),
    Spelt("\x00\u200b", ""),
)


@pytest.mark.parametrize("case", SPELT, ids=lambda case: case.id)
def test_a_text_is_spelt_out(case: Spelt) -> None:
    assert plain(case.text) == case.read


def test_only_letters_digits_and_questions_are_words() -> None:
    assert [has_words(each) for each in ("a", "7", "?!", "...", "")] == [True] * 3 + [False] * 2


def test_negation_capitals_and_marks_are_features_of_their_own() -> None:
    said = features("I am happy")
    assert set(features("I am not happy")) - set(said)
    assert set(features("I AM HAPPY")) - set(said)
    assert set(features("I am happy!")) - set(said)
    assert said == sorted(set(said))


def test_emphasis_grows_and_stays_below_one() -> None:
    steps = ["I am sad", "I am so sad", "I am so sad!!", "I AM SO VERY SAD!!!"]
    found = [emphasis(each) for each in steps]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] == 1
