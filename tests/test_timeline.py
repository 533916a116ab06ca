"""A life in a plot: as text and as a drawing that a browser and a screen reader understand."""

from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

from PIL import Image

from empathy_agent.affect import RiskLevel
from empathy_agent.memory import Moment
from empathy_agent.memory.timeline import columns, draw_svg, draw_text
from empathy_agent.memory.timeline_png import draw_png

DAY = 86400.0
NOW = 1_790_000_000.0


def week(*valences: float | None, every: float = DAY) -> list[Moment]:
    """Return a moment a day, the last one now; each its own session."""
    start = NOW - (len(valences) - 1) * every
    return [
        Moment(id=str(n), session=f"s{n}", at=start + n * every, said="<secret> & more", valence=v)
        for n, v in enumerate(valences)
    ]


def test_every_moment_falls_into_one_stretch():
    cut = columns(week(*[0.1] * 50), 7)
    assert len(cut) == 7
    assert sum(each.moments for each in cut) == 50


def test_a_stretch_tells_its_middle_and_its_span():
    (only,) = columns([replace(each, at=NOW) for each in week(-0.8, 0.0, 0.2)], 20)
    assert (only.middle, only.low, only.high) == (0.0, -0.8, 0.2)


def test_a_stretch_without_anything_felt_is_empty():
    cut = columns(week(0.5, None, None, None, 0.5), 5)
    assert [each.middle for each in cut] == [0.5, None, None, None, 0.5]


def test_a_stretch_keeps_its_highest_risk():
    moments = week(0.0, 0.0, 0.0)
    moments[0] = replace(moments[0], risk="high")
    cut = columns(moments, 3)
    assert [each.risk for each in cut] == [RiskLevel.high, RiskLevel.none, RiskLevel.none]


def test_nothing_remembered_is_said_so():
    assert draw_text([], NOW) == "nothing was felt that could be drawn"
    assert draw_text(week(None, None), NOW) == "nothing was felt that could be drawn"
    ElementTree.fromstring(draw_svg([], NOW))


def test_light_is_above_heavy():
    lines = draw_text(week(*[0.9] * 6, *[-0.9] * 6), NOW).splitlines()
    light = next(line for line in lines if "●" in line)
    assert light.index("●") < 10
    heavy = [line for line in lines[:9] if "●" in line][-1]
    assert heavy.index("●") > len(heavy) / 3


def test_a_risk_is_marked_and_explained():
    moments = week(*[0.0] * 9)
    assert "!" not in draw_text(moments, NOW)
    moments[4] = replace(moments[4], risk="moderate")
    assert "! risk" in draw_text(moments, NOW)


def test_the_usual_is_drawn_once_there_is_enough():
    assert "usual" not in draw_text(week(0.1, 0.2), NOW)
    assert "usual (+0.10)" in draw_text(week(*[0.1] * 9), NOW)


def test_no_line_is_wider_than_the_terminal():
    assert max(map(len, draw_text(week(*[0.1] * 300), NOW, width=60).splitlines()[:10])) <= 60


def test_the_drawing_is_well_formed_described_and_tells_nothing_that_was_said():
    drawn = draw_svg(week(*[0.1] * 20, *[-0.7] * 20), NOW, title="Ana & <me>")
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "Ana & <me>"  # pyright: ignore[reportOptionalMemberAccess]
    described = root.find(f"{space}desc").text  # pyright: ignore[reportOptionalMemberAccess]
    assert described is not None and "40 moments" in described and "changed around" in described
    assert len(list(root.iter(f"{space}circle"))) == 40
    assert "secret" not in drawn and "script" not in drawn


def test_a_picture_is_drawn_of_the_same_columns():
    drawn = draw_png(week(0.1, -0.5, 0.4, -0.2), NOW)
    with Image.open(BytesIO(drawn)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1720, 600))
        colours = {colour for _, colour in picture.getcolors(1 << 20) or ()}
    assert (0x2F, 0x6F, 0x62) in colours


def test_of_nothing_an_empty_picture_is_drawn():
    with Image.open(BytesIO(draw_png([], NOW))) as picture:
        assert picture.size == (1720, 600)
