import threading

import pytest

from empathy_agent.errors import ModelUnavailable, SetupError
from empathy_agent.tui.dialogs import CONSENT, Question
from empathy_agent.tui.panel import Bars
from empathy_agent.tui.picture import (
    ScriptedSource,
    settle,
)
from empathy_agent.tui.port import Conversation
from empathy_agent.tui.prompt import Prompt
from tests.tui_fakes import Fake, app_of, seen, talking, until


@pytest.mark.parametrize(
    ("keys", "given"), [(["y"], True), (["n"], False), (["escape"], False), (["enter"], False)]
)
async def test_the_camera_is_read_only_after_a_yes(keys: list[str], given: bool):
    fake = Fake(source=ScriptedSource())
    async with talking(fake, ask=True, look_s=0.02) as (app, pilot):
        assert isinstance(app.screen, Question)
        assert app.screen.wording is CONSENT
        await pilot.pause(0.1)
        assert fake.looks == 0
        await pilot.press(*keys)
        await until(pilot, lambda: fake.consent == given and (fake.looks > 0) == given)
        assert ("● camera on" if given else "○ camera off · no consent") in seen(app)


async def test_where_pictures_go_is_said_before_the_yes_and_while_they_do():
    fake = Fake(source=ScriptedSource())
    async with talking(fake, ask=True, look_s=0.02, goes_to="eyes.example.com") as (app, pilot):
        assert isinstance(app.screen, Question)
        assert "leave this machine" in app.screen.wording.title
        assert "eyes.example.com" in app.screen.wording.body
        assert "Frames stay in the memory of this program" not in app.screen.wording.body
        assert app.screen.wording.body.count("You can change your mind") == 1
        await pilot.press("y")
        await until(pilot, lambda: fake.consent and "● camera on → eyes.example.com" in seen(app))


async def test_a_yes_given_while_waking_is_recorded_once_the_agent_is_there():
    built = threading.Event()
    fake = Fake(source=ScriptedSource())

    def build() -> Conversation:
        assert built.wait(10)
        return fake

    app = app_of(build, ask=True)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("y")
        assert not fake.consent
        built.set()
        await until(pilot, lambda: fake.consent)


async def test_f4_withdraws_consent_and_asks_before_giving_it_again():
    fake = Fake(source=ScriptedSource(), consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: fake.looks > 1)
        await pilot.press("f4")
        await until(pilot, lambda: not fake.consent and not app.workers)
        looks = fake.looks
        await pilot.pause(0.1)
        assert fake.looks == looks
        assert "no consent" in seen(app)
        assert app.query_one(Bars).reading is None
        await pilot.press("f4", "y")
        await until(pilot, lambda: fake.consent and fake.looks > looks)


async def test_consent_that_cannot_be_recorded_is_told():
    class Full(Fake):
        def give_consent(self, given: bool) -> None:
            raise SetupError("consent cannot be recorded: the disk is full")

    async with talking(Full(source=ScriptedSource())) as (app, pilot):
        await pilot.press("f4", "y")
        await until(pilot, lambda: "the disk is full" in seen(app))
        assert "camera off" in seen(app)


async def test_without_a_camera_nothing_is_looked_at_and_f4_says_so():
    fake = Fake(consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await pilot.press("f4")
        await pilot.pause(0.1)
        assert "there is no camera here" in seen(app)
    assert fake.looks == 0


async def test_the_camera_rests_during_a_turn_and_behind_a_hidden_panel():
    fake = Fake(source=ScriptedSource(), consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: fake.looks > 0)
        fake.step.clear()
        app.query_one(Prompt).text = "hm"
        await pilot.press("enter")
        await until(pilot, lambda: fake.heard == ["hm"] and "look" not in app.backstage.running)
        looks = fake.looks
        await pilot.pause(0.1)
        assert fake.looks == looks
        fake.step.set()
        await until(pilot, lambda: fake.looks > looks)
        await pilot.press("f2")
        await until(pilot, lambda: "look" not in app.backstage.running)
        looks = fake.looks
        await pilot.pause(0.1)
        assert fake.looks == looks


async def test_a_lost_camera_is_told_and_comes_back_by_itself():
    fake = Fake(source=ScriptedSource(), consent=True)
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: fake.looks > 0)
        fake.eye.state = "lost"
        await until(pilot, lambda: "✕ camera lost" in seen(app))
        fake.eye.state = "open"
        looks = fake.looks
        await until(pilot, lambda: fake.looks > looks and "● camera on" in seen(app))


async def test_eyes_that_fail_are_told_once_and_left_alone():
    fake = Fake(source=ScriptedSource(), consent=True)
    fake.broken = ModelUnavailable("the eyes do not load")
    async with talking(fake, look_s=0.02) as (app, pilot):
        await until(pilot, lambda: "the eyes do not load" in seen(app))
        await pilot.pause(0.1)
    assert fake.looks == 1


async def test_what_consent_means_can_be_read_to_the_end_in_a_small_terminal():
    app = app_of(lambda: Fake(source=ScriptedSource()), ask=True)
    async with app.run_test(size=(60, 15)) as pilot:
        await settle(app)
        await pilot.pause()
        assert "words alone are read." not in seen(app)
        await pilot.press(*["down"] * 20)
        await pilot.pause()
        assert "words alone are read." in seen(app)
        assert "No (n)" in seen(app)
