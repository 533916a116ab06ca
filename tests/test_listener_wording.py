"""The reviewed wordings: enough of them, sound, within bounds, and chosen well."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import cast

import pytest
import yaml

from empathy_agent.models.listener.wording import SETTINGS, Wording, choose, families, wordings
from empathy_agent.safety.guard import guard

LEAST = {"support": 250, "service": 120}
SLOTS = {
    "echo": "you failed your exam", "Echo": "You failed your exam", "thing": "your exam",
    "Thing": "Your exam", "is": "is", "feeling": "worried", "Feeling": "Worried", "number": "48213",
    "denied": "angry", "when": "3 days ago", "When": "3 days ago", "past": "you lost your key",
    "matter": "your key", "cues": "lip corners pulled up", "note": "Sam here", "lines": "988",
    "item": "blue kettle", "status": "on its way", "ticket": "T-1", "person": "your sister",
    "Meant": "The piano", "quote": "My cat Misu has moved in.",
    "plan": "your chemistry exam", "Plan": "Your chemistry exam", "name": "Sam",
    "Memories": "You told me that you lost your key",
    "several": "your job, your flat and your mum",
    "Person": "Your sister", "they": "she", "They": "She", "them": "her", "Them": "Her",
    "their": "her",
    "Their": "Her", "last": "How are you with it?", "notes": "you lost your key; and it is late",
    "Notes": "You lost your key; and it is late",
}  # fmt: skip
FORBIDDEN = re.compile(
    r"\b(calm down|at least|I understand exactly|I know how you feel|cheer up|don't worry|"
    r"everything will be|look on the bright|you should feel|I saw you|your face|"
    r"you look (?:sad|angry)|"
    r"you have (?:depression|anxiety)|I promise|I guarantee|therapy session|as your therapist)\b",
    re.IGNORECASE,
)


def yaml_files(folder: str) -> Iterator[Traversable]:
    for path in files("empathy_agent.prompts").joinpath("respond", folder).iterdir():
        yield from path.iterdir() if path.is_dir() else (path,)


def every(setting: str) -> list[Wording]:
    return [each for family in families(setting) for each in wordings(setting, family)]


@pytest.mark.parametrize("setting", SETTINGS)
def test_there_are_enough(setting: str):
    own = [each for each in every(setting) if each.id.startswith(setting)]
    assert len(own) >= LEAST[setting]


@pytest.mark.parametrize("setting", SETTINGS)
def test_ids_and_texts_are_each_given_once(setting: str):
    counts = Counter(each.id for each in every(setting))
    assert counts.most_common(1)[0][1] == 1
    texts = Counter(each.text for each in every(setting))
    assert [text for text, n in texts.items() if n > 1] == []


def test_no_key_of_a_file_is_written_twice():
    for folder in (*SETTINGS, "shared"):
        for path in yaml_files(folder):
            text = path.read_text(encoding="utf-8")
            node = cast("object", yaml.compose(text, yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType]
            assert isinstance(node, yaml.MappingNode)
            for inner in mappings(node):
                keys = [key.value for key, _ in inner.value]
                assert len(keys) == len(set(keys)), path.name


def mappings(node: yaml.MappingNode) -> Iterator[yaml.MappingNode]:
    yield node
    for _, inner in node.value:
        if isinstance(inner, yaml.MappingNode):
            yield from mappings(inner)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_slot_is_known_and_fills(setting: str):
    for each in every(setting):
        assert each.slots <= set(SLOTS), each.id
        assert Template(each.text).is_valid()
        assert "$" not in each.fill(SLOTS), each.id


@pytest.mark.parametrize("setting", SETTINGS)
def test_lines_are_short_and_end(setting: str):
    for each in every(setting):
        sentences = re.findall(r"[^.!?]+[.!?]+", each.fill(SLOTS))
        most = 5 if ".language." in each.id else 4
        assert 1 <= len(sentences) <= most, each.id
        assert each.text.endswith((".", "?", "!", '..."', "$note", "$last")), each.id


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_line_says_what_must_not_be_said(setting: str):
    for each in every(setting):
        assert FORBIDDEN.search(each.fill(SLOTS)) is None, each.id


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_line_is_taken_back_by_the_guard(setting: str):
    for each in every(setting):
        said = each.fill(SLOTS)
        assert guard(said, setting).breaches == (), each.id  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("family", ["reflect", "restate"])
def test_feelings_are_guesses(family: str):
    flat = re.compile(r"\byou (?:are|feel) \$feeling\b")
    for each in wordings("support", family):
        assert not flat.search(each.text), each.id


def test_openings_vary():
    starts = Counter(" ".join(each.text.split()[:3]) for each in every("support"))
    assert starts.most_common(1)[0][1] / len(every("support")) < 0.06


def pick(**changed: object) -> Wording | None:
    told: dict[str, object] = {
        "groups": ("sadness",), "intensity": "clear", "slots": SLOTS, "spent": (), "seed": "a",
    }  # fmt: skip
    return choose("support", "reflect", **{**told, **changed})  # pyright: ignore[reportArgumentType]


def test_a_choice_is_deterministic_and_varies_with_the_seed():
    assert pick() == pick()
    assert len({pick(seed=str(i)) for i in range(30)}) > 2


def test_what_was_spoken_is_not_chosen_again():
    spent: set[str] = set()
    while (line := pick(spent=spent)) is not None:
        assert line.id not in spent
        spent.add(line.id)
    assert len(spent) > 15


def test_a_line_with_their_clause_is_preferred():
    line = pick()
    assert line is not None
    assert line.echoes()


def test_without_slots_only_lines_without_are_chosen():
    for seed in "abcdefgh":
        line = pick(slots=(), seed=seed)
        assert line is not None
        assert not line.slots


def test_the_group_fits():
    line = pick(groups=("anger", "sadness"))
    assert line is not None
    assert line.group == "anger"
