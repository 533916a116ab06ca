"""Whom a message speaks of: nouns first, then pronouns, and nobody where it is not certain."""

from dataclasses import dataclass

import pytest

from empathy_agent.models.listener.people import names_somebody, person_in


@dataclass(frozen=True)
class Case:
    id: str
    said: str
    earlier: tuple[str, ...] = ()
    name: str | None = None
    they: str | None = None


CASES = [
    Case("named here", "my sister lives far away", (), "your sister", "she"),
    Case("with a word before", "my best friend moved. he is gone", (), "your best friend", "he"),
    Case("said by a pronoun", "he never calls", ("my brother moved out",), "your brother", "he"),
    Case("the right one of two", "she cried", ("my brother left", "my mum is ill"), "your mum",
         "she"),
    Case("two at once", "my mum and my dad are fighting"),
    Case("no telling he or she", "my boss is unfair"),
    Case("told by the pronoun", "my boss says he is busy", (), "your boss", "he"),
    Case("no name", "this girl in class is nice", (), "her", "she"),
    Case("without my, by a learner", "husband is there still", (), "your husband", "he"),
    Case("nobody", "the bus was late"),
    Case("the subject goes first", "he says that she is safe", ("my husband came",),
         "your husband", "he"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_person_is_found_and_said_rightly(case: Case):
    found = person_in(case.said, case.earlier)
    assert (found.name if found else None) == case.name
    assert (found.they if found else None) == case.they


def test_a_pronoun_alone_names_nobody():
    assert names_somebody("my aunt came")
    assert not names_somebody("she came")
