from textual.widgets import TextArea

from empathy_agent.tui.app import EmpathyApp
from empathy_agent.tui.picture import (
    settle,
)
from empathy_agent.tui.prompt import Prompt
from tests.tui_fakes import Fake, say, seen, talking


async def test_enter_sends_and_ctrl_j_starts_a_line():
    fake = Fake()
    async with talking(fake) as (app, pilot):
        await pilot.press(*"ab", "ctrl+j", *"cd", "enter")
        await settle(app)
    assert fake.heard == ["ab\ncd"]


async def test_an_empty_message_is_not_sent_but_hinted_at():
    fake = Fake()
    async with talking(fake) as (app, pilot):
        await pilot.press("space", "enter")
        assert "nothing to send yet" in seen(app)
        await pilot.press("a")
        await pilot.pause()
        assert "nothing to send yet" not in seen(app)
    assert fake.heard == []


async def test_up_and_down_walk_through_what_was_sent_and_keep_the_draft():
    async with talking(Fake()) as (app, pilot):
        prompt = app.query_one(Prompt)
        for text in ("one", "two"):
            await say(app, pilot, text)
        prompt.text = "draft"
        walked: list[str] = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await pilot.press(key)
            walked.append(prompt.text)
        assert walked == ["two", "one", "one", "two", "draft", "draft"]


async def test_a_megabyte_is_pasted_as_a_label_and_sent_whole():
    from textual.events import Paste

    fake = Fake()
    text = "Wörter\x1b[31m " * 80_000
    async with talking(fake) as (app, pilot):
        prompt = app.query_one(Prompt)
        prompt.post_message(Paste(text))
        await pilot.pause()
        assert len(prompt.text) < 100
        await pilot.press("enter")
        await settle(app)
        await pilot.pause()
        assert "characters in all" in seen(app)
    assert fake.heard == [text.replace("\x1b", "")]


def test_no_key_of_the_app_is_taken_by_the_prompt():
    taken = {key.strip() for each in TextArea.BINDINGS for key in _keys(each)}
    ours = {key.strip() for each in EmpathyApp.BINDINGS for key in _keys(each)}
    assert not taken & ours


def _keys(binding: object) -> list[str]:
    from textual.binding import Binding

    assert isinstance(binding, Binding)
    return binding.key.split(",")
