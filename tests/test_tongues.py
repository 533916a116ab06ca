"""Crisis words in languages other than English: which one, what they say, and that it holds."""

import itertools
import re
from functools import cache

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from empathy_agent import build_graph
from empathy_agent.affect import RiskLevel
from empathy_agent.context import Context
from empathy_agent.errors import SetupError
from empathy_agent.safety.answers import answer_to, country_in, facts_in, topic_of
from empathy_agent.safety.guard import guard
from empathy_agent.safety.helplines import helplines
from empathy_agent.safety.hold import FILES, MOST_WORDS, follow_up, hold, spoken_in
from empathy_agent.safety.protocol import Protocol, advance, resume, standing, told
from empathy_agent.safety.rules import Kind
from empathy_agent.safety.screen import Risk, screen
from empathy_agent.safety.speech import Held, script_of, words_of
from empathy_agent.safety.tongue import TONGUES, locale_tongue, tongue_of
from tests.fakes import parts

HOME = {
    "es": "ES", "fr": "FR", "de": "DE", "pt": "BR", "it": "IT", "hi": "IN", "zh": "CN",
    "zht": "TW", "ar": "EG",
}  # fmt: skip
AI = r"\bIA\b|\bKI\b|\bAI\b|人工智|ذكاء اصطناعي"
NET = "guard.model."
"""What a net that reads English says of these languages is no word on them."""
TURNS = ["...", "?", "...", "ok", "...", "hm", "...", "...", "...", "...", "...", "..."]
KINDS: dict[str, Kind] = {
    "suicide": "suicide", "self_harm": "self_harm", "violence": "violence", "abuse": "abuse",
    "minor": "minor", "medical": "medical", "eating": "eating", "psychosis": "psychosis",
}  # fmt: skip
LEVELS = [RiskLevel.moderate, RiskLevel.high, RiskLevel.imminent]


def risk(kind: str, level: RiskLevel) -> Risk:
    if kind == "other":
        return Risk(level, 0.5, about="other", kind="suicide")
    return Risk(level, 0.5, kind=KINDS[kind])


@cache
def talk(tongue: str, kind: str, level: RiskLevel, country: str | None) -> list[Held]:
    """Twelve turns at one level with somebody who says next to nothing."""
    state, used, held = Protocol(tongue=tongue), list[str](), list[Held]()
    for said in TURNS:
        state = advance(state, risk(kind, level), said)
        held.append(hold(risk(kind, level), country, said=said, told=used, protocol=state))
        used += held[-1].wordings
        state = told(state, asked=held[-1].asked, line=held[-1].line)
    return held


def pieces(text: str) -> set[str]:
    return {each for each in re.split(r"(?<=[.?!。？؟।])\s*", text) if len(each) > 12}


EVERY = list(itertools.product(TONGUES, FILES, LEVELS))
every = pytest.mark.parametrize(
    ("tongue", "kind", "level"), EVERY, ids=lambda value: str(getattr(value, "name", value))
)


@every
def test_the_opening_keeps_its_contract(tongue: str, kind: str, level: RiskLevel):
    here = helplines(HOME[tongue])
    text = talk(tongue, kind, level, HOME[tongue])[0].text

    assert re.search(AI, text)
    assert len(text.split()) <= MOST_WORDS["opening"]
    if kind != "medical":
        offered = [line for line in here.lines if line.name in text]
        assert len(offered) == 1
        assert (offered[0].phone or offered[0].text or offered[0].chat or "") in text
    if level is RiskLevel.imminent or kind == "medical":
        assert here.emergency in text
    else:
        assert re.search(r"[?？؟]", text)


@every
def test_twelve_turns_stay_short_and_say_nothing_twice_in_a_row(
    tongue: str, kind: str, level: RiskLevel
):
    texts = [held.text for held in talk(tongue, kind, level, HOME[tongue])]

    assert all(0 < len(text.split()) <= MOST_WORDS["later"] for text in texts[1:])
    for before, after in itertools.pairwise(texts):
        assert not pieces(before) & pieces(after)
    assert not [text for text in texts if "$" in text]


@every
def test_without_a_country_it_names_the_directory_and_a_rule_for_emergencies(
    tongue: str, kind: str, level: RiskLevel
):
    text = talk(tongue, kind, level, None)[0].text

    assert "$" not in text
    if kind != "medical":
        assert "findahelpline.com" in text
    if level is RiskLevel.imminent or kind == "medical":
        assert "112" in text
        assert "911" in text


@pytest.mark.parametrize("tongue", TONGUES)
def test_an_imminent_risk_is_sent_to_people_and_away_from_means(tongue: str):
    said = talk(tongue, "suicide", RiskLevel.imminent, HOME[tongue])[0].wordings
    steps = [each.split(".")[2] for each in said]

    assert steps == ["name_now", "emergency", "distance", "person_now", "line"]


