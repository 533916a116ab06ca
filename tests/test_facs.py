from empathy_agent.perception.avatar import ACTION_UNITS
from empathy_agent.perception.expression import UNITS
from empathy_agent.perception.facs import FACS, shown

BLINK = "AU45"


def test_every_unit_that_the_expert_reads_has_words_but_the_blink() -> None:
    assert set(UNITS) - set(FACS) == {BLINK}


def test_every_unit_that_the_drawn_face_makes_has_words_but_the_blink() -> None:
    drawn = {name.rstrip("LR") for name in ACTION_UNITS}
    assert drawn - set(FACS) == {BLINK}


def test_no_two_units_share_a_cue() -> None:
    cues = [unit.cue for unit in FACS.values()]
    assert len(set(cues)) == len(cues)


def test_a_unit_is_plain_to_see_within_its_range() -> None:
    assert all(0.1 <= shown(name) < 1 for name in (*UNITS, *FACS, "AU99"))
