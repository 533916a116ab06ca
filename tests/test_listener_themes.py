"""Themes: what people often bring is met by its own words, and by no other's."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from empathy_agent.errors import SetupError
from empathy_agent.models.listener import themes as module
from empathy_agent.models.listener.hear import plain
from empathy_agent.models.listener.moves import HELPING_SKILLS
from empathy_agent.models.listener.themes import Theme, theme_in, themes

LEAST = {"support": 150, "service": 30}


@pytest.mark.parametrize("setting", ["support", "service"])
def test_there_are_many_and_each_has_a_known_skill(setting: str):
    every = themes(setting)
    assert len(every) >= LEAST[setting]
    assert len({each.name for each in every}) == len(every)
    assert {each.skill for each in every} <= set(HELPING_SKILLS[setting])


@dataclass(frozen=True)
class Case:
    said: str
    theme: str | None
    setting: str = "support"


CASES = [
    Case("I never got to say goodbye to her", "never_goodbye"),
    Case("My grandfather passed away in May", "someone_died"),
    Case("I lie awake until four", "lie_awake"),
    Case("They are all going without me", "left_out"),
    Case("Nobody at school notices when I'm gone", "nobody_notices"),
    Case("My boss yelled at me in front of everyone", "boss_unfair"),
    Case("I snapped at my little boy", "snapped"),
    Case("other people have real problems", "others_have_it_worse"),
    Case("I don't want to be a burden", "burden"),
    Case("I can never say no", "cannot_say_no"),
    Case("we can't pay the rent this month", "money_worry"),
    Case("I paint in the evenings", "hobby"),
    Case("I put on a brave face all day", "mask"),
    Case("sorry for rambling on", "sorry_rambling"),
    Case("I'm waiting for the biopsy results", "waiting_results"),
    Case("I'd rather not say how it went", "no_wish_to_talk"),
    Case("please don't tell me what to do", "no_advice"),
    Case("I'm pregnant", "pregnant"),
    Case("my sister lives far away", "sibling_far"),
    Case("my sister moved in", None),
    Case("I don't want to say goodbye", None),
    Case("what happens to what I write?", None),
    Case("I miss my old life", None),
    Case("my husband has an interview on Thursday", None),
    Case("The trains were on time", None),
    Case("I went over the numbers with a colleague", None),
    Case("I'm not stressed about the money", None),
    Case("When will somebody come?", "asks_when", "service"),
    Case("I've explained this to you three times", "told_before", "service"),
    Case("I work from home and lost a client over this", "lost_income", "service"),
    Case("Is there an outage in my area?", "asks_outage", "service"),
    Case("The sky is grey", None, "service"),
    Case("do I have to pay for the return?", "asks_how_to_return", "service"),
    Case("can you send the blue one by Friday?", "asks_replacement", "service"),
    Case("Can I cancel my contract because of this?", "asks_cancel", "service"),
    Case("my son came out to us yesterday", None),
    Case("it's not a big deal but it's every day", None),
    Case("don't tell me to forgive him", "no_advice"),
    Case("what if he doesn't make it?", "fear_of_losing"),
    Case("I won't see a doctor", None),
    Case("he won't talk to me", "turned_away"),
    Case("it was so kind I cried", "moved_to_tears"),
    Case("hey, just bored", "bored_now"),
    Case("what if she cries?", "what_if"),
    Case("what if I fail and what if they laugh", "overthinking"),
    Case("my boyfriend is over the moon", "their_joy"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.said)
def test_a_theme_is_known_by_its_words(case: Case):
    found = theme_in(plain(case.said), case.setting, ())
    assert (found.name if found else None) == case.theme


def test_what_is_said_to_mourners_waits_until_a_death_was_spoken_of():
    said = plain("They gave me a box")
    mourned = theme_in(said, "support", ())
    assert mourned is not None
    assert mourned.mourns
    assert theme_in(said, "support", (), mourning=False) is None


def test_a_theme_with_nothing_left_to_say_gives_way():
    said = plain("I lie awake until four")
    spent = [f"support.theme.lie_awake.{number}" for number in range(1, 9)]
    assert theme_in(said, "support", spent) is None


def test_after_good_news_only_what_is_light_is_met():
    said = plain("I screamed at my boss, we danced and I love him")
    light = theme_in(said, "support", (), mood="light")
    assert light is not None
    assert light.light


@dataclass(frozen=True)
class Bad:
    id: str
    text: str
    said: str
    given: dict[str, Any] = field(default_factory=dict[str, Any])


BAD = [
    Bad("a list", "- a\n- b\n", "must map names to themes"),
    Bad("no lines", "x:\n  when:\n    - sad\n", "needs 'when' and 'say'"),
    Bad("an unknown key", "x:\n  when: [a]\n  say: {1: b}\n  asks: {1: c}\n", "needs 'when'"),
    Bad("a pattern read as a map", "x:\n  when:\n    - a(?: b)\n  say: {1: c}\n", "in quotes"),
    Bad("a broken pattern", "x:\n  when:\n    - a(b\n  say: {1: c}\n", "theme 'x'"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_a_broken_file_is_one_clear_line(bad: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "respond" / "made_up" / "themes"
    folder.mkdir(parents=True)
    (folder / "x.yaml").write_text(bad.text, encoding="utf-8")
    monkeypatch.setattr(module, "files", lambda _package: tmp_path)  # pyright: ignore[reportUnknownLambdaType]
    with pytest.raises(SetupError, match=re.escape(bad.said)):
        themes("made_up")


def test_a_theme_weighs_what_it_matches():
    theme = Theme("x", re.compile("very sad"), re.compile("not"), "reflection", {1: "a"}, {})
    assert theme.weight("i am very sad") == len("very sad")
    assert theme.weight("i am not very sad") == 0