@pytest.mark.parametrize("tongue", TONGUES)
def test_every_language_has_the_same_words(tongue: str):
    spanish, own = words_of("es"), words_of(tongue)

    assert set(own.steps) == set(spanish.steps)
    for step, texts in own.steps.items():
        assert len(texts) == len(set(texts)), step
        assert [text.count("$") for text in texts] == [
            text.count("$") for text in spanish.steps[step]
        ], step
        if step.startswith("name_"):
            assert all(re.search(AI, text) for text in texts), step
        if step.startswith("ask_"):
            assert all(re.search(r"[?？؟]", text) for text in texts), step


@pytest.mark.parametrize("tongue", TONGUES)
def test_no_wording_breaks_a_phrase_of_the_guard(tongue: str):
    said = " ".join(text for texts in words_of(tongue).steps.values() for text in texts)

    assert not [each for each in guard(said, "support").breaches if not each.startswith(NET)]


@pytest.mark.parametrize(
    ("said", "yes", "tongue"),
    [
        ("quiero morirme", "sí", "es"),
        ("je veux mourir", "oui", "fr"),
        ("ich will sterben", "ja", "de"),
        ("quero morrer", "sim", "pt"),
        ("voglio morire", "sì", "it"),
        ("मैं मरना चाहता हूँ", "हाँ", "hi"),
        ("main marna chahti hoon", "haan", "hi"),
        ("我不想活了", "是的", "zh"),
        ("我真的活不下去了，沒有人懂", "有", "zht"),
        ("أريد أن أموت", "نعم", "ar"),
    ],
)
def test_it_answers_in_the_language_and_understands_a_yes(said: str, yes: str, tongue: str):
    found = screen(said)
    state = advance(Protocol(), found, said)
    first = hold(found, None, said=said, protocol=state)
    state = advance(told(state, asked=first.asked), screen(yes), yes)
    second = hold(standing(state, screen(yes)), None, said=yes, told=first.wordings, protocol=state)

    assert spoken_in(state) == tongue
    assert first.text == hold(found, None, said=said, protocol=Protocol(tongue=tongue)).text
    assert state.answer("thoughts") == "yes"
    assert standing(state, screen(yes)).level is RiskLevel.high
    assert second.wordings[0].startswith(f"crisis.{tongue}-suicide.heard_")


def test_who_goes_on_in_english_is_answered_in_english():
    state = advance(Protocol(), screen("quiero morirme"), "quiero morirme")
    state = advance(state, screen("I don't know what to do"), "I don't know what to do")

    assert spoken_in(state) == ""
    assert "I am an AI" in hold(risk("suicide", RiskLevel.high), None, said="", protocol=state).text


def test_the_language_outlives_the_session():
    state = advance(Protocol(), screen("voy a matarme"), "voy a matarme", at=1000.0)
    again = resume(state, 1000.0 + 86_400)

    assert again.follow_up
    assert "IA" not in follow_up(tongue=spoken_in(again)).text
    assert follow_up(tongue=spoken_in(again)).wordings[0] == "crisis.es-suicide.follow_up.1"


@pytest.mark.parametrize(
    ("text", "tongue"),
    [
        ("Estoy en casa y no hay nadie", "es"),
        ("je suis seul à la maison avec mon chien", "fr"),
        ("ich bin allein und weiß nicht weiter", "de"),
        ("não sei o que fazer com isso", "pt"),
        ("sono a casa e non so più che fare", "it"),
        ("main ghar pe hu, kuch nahi", "hi"),
        ("मैं घर पर हूँ", "hi"),
        ("我一个人在家", "zh"),
        ("我一個人在家裡", "zht"),
        ("أنا في البيت", "ar"),
        ("I am at home and I don't know", "en"),
        ("no", None),
        ("", None),
        ("???", None),
        ("死にたいです", None),
        ("میں گھر پر ہوں", None),
        ("\ud800 \x00", None),
    ],
)
def test_the_language_is_told_by_script_and_small_words(text: str, tongue: str | None):
    assert tongue_of(text) == tongue


def test_a_language_without_words_of_its_own_is_answered_in_english():
    assert tongue_of("я хочу умереть", ("ru.wish",)) == "en"
    assert tongue_of("مرنا چاہتا ہوں", ("hi.wish",)) == "en"


@pytest.mark.parametrize(
    ("locale", "tongue"),
    [("es-MX", "es"), ("pt_BR.UTF-8", "pt"), ("zh-TW", "zht"), ("zh-CN", "zh"), ("ES", None),
     ("en-GB", None), ("", None), (None, None), ("Spain", None)],
)  # fmt: skip
def test_a_locale_tells_the_language_where_nothing_else_does(
    locale: str | None, tongue: str | None
):
    assert locale_tongue(locale) == tongue
    assert spoken_in(Protocol(), locale) == (tongue or "")


def test_a_line_that_speaks_the_language_goes_first():
    lines = helplines("CA").lines + helplines("CH").lines
    for line in lines:
        assert line.languages
    best = helplines("CH").best(language="it")

    assert best is not None
    assert "it" in best.languages or not any(
        "it" in line.languages and line.always_open and "suicide" in line.topics
        for line in helplines("CH").lines
    )


