"""A user's resting face in the memory: kept with consent, theirs alone, erased with them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from empathy_agent.affect import AffectReading, Emotion
from empathy_agent.agent.agent import Agent
from empathy_agent.errors import SetupError
from empathy_agent.memory import ListMemory
from empathy_agent.perception.baseline import Baseline, OwnFace, from_note
from empathy_agent.perception.frames import Frame, Window
from empathy_agent.tools.resting_faces import KIND, RestingFaces
from tests import fakes
from tests.test_track import showing

REST = Baseline(40.0, showing(Emotion.SADNESS, 0.7), np.array([0.1, 0.6]), ("AU12", "AU4"))


class LearningEyes(fakes.KnownEyes):
    """Eyes that learn a resting face from whatever they are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.own: list[OwnFace | None] = []

    def perceive(
        self,
        window: Window | None,
        text: str = "",
        context: Sequence[str] = (),
        *,
        consent: bool = True,
        session: str | None = None,
        own: OwnFace | None = None,
    ) -> AffectReading:
        self.own.append(own)
        if own is not None:
            own.baseline, own.learnt = own.baseline or REST, own.learnt + 6
        return super().perceive(window, text, context, consent=consent)


def learnt(faces: RestingFaces, user: str, baseline: Baseline = REST) -> None:
    own = faces.of(user)
    own.baseline, own.learnt = baseline, 10.0
    faces.keep(user)


def test_a_resting_face_is_kept_over_sessions_as_numbers() -> None:
    memory = ListMemory()
    learnt(RestingFaces(memory), "ada")
    again = RestingFaces(memory).of("ada").baseline
    assert again is not None
    assert (again.seconds, again.names) == (REST.seconds, REST.names)
    np.testing.assert_allclose(again.units, REST.units, atol=1e-4)
    assert set(memory.noted("ada", KIND) or {}) == {"seconds", "emotions", "units", "names"}


def test_one_persons_face_never_reaches_another() -> None:
    memory = ListMemory()
    faces = RestingFaces(memory)
    learnt(faces, "ada")
    assert faces.of("bob").baseline is None
    learnt(faces, "bob", replace(REST, seconds=99.0))
    ada = RestingFaces(memory).of("ada").baseline
    assert ada is not None
    assert ada.seconds == 40


def test_what_was_erased_does_not_come_back() -> None:
    memory = ListMemory()
    faces = RestingFaces(memory)
    learnt(faces, "ada")
    memory.forget("ada")
    held = faces.of("ada")
    assert held.baseline is None
    learnt(faces, "ada")
    own = faces.of("ada")
    own.learnt = 10.0
    memory.forget("ada")
    faces.keep("ada")
    assert memory.noted("ada", KIND) is None
    assert faces.of("ada").baseline is None


def test_a_little_more_is_not_worth_keeping() -> None:
    memory = ListMemory()
    faces = RestingFaces(memory)
    own = faces.of("ada")
    own.baseline, own.learnt = REST, 1.0
    faces.keep("ada")
    assert memory.notes("ada") == {}


def test_many_users_are_not_all_held_at_once() -> None:
    memory = ListMemory()
    faces = RestingFaces(memory)
    for number in range(200):
        learnt(faces, f"user-{number}")
    first = faces.of("user-0").baseline
    assert first is not None
    assert first.seconds == 40


class Lost(ListMemory):
    """A memory whose disk is gone."""

    def noted(self, user: str, kind: str) -> dict[str, object] | None:
        raise SetupError("the disk is gone")

    def note(self, user: str, kind: str, value: object) -> None:
        raise SetupError("the disk is gone")


def test_without_a_memory_faces_are_read_as_they_are() -> None:
    faces = RestingFaces(Lost())
    learnt(faces, "ada")
    assert faces.of("ada").baseline is REST


@pytest.mark.parametrize(
    "note",
    [
        None,
        {},
        {"seconds": 50},
        {"seconds": "x", "emotions": [], "units": [], "names": []},
        {"seconds": 50, "emotions": [0.1] * 7, "units": [0.1], "names": ["AU4"]},
        {"seconds": 50, "emotions": [0.0] * 8, "units": [0.1], "names": ["AU4"]},
        {"seconds": 50, "emotions": [0.1] * 8, "units": [5.0], "names": ["AU4"]},
        {"seconds": float("nan"), "emotions": [0.1] * 8, "units": [0.1], "names": ["AU4"]},
    ],
)
def test_a_note_that_makes_no_sense_is_none(note: dict[str, object] | None) -> None:
    assert from_note(note) is None


def window() -> Window:
    return Window(tuple(Frame(at / 15, np.full((8, 8), at, np.uint8)) for at in range(15)))


@pytest.mark.parametrize("consent", [True, False])
def test_a_turn_learns_with_consent_alone(consent: bool) -> None:
    eyes, memory = LearningEyes(), ListMemory()
    agent = fakes.agent(fakes.parts(eyes=eyes, memory=memory), consent=consent)
    agent.turn("hello there", window())
    assert (memory.noted("ana", KIND) is not None) == consent
    assert (eyes.own[-1] is not None) == consent


def test_two_users_of_one_agents_parts_have_a_face_each() -> None:
    eyes, memory = LearningEyes(), ListMemory()
    parts = fakes.parts(eyes=eyes, memory=memory)
    for user in ("ada", "bob", "ada"):
        agent = Agent(parts, fakes.open_source("none"), user=user, consent=True)
        agent.turn("hello there", window())
    ada, bob, again = eyes.own
    assert ada is again
    assert ada is not bob
    assert parts.resting.of("cy").baseline is None


def test_forgetting_a_user_forgets_their_face() -> None:
    memory = ListMemory()
    agent = fakes.agent(fakes.parts(eyes=LearningEyes(), memory=memory), consent=True)
    agent.turn("hello there", window())
    assert memory.noted("ana", KIND) is not None
    agent.forget()
    assert memory.notes("ana") == {}


def test_what_the_user_sets_right_is_kept_theirs_alone_and_erased_with_them() -> None:
    memory = ListMemory()
    RestingFaces(memory).doubt("ada", Emotion.ANGER)
    kept = RestingFaces(memory)
    ada, bob = kept.of("ada").baseline, kept.of("bob").baseline
    assert ada is not None and ada.doubts.any()
    assert bob is None
    memory.forget("ada")
    assert kept.of("ada").baseline is None


def test_a_face_that_was_misread_is_doubted_and_words_alone_are_not() -> None:
    for source, doubted in (("demo", True), ("none", False)):
        made_of = fakes.parts(eyes=fakes.KnownEyes(Emotion.ANGER))
        talking = fakes.agent(made_of, source=source, consent=True)
        talking.turn("I'm not angry")
        assert (made_of.memory.noted("ana", KIND) is not None) == doubted
        talking.close()
