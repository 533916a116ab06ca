from dataclasses import dataclass

import pytest

from empathy_agent.affect import Abstention, AffectReading, Emotion
from empathy_agent.tui.picture import ScriptedSource, scripted_reading
from empathy_agent.tui.port import SourceState
from empathy_agent.tui.words import (
    ABSTAINED,
    FEELING,
    ago,
    as_markdown,
    bar,
    camera,
    clean,
    line_to_call,
    reading_line,
    shorten,
    trace,
)

NOTHING = AffectReading(
    at=0,
    span=0,
    frames=0,
    faces=0,
    emotion=None,
    distribution=None,
    valence=None,
    arousal=None,
    confidence=0,
    abstained=None,
    model="none",
    took_ms=0,
)
SAD = scripted_reading(Emotion.SADNESS, confidence=0.62)


@dataclass(frozen=True)
class Line:
    id: str
    reading: AffectReading | None
    says: str


@pytest.mark.parametrize(
    "case",
    [
        Line("not read", None, "not read"),
        Line("nothing to read", NOTHING, "could not tell: nothing to read yet"),
        Line(
            "no face",
            NOTHING.model_copy(update={"abstained": Abstention.NO_FACE}),
            "could not tell: no face in view",
        ),
        Line("likely", SAD, "probably sad · 0.62"),
        Line(
            "unsure",
            scripted_reading(Emotion.CONTEMPT, confidence=0.2),
            "perhaps dismissive · 0.20",
        ),
        Line(
            "sure", scripted_reading(Emotion.HAPPINESS, confidence=0.9), "most likely happy · 0.90"
        ),
        Line(
            "conflict",
            scripted_reading(Emotion.SADNESS, conflict=True),
            "probably sad · 0.71 · words and face disagree",
        ),
        Line(
            "words alone",
            SAD.model_copy(update={"frames": 0}),
            "probably sad · 0.62 · from words alone",
        ),
        Line(
            "words, no consent",
            SAD.model_copy(update={"abstained": Abstention.NO_CONSENT}),
            "probably sad · 0.62 · from words alone: no consent to the camera",
        ),
    ],
    ids=lambda case: case.id,
)
def test_a_reading_is_said_in_one_hedged_line(case: Line):
    assert reading_line(case.reading) == case.says


def test_every_emotion_and_every_abstention_has_words():
    assert set(FEELING) == set(Emotion)
    assert set(ABSTAINED) == set(Abstention)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (86_400, "yesterday"),
        (3 * 86_400 + 5, "3 days ago"),
        (8 * 86_400, "1 week ago"),
        (70 * 86_400, "2 months ago"),
        (800 * 86_400, "2 years ago"),
    ],
)
def test_time_passed_is_said_in_words(seconds: float, words: str):
    assert ago(seconds) == words


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ("I am glad you told me.\n\n- Call or text **988**, free", "Call or text 988, free"),
        ("I scored 1000 points\nCall 116 123", "Call 116 123"),
        ("Samaritans: +44 116 123", "Samaritans: +44 116 123"),
        ("Find a line at findahelpline.com", "Find a line at findahelpline.com"),
        ("It was 5 to 9. I hear you", None),
        ("", None),
        ("x " * 90 + "is a lot. You can call 112 now. Will you?", "You can call 112 now."),
    ],
)
def test_the_line_to_call_is_found_in_the_reply(reply: str, line: str | None):
    assert line_to_call(reply) == line


def test_a_megabyte_of_digits_is_searched_at_once():
    assert line_to_call("1 " * 500_000 + "x") is not None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x07", "a[31mred"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("\ud800 lone", " lone"),
        ("\u202eevil", "evil"),
        ("سلام 你好 🙂\u200d", "سلام 你好 🙂\u200d"),
    ],
)
def test_what_a_terminal_must_not_get_is_dropped(text: str, shown: str):
    assert clean(text) == shown


def test_markdown_keeps_line_ends_and_angle_brackets_but_not_in_code():
    assert as_markdown("a <b>\nc `<d>`\n\ne") == "a &lt;b>  \nc `<d>`\n\ne"


def test_a_cut_text_tells_its_length():
    assert shorten("x" * 500, 200).endswith("[500 characters in all]")
    assert shorten("x" * 200, 200) == "x" * 200


@pytest.mark.parametrize(
    ("share", "confidence", "drawn"),
    [
        (0, 0.9, "          "),
        (0.02, 0.9, "█         "),
        (0.5, 0.9, "█████     "),
        (0.5, 0.6, "▓▓▓▓▓     "),
        (1, 0.1, "░░░░░░░░░░"),
    ],
)
def test_a_bar_is_as_long_as_the_share_and_as_dark_as_it_is_sure(
    share: float, confidence: float, drawn: str
):
    assert bar(share, 10, confidence) == drawn


def test_a_trace_has_a_fixed_scale_and_gaps():
    assert trace([-1, 0, 1, None, 0.1], 6) == [" ▁▅█·▅"]
    assert trace([-1] * 4 + [1] * 3, 3) == ["███"]


def test_a_trace_may_be_several_lines_high():
    assert trace([-1, 0, 1, None], 4, rows=2) == [" ▁█ ", "▁██·"]


@pytest.mark.parametrize(
    ("name", "state", "consent", "sign", "words"),
    [
        ("camera:0", "open", True, "●", "camera on"),
        ("camera:0", "open", False, "○", "camera off · no consent"),
        ("camera:0", "lost", True, "✕", "camera lost"),
        ("camera:1", "opening", True, "◌", "camera opening"),
        ("demo:happiness", "open", True, "●", "demo on"),
        ("some/folder/me.mp4", "ended", True, "■", "me.mp4 ended"),
        ("none", "closed", True, "○", "no camera"),
    ],
)
def test_the_camera_says_what_it_does_in_sign_and_words(
    name: str, state: SourceState, consent: bool, sign: str, words: str
):
    shown = camera(ScriptedSource(name, state), consent)
    assert (shown.sign, shown.words) == (sign, words)
    assert shown.on == (sign == "●")
