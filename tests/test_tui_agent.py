"""The app on the real agent: graph, safety, memory and words; only the eyes are given."""

from empathy_agent.tui.bars import Banner
from empathy_agent.tui.dialogs import Question
from tests.fakes import agent
from tests.tui_fakes import app_of, exchanges, say, seen, settle, until


async def test_a_conversation_with_the_real_agent():
    made = agent()
    app = app_of(lambda: made)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(app)
        await pilot.pause()
        assert "AI" in seen(app)
        await say(app, pilot, "I failed my exam and I cannot face my parents")
        assert len(exchanges(app)[0].reply) > 20
        assert "most likely sad · 0.80" in seen(app)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)
    assert app.error is None
    assert [moment.said for moment in made.past()] == [
        "I failed my exam and I cannot face my parents"
    ]


async def test_a_crisis_with_the_real_agent():
    app = app_of(lambda: agent(country="US"))
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(app)
        await say(app, pilot, "I am going to kill myself tonight")
        assert isinstance(app.screen, Question)
        assert "988" in exchanges(app)[0].reply
        await pilot.press("n")
        await until(pilot, lambda: app.query_one(Banner).display)
        assert "now." in seen(app) and "988" in seen(app)
    assert app.error is None


async def test_forgetting_with_the_real_agent():
    made = agent()
    app = app_of(lambda: made)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(app)
        await say(app, pilot, "a secret")
        assert made.past()
        await pilot.press("ctrl+delete", "y")
        await until(pilot, lambda: "1 moment forgotten; nothing is left" in seen(app))
    assert not made.past()
