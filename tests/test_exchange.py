"""A memory leaves as lines and comes back the same, or not at all."""

import pytest

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.memory import Fact, ListMemory, Moment, Record, Summary
from empathy_agent.memory.exchange import lines_of, read_lines

MOMENTS = [
    Moment(id="1", session="s", at=1.5, said='a "quoted" line\nand ünïcode', reply="yes"),
    Moment(
        id="2",
        session="s",
        at=2.0,
        said="",
        emotion=Emotion.FEAR,
        valence=-0.4,
        arousal=0.3,
        confidence=0.7,
        risk="high",
        strategy="hold",
        persona="mental_health_support",
    ),
]
NOTES = {"face_baseline": {"seconds": 12.5, "units": [0.1, 0.2]}}


def test_what_is_exported_is_imported_the_same():
    assert read_lines(lines_of(MOMENTS, NOTES)) == (MOMENTS, NOTES)


def test_it_may_be_another_memory_and_another_user():
    memory = ListMemory()
    moments, notes = read_lines([*lines_of(MOMENTS, NOTES), ""])
    for each in moments:
        memory.remember("ben", each)
    memory.note("ben", "face_baseline", notes["face_baseline"])
    assert memory.recent("ben") == MOMENTS
    assert memory.notes("ben") == NOTES
    assert memory.recent("ana") == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2 is not JSON"),
        ("[1]", "line 2 is no JSON object"),
        ('{"id": "x", "at": 1, "said": ""}', "line 2, 'session': Field required"),
        ('{"id": "x", "session": "s", "at": "soon", "said": ""}', "line 2, 'at'"),
        ('{"id": "x", "session": "s", "at": NaN, "said": ""}', "line 2, 'at'"),
        ('{"id": "", "session": "s", "at": 1, "said": ""}', "line 2, 'id'"),
        ('{"id": "x", "session": "s", "at": 1, "said": "", "valence": 7}', "line 2, 'valence'"),
        ('{"id": "x", "session": "s", "at": 1, "said": "", "emotion": "sad"}', "line 2, 'emotion'"),
        ('{"id": "x", "session": "s", "at": 1, "said": "", "frames": []}', "line 2, 'frames'"),
        ('{"note": "Not A Kind"}', "line 2: .*no kind of note"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_read(line: str, told: str):
    with pytest.raises(SetupError, match=told):
        read_lines([lines_of(MOMENTS, {})[0], line])


def test_every_kind_of_record_is_exported_and_read_back():
    records: list[Record] = [
        MOMENTS[1],
        Fact(
            id="f1",
            session="s",
            at=1.0,
            said="my sister is Anna",
            sources=("m1",),
            topic="person",
            about="sister",
            value="Anna",
        ),
        Summary(
            id="s1", session="s", at=1.0, said="", sources=("m1",), until=2.0, moments=1, felt=0
        ),
    ]
    assert read_lines(lines_of(records, {})) == (records, {})
    with pytest.raises(SetupError, match="did you mean 'fact'"):
        read_lines(['{"record": "facts", "id": "x"}'])
    with pytest.raises(SetupError, match="'topic'"):
        read_lines([lines_of(records, {})[1].replace('"person"', '"hobby"')])