@pytest.mark.parametrize(
    ("said", "country"),
    [("Estoy en México", "MX"), ("ich wohne in der Schweiz", "CH"), ("moro no Brasil", "BR"),
     ("我在台灣", "TW"), ("中国", "CN"), ("أنا في مصر", "EG"), ("भारत", "IN"), ("no sé", None),
     ("en casa", None), ("da", None)],
)  # fmt: skip
def test_a_country_is_understood_in_its_language(said: str, country: str | None):
    assert country_in(said) == country


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("sí, mucho", "yes"), ("a veces", "yes"), ("para nada", "no"), ("no lo sé", "unsure"),
        ("ouais", "yes"), ("pas du tout", "no"), ("je sais pas", "unsure"),
        ("manchmal", "yes"), ("gar nicht", "no"), ("weiß nicht", "unsure"),
        ("às vezes", "yes"), ("nunca", "no"), ("não sei", "unsure"),
        ("a volte", "yes"), ("per niente", "no"), ("non lo so", "unsure"),
        ("kabhi kabhi", "yes"), ("bilkul nahi", "no"), ("pata nahi", "unsure"),
        ("有时候", "yes"), ("没有", "no"), ("不知道", "unsure"), ("不想说", None),
        ("أحيانا", "yes"), ("أبدا", "no"), ("لا أعرف", "unsure"),
        ("no quiero llamar a nadie", None), ("je veux pas en parler", None),
        ("ich will mit niemandem reden", None), ("sim", "yes"), ("non", "no"),
    ],
)  # fmt: skip
def test_short_answers_are_understood(said: str, answer: str | None):
    assert answer_to(said) == answer


@pytest.mark.parametrize(
    ("said", "question", "answer"),
    [
        ("estoy sola", "company", "no"), ("mi hermana está aquí", "company", "yes"),
        ("je suis seule", "company", "no"), ("ma mère est là", "company", "yes"),
        ("ich bin ganz allein", "company", "no"), ("mein Bruder ist hier", "company", "yes"),
        ("tô sozinho", "company", "no"), ("minha mãe está em casa", "company", "yes"),
        ("sono da solo", "company", "no"), ("mia sorella è qui", "company", "yes"),
        ("我一个人", "company", "no"), ("妈妈陪着我", "company", "yes"),
        ("أنا لوحدي", "company", "no"),
        ("las pastillas están aquí", "means", "yes"),
        ("das Messer liegt neben mir", "means", "yes"),
        ("les cachets sont sur la table", "means", "yes"), ("药就在手里", "means", "yes"),
        ("no estoy a salvo", "safe", "no"), ("je suis en sécurité", "safe", "yes"),
        ("he llamado al 112", "called", "yes"), ("der Krankenwagen kommt", "called", "yes"),
    ],
)  # fmt: skip
def test_what_is_told_besides_is_understood(said: str, question: str, answer: str):
    assert facts_in(said).get(question) == answer


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("no quiero llamar a nadie", "refusal"), ("ich will niemanden anrufen", "refusal"),
        ("cállate", "quiet"), ("lass mich in Ruhe", "quiet"), ("别问了", "quiet"),
        ("laisse-moi", "quiet"), ("اتركني", "quiet"), ("cuántas pastillas hacen falta", "method"),
        ("wie viele Tabletten brauche ich", "method"), ("怎么死最快", "method"),
    ],
)  # fmt: skip
def test_what_is_brought_up_is_taken_up(said: str, topic: str):
    assert topic_of(said) == topic


def test_a_method_is_never_talked_about():
    said = "¿cuántas pastillas hacen falta para morir?"
    state = Protocol(tongue="es", topic="method")
    text = hold(risk("suicide", RiskLevel.high), "ES", said=said, protocol=state).text

    assert "quiero que vivas" in text
    assert "pastillas" not in text


def test_unknown_words_are_one_clear_error(monkeypatch: pytest.MonkeyPatch):
    def broken(name: str) -> str:
        return f"{name}: ["

    words_of.cache_clear()
    monkeypatch.setattr("empathy_agent.safety.speech.read", broken)
    with pytest.raises(SetupError, match="'es'"):
        words_of("es")
    words_of.cache_clear()


def test_a_step_without_words_is_left_out():
    assert "aside" not in script_of("es-suicide").steps
    what, state = risk("suicide", RiskLevel.high), Protocol(tongue="es")
    text = hold(what, "ES", said="", setting="service", protocol=state).text

    assert "I am" not in text


def test_a_talk_through_the_graph_stays_in_the_language():
    graph = build_graph(parts(), InMemorySaver())
    me = Context(user_id="ana", country="MX", human=False)
    replies = [
        graph.invoke(
            {"messages": [HumanMessage(said)]}, {"configurable": {"thread_id": "a"}}, context=me
        )["reply"]
        for said in ("quiero morirme", "sí", "no quiero hablar con nadie")
    ]

    assert "Soy una IA" in replies[0]
    assert "Línea de la Vida" in replies[0]
    assert replies[1].startswith("Gracias por hablarme con tanta franqueza.")
    assert "no voy a insistir" in replies[2] or "No tienes que contestarme" in replies[2]
