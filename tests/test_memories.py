"""Whole turns: what a conversation draws from the one before, and what it leaves behind."""

from empathy_agent.affect import Emotion
from empathy_agent.agent.agent import Agent
from empathy_agent.agent.events import TurnResult
from empathy_agent.agent.memories import recollect
from empathy_agent.memory import Episode, Fact, ListMemory, Moment, Summary
from tests.fakes import StillClock, agent, parts

DAY = 86400.0


class Past:
    """One memory, and conversations of it at different times."""

    def __init__(self) -> None:
        self.memory = ListMemory()
        self.clock = StillClock()

    def talk(self, *said: str, days: float = 0.0) -> list[TurnResult]:
        self.clock.now += days * DAY
        talking = agent(parts(memory=self.memory, clock=self.clock))
        return [self._turn(talking, each) for each in said]

    def _turn(self, talking: Agent, said: str) -> TurnResult:
        self.clock.now += 60
        return talking.turn(said)

    def facts(self) -> dict[str, str]:
        found = self.memory.records("ana", Fact)
        return {each.about: each.value for each in found if each.superseded_by is None}


def test_what_is_stated_in_a_turn_is_kept_with_its_moment():
    past = Past()
    past.talk("My sister Anna moved out and I miss her")
    (fact,) = past.memory.records("ana", Fact)
    (moment,) = past.memory.records("ana", Moment)
    assert (fact.value, fact.sources) == ("Anna", (moment.id,))


def test_the_name_somebody_likes_is_known_from_the_next_conversation_on():
    past = Past()
    past.talk("call me Jo", "please be brief")
    later = agent(parts(memory=past.memory))
    later.turn("My week was long and hard")
    state = later.graph.get_state({"configurable": {"thread_id": later.session}}).values
    assert (state["appraisal"]["called"], state["appraisal"]["brief"]) == ("Jo", True)


def test_a_plan_is_recalled_when_its_date_has_passed_until_it_was_asked_about():
    past = Past()
    past.talk("My chemistry exam is on Friday and I am scared")
    early = past.talk("I am fine", days=1)
    assert not any(each.due for each in early[0].recalled)
    (turn,) = past.talk("hello", days=8)
    assert [(each.value, each.due) for each in turn.recalled if each.due] == [
        ("chemistry exam", "passed")
    ]
    past.talk("the chemistry exam went well")
    (again,) = past.talk("hello", days=1)
    assert not any(each.due for each in again.recalled)


def test_a_new_conversation_closes_the_one_before():
    past = Past()
    past.talk("my flat is so empty", "I cried all night long", "everything hurts now")
    assert past.memory.records("ana", Summary) == []
    past.talk("hello", days=7)
    (summary,) = past.memory.records("ana", Summary)
    (episode,) = past.memory.records("ana", Episode)
    assert (summary.moments, episode.emotion) == (3, Emotion.SADNESS)
    past.talk("hello", days=7)
    assert len(past.memory.records("ana", Summary)) == 1


def test_what_holds_no_longer_is_not_recalled():
    past = Past()
    past.talk("I live in Leeds with my dog")
    past.talk("I moved to Berlin last week", days=7)
    assert past.facts()["home"] == "in Berlin"
    (turn,) = past.talk("I hate where I live", days=1)
    assert "in Leeds" not in {each.value for each in turn.recalled}


def test_nothing_said_in_danger_becomes_a_plan():
    past = Past()
    past.talk("I'm going to kill myself tomorrow, I'm seeing my mother tonight to say goodbye")
    assert past.facts() == {}


def test_forgetting_a_moment_takes_what_was_made_from_it():
    past = Past()
    past.talk("My sister Anna moved out", "my flat is so empty", "I cried all night long")
    past.talk("hello", days=7)
    first = past.memory.records("ana", Moment)[0]
    past.memory.forget("ana", moment=first.id)
    assert past.memory.records("ana", Fact) == []
    assert past.memory.records("ana", Summary) == []


def test_what_is_recalled_keeps_to_its_budget():
    memory = ListMemory()
    for number, word in enumerate(["bench", "fence", "grass", "stone", "apple", "berry"]):
        said = f"my garden has roses {f'{word} ' * 60}"
        memory.remember("ana", Moment(f"m{number}", "s1", 1e9 + number, said))

    found = [
        recollect(
            memory,
            "ana",
            "my garden has roses",
            now=1.1e9,
            thread="s2",
            turn=1,
            emotion=None,
            tokens=tokens,
        ).found
        for tokens in (0, 100, 200, 10_000)
    ]
    assert [len(each) for each in found] == [0, 1, 2, 4]
