"""What of a face is plain to see is fitted to the net by one command."""

import numpy as np

from empathy_agent.perception.expression import UNITS
from empathy_agent.perception.facs import FACS, shown
from empathy_agent.perception.shown import SHOWN
from empathy_agent.training.units import fitted, written


def test_a_unit_is_plain_above_what_neutral_faces_show() -> None:
    readings = np.zeros((1000, len(UNITS)))
    readings[:, 0] = np.linspace(0, 1, 1000)
    levels = fitted(readings)
    assert levels[UNITS[0]] == 0.95
    assert levels[UNITS[1]] == 0.15
    assert "AU45" not in levels


def test_what_is_written_is_a_module_that_tells_them() -> None:
    found: dict[str, dict[str, float]] = {}
    exec(written({"AU1": 0.5, "AU12": 0.15}, 42), found)
    assert found["SHOWN"] == {"AU1": 0.5, "AU12": 0.15}
    assert "42 neutral faces" in written({}, 42)


def test_what_ships_is_fitted_to_units_that_the_expert_reads() -> None:
    assert set(SHOWN) <= set(UNITS) & set(FACS)
    assert shown("AU12") == SHOWN["AU12"]
