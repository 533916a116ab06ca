from pathlib import Path

import pytest

from empathy_agent.settings import Settings


def test_nothing_said_is_safe():
    settings = Settings()
    assert (settings.source, settings.consent, settings.country) == ("none", False, None)
    assert (settings.vision, settings.chat) == ("embedded", "scripted")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMPATHY_PERSONA", "customer_service")
    monkeypatch.setenv("EMPATHY_CONSENT", "true")
    assert Settings().persona == "customer_service"
    assert Settings().consent


def test_an_argument_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMPATHY_USER", "ben")
    assert Settings(user="ana").user == "ana"


def test_the_home_of_the_tests_is_not_the_user_s(tmp_path: Path):
    assert Settings().home == tmp_path / "home"


def test_a_key_is_never_shown():
    settings = Settings.model_validate({"api_key": "sk-very-secret"})
    assert "very-secret" not in repr(settings)
