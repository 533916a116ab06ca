import pytest

from empathy_agent.agent.events import Asked, Delta, Done
from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.bars import Banner
from empathy_agent.tui.dialogs import FORGET, Page, Question
from empathy_agent.tui.picture import (
    Scripted,
    ScriptedErasure,
    ScriptedMoment,
    settle,
)
from empathy_agent.tui.port import Forgotten
from empathy_agent.tui.prompt import Prompt
from tests.tui_fakes import Fake, app_of, exchanges, result, say, seen, talking, until


@pytest.mark.parametrize(
    ("risk", "shown"),
    [("none", False), ("low", False), ("moderate", False), ("high", True), ("imminent", True)],
)
async def test_the_line_to_call_is_shown_from_high_risk_on(risk: str, shown: bool):
    held = result("I am glad you told me.\n\n- Call **988**, day and night", risk)
    async with talking(Fake([[Done(held)]])) as (app, pilot):
        await say(app, pilot, "hm")
        assert app.query_one(Banner).display == shown
        assert ("now. Call 988, day and night" in seen(app)) == shown


async def test_the_line_to_call_stays_until_it_is_put_away():
    held = result("Call 112", "imminent")
    later = result("Did you reach anyone?", "high")
    turns = [[Done(held)], [Done(result())], [Done(later)], [Done(held)]]
    async with talking(Fake(turns)) as (app, pilot):
        banner = app.query_one(Banner)
        await say(app, pilot, "one")
        await say(app, pilot, "two")
        assert banner.display
        await say(app, pilot, "two and a half")
        assert "now. Call 112" in seen(app)
        await pilot.press("escape")
        assert not banner.display
        await say(app, pilot, "three")
        assert banner.display


@pytest.mark.parametrize(("key", "accepted"), [("y", True), ("n", False), ("escape", False)])
async def test_the_agent_may_ask_for_a_human(key: str, accepted: bool):
    asking = [Delta("I ask for somebody."), Asked("A refund of 40 euros.", "wants a person")]
    fake = Fake([asking], resumed=[Done(result("So be it."))])
    async with talking(fake) as (app, pilot):
        await say(app, pilot, "a human please")
        assert "A human was asked for" in seen(app)
        assert "A refund of 40 euros." in seen(app)
        assert "I ask for somebody." in seen(app)
        await pilot.press(key)
        await until(pilot, lambda: exchanges(app)[0].reply == "So be it.")
    assert fake.answers == [{"accepted": accepted, "note": ""}]


async def test_what_was_remembered_can_be_read():
    async with app_of(Scripted).run_test(size=(100, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, EmpathyApp)
        await settle(app)
        await pilot.press("f3")
        await pilot.pause()
        assert "Nothing was recalled" in seen(app)
        await pilot.press("escape")
        await say(app, pilot, "I failed")
        await pilot.press("f3")
        await pilot.pause()
        assert "about the same thing" in seen(app)
        await pilot.press("f3")
        assert not isinstance(app.screen, Page)


@pytest.mark.parametrize(("key", "forgot"), [("y", 1), ("n", 0)])
async def test_forgetting_is_asked_about_and_then_clears_the_screen(key: str, forgot: int):
    fake = Fake(moments=[ScriptedMoment("I cannot sleep", "Long nights.")])
    async with talking(fake) as (app, pilot):
        await say(app, pilot, "a secret")
        await pilot.press("ctrl+delete")
        assert isinstance(app.screen, Question)
        assert app.screen.wording is FORGET
        await pilot.press(key)
        await settle(app)
        await pilot.pause()
        assert fake.forgot == forgot
        assert ("a secret" in seen(app)) == (not forgot)
        assert ("I cannot sleep" in seen(app)) == (not forgot)
        assert ("12 moments forgotten" in seen(app)) == bool(forgot)
        await pilot.press("up")
        assert (app.query_one(Prompt).text == "a secret") == (not forgot)


async def test_what_could_not_be_erased_is_told():
    class Sticky(Fake):
        def forget(self) -> Forgotten:
            return ScriptedErasure(moments=2, traces=1)

    async with talking(Sticky()) as (app, pilot):
        await pilot.press("ctrl+delete", "y")
        await until(pilot, lambda: "1 trace left on the disk" in seen(app))


async def test_nothing_is_forgotten_in_the_middle_of_a_turn():
    fake = Fake()
    fake.step.clear()
    async with talking(fake) as (app, pilot):
        app.query_one(Prompt).text = "hm"
        await pilot.press("enter", "ctrl+delete")
        await pilot.pause()
        assert not isinstance(app.screen, Question)
        assert "wait for the reply" in seen(app)
        fake.step.set()
        await settle(app)
