"""The risk hook, over real HTTP on this machine."""

import base64
import json
import logging
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from empathy_agent import build_graph
from empathy_agent.affect import RiskLevel
from empathy_agent.agent.hook import Alarm, RiskEvent, Webhook, sign, verify
from empathy_agent.agent.parts import Parts
from empathy_agent.app import open_parts
from empathy_agent.context import Context
from empathy_agent.doctor import examine
from empathy_agent.errors import SetupError
from empathy_agent.evals.run import run_scenario
from empathy_agent.evals.scenario import Scenario
from empathy_agent.settings import Settings
from tests.fakes import agent, parts

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, yes").decode()
EVENT = RiskEvent(
    level="high",
    kind="suicide",
    about="self",
    signals=("suicide.intent",),
    user="ana",
    session="s1",
    persona="mental_health_support",
    at=1_800_000_000.0,
)
DARK = "I am going to kill myself tonight"
ME = Context(user_id="ana", country="US", human=False)


@dataclass
class Desk:
    """A receiver that answers as it is told, and keeps what came."""

    url: str = ""
    answers: list[int] = field(default_factory=list[int])
    slow_s: float = 0.0
    came: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )


@contextmanager
def desk(*answers: int, slow_s: float = 0.0) -> Generator[Desk]:
    kept = Desk(answers=list(answers), slow_s=slow_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(kept.slow_s)
            kept.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = kept.answers.pop(0) if len(kept.answers) > 1 else kept.answers[0]
            try:
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "http://127.0.0.1:1/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_port}/risk"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def alarm(url: str, *, tries: int = 3, timeout_s: float = 5.0, text: bool = False) -> Alarm:
    hook = Webhook(url, SECRET, timeout_s=timeout_s)
    return Alarm(hook, tries=tries, first_wait_s=0.01, text=text)


def say(made_of: Parts, *texts: str, thread: str = "t") -> list[dict[str, object]]:
    graph = build_graph(made_of, InMemorySaver())
    config = {"configurable": {"thread_id": thread}}
    return [
        graph.invoke({"messages": [HumanMessage(text)]}, config, context=ME)  # pyright: ignore[reportArgumentType,reportCallIssue]
        for text in texts
    ]


def test_an_event_arrives_signed_and_the_receiver_can_check_it():
    with desk(204) as there:
        told = alarm(there.url)
        told.send(EVENT)
        assert told.wait(30)
        headers, body = there.came[0]

    assert verify(SECRET, headers, body)
    assert not verify(SECRET, headers, body + b" ")
    assert not verify("another secret of some length", headers, body)
    assert not verify(SECRET, {**headers, "webhook-id": "evt_other"}, body)
    assert not verify(SECRET, headers, body, now=time.time() + 3600)
    assert headers["webhook-id"] == EVENT.id
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["level"] == "high"
    assert json.loads(body)["said"] is None


def test_the_signature_is_that_of_the_specification():
    # The example of standardwebhooks' reference libraries.
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_several_signatures_in_a_header_are_all_looked_at():
    stamp = int(time.time())
    good = sign(SECRET, "evt_1", stamp, b"{}")
    headers = {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(stamp)}

    assert verify(SECRET, {**headers, "Webhook-Signature": f"v1,AAAA {good}"}, b"{}")
    assert not verify(SECRET, headers, b"{}")
    assert not verify(SECRET, {**headers, "Webhook-Timestamp": "soon"}, b"{}")


def test_what_fails_is_tried_again_until_it_succeeds():
    with desk(500, 503, 200) as there:
        told = alarm(there.url)
        told.send(EVENT)
        assert told.wait(10)

        assert len(there.came) == 3
        assert len({headers["webhook-id"] for headers, _ in there.came}) == 1
        assert len({body for _, body in there.came}) == 1
        assert told.failures("s1") == [
            "the risk hook failed and is tried again: HTTP 500",
            "the risk hook failed and is tried again: HTTP 503",
        ]
        assert told.failures("s1") == []


def test_what_always_fails_is_given_up_and_said_so(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING), desk(500) as there:
        told = alarm(there.url)
        told.send(EVENT)
        assert told.wait(10)
        assert len(there.came) == 3

    assert told.failures("s1")[-1] == "the risk hook was given up after 3 tries: HTTP 500"
    assert EVENT.id in caplog.text
    assert "ana" not in caplog.text


def test_a_slow_receiver_is_not_waited_for():
    with desk(200, slow_s=3.0) as there:
        told = alarm(there.url, tries=1, timeout_s=0.1)
        started = time.monotonic()
        told.send(EVENT)
        assert time.monotonic() - started < 2
        assert told.wait(30)

    assert "given up after 1 tries" in told.failures("s1")[0]


def test_nobody_there_is_a_failure_and_no_error():
    told = alarm("http://127.0.0.1:1/risk", tries=2)
    told.send(EVENT)

    assert told.wait(10)
    assert "no connection" in told.failures("s1")[0]


def test_a_redirect_is_not_followed():
    with desk(302) as there:
        told = alarm(there.url, tries=1)
        told.send(EVENT)
        assert told.wait(30)

    assert told.failures("s1") == ["the risk hook was given up after 1 tries: HTTP 302"]


@pytest.mark.parametrize("url", ["", "host/risk", "ftp://host/risk", "https://", "file:///etc/x"])
def test_what_is_no_address_is_refused(url: str):
    with pytest.raises(SetupError, match="hook_url"):
        Webhook(url)


def test_a_secret_that_is_no_base64_is_refused():
    with pytest.raises(SetupError, match="base64"):
        Webhook("https://host/risk", "whsec_!!!")


def test_a_callable_is_told_in_another_thread_and_its_errors_stay_there():
    seen: list[tuple[RiskEvent, str]] = []

    def on_risk(event: RiskEvent) -> None:
        seen.append((event, threading.current_thread().name))
        raise ValueError(f"the app's own mistake about {event.user}")

    told = Alarm(on_risk, tries=2, first_wait_s=0.01)
    told.send(EVENT)

    assert told.wait(30)
    assert [event for event, _ in seen] == [EVENT, EVENT]
    assert seen[0][1] != threading.current_thread().name
    assert told.failures("s1")[-1].endswith("ValueError")


def test_a_receiver_that_fails_holds_up_no_other():
    seen: list[str] = []
    with desk(500) as there:
        told = alarm(there.url, tries=2).beside(lambda event: seen.append(event.id))
        told.send(EVENT)
        assert told.wait(30)

    assert seen == [EVENT.id]


def test_after_its_end_nothing_is_taken_and_nothing_hangs():
    told = Alarm(lambda event: time.sleep(0.01))
    told.send(EVENT)
    told.close()
    told.send(EVENT)

    assert "not told" in told.failures("s1")[0]


def test_the_graph_tells_once_an_escalation_and_says_nothing_of_what_was_said():
    with desk(200) as there:
        told = alarm(there.url)
        states = say(replace(parts(), alarm=told), DARK, "I don't know", "still here", DARK)
        assert told.wait(30)
        body = json.loads(there.came[0][1])

    assert len(there.came) == 1
    assert (body["level"], body["user"], body["session"]) == ("imminent", "ana", "t")
    assert body["persona"] == "mental_health_support"
    assert "tonight" not in there.came[0][1].decode().replace("suicide.tonight", "")
    assert [state["alerted"] for state in states] == [True, False, False, False]


def test_an_answer_that_raises_the_risk_is_told_too():
    events: list[RiskEvent] = []
    told = Alarm(events.append)
    states = say(replace(parts(), alarm=told), "everyone would be better off without me", "yes")
    assert told.wait(30)

    assert [event.level for event in events] == ["high"]
    assert events[0].signals[0] == "answer.thoughts.yes"
    assert [state["alerted"] for state in states] == [False, True]


def test_the_text_is_sent_where_the_app_wants_it():
    events: list[RiskEvent] = []
    say(replace(parts(), alarm=Alarm(events.append, text=True)), DARK)

    deadline = time.monotonic() + 30
    while not events and time.monotonic() < deadline:
        time.sleep(0.01)
    assert events[0].said == DARK


def test_the_level_can_be_chosen():
    events: list[RiskEvent] = []
    told = Alarm(events.append, at=RiskLevel.imminent)
    say(replace(parts(), alarm=told), "everyone would be better off without me", "yes")

    assert told.wait(1)
    assert events == []


def test_a_failed_hook_is_told_in_the_notes_and_the_reply_does_not_wait():
    with desk(500, slow_s=0.5) as there:
        told = alarm(there.url, tries=1)
        made_of = replace(parts(), alarm=told)
        graph = build_graph(made_of, InMemorySaver())
        config = {"configurable": {"thread_id": "t"}}

        def turn(text: str) -> dict[str, object]:
            given = {"messages": [HumanMessage(text)]}
            return graph.invoke(given, config, context=ME)  # pyright: ignore[reportArgumentType,reportCallIssue]

        first = turn(DARK)
        assert "988" in str(first["reply"])
        assert there.came == []
        assert told.wait(10)
        second = turn("I don't know")

    assert second["notes"] == ["the risk hook was given up after 1 tries: HTTP 500"]


def test_build_graph_takes_a_callable():
    events: list[RiskEvent] = []
    graph = build_graph(parts(), on_risk=events.append)
    graph.invoke({"messages": [HumanMessage(DARK)]}, context=ME)  # pyright: ignore[reportArgumentType]

    deadline = time.monotonic() + 30
    while not events and time.monotonic() < deadline:
        time.sleep(0.01)
    assert events[0].level == "imminent"


def test_settings_open_the_hook_and_an_agent_tells_whether_it_was_told():
    made = open_parts(
        Settings(hook_url="https://host/risk", hook_secret=SECRET, hook_at="moderate")  # pyright: ignore[reportArgumentType]
    )
    assert made.alarm is not None
    assert made.alarm.at == RiskLevel.moderate
    assert open_parts(Settings()).alarm is None

    events: list[RiskEvent] = []
    one = agent(replace(parts(), alarm=Alarm(events.append)), desk=False)
    assert one.turn(DARK).alerted
    assert not one.turn("I don't know").alerted
    one.close()
    assert len(events) == 1


def test_the_receiver_of_the_documentation_takes_what_we_send_and_nothing_else():
    page = (Path(__file__).parents[1] / "docs" / "crisis.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    told: dict[str, Any] = {}
    exec(code, told)
    with desk(204) as there:
        Alarm(Webhook(there.url, "the secret you set")).send(EVENT)
        deadline = time.monotonic() + 30
        while not there.came and time.monotonic() < deadline:
            time.sleep(0.01)
        headers, body = there.came[0]

    assert told["receive"](headers, body) == 204
    assert told["receive"](headers, body + b" ") == 401


@pytest.mark.parametrize(
    ("settings", "ok", "told"),
    [
        (Settings(), True, "nobody outside is told"),
        (Settings(hook_url="https://host/risk"), True, "not signed"),
        (Settings(hook_url="https://host/risk", hook_secret=SecretStr(SECRET)), True, "signed"),
        (Settings(hook_url="host"), False, "hook_url 'host' must be an address"),
    ],
    ids=["none", "unsigned", "signed", "wrong"],
)
def test_doctor_says_whether_somebody_is_told(settings: Settings, ok: bool, told: str):
    found = next(each for each in examine(settings) if each.name == "risk hook")

    assert found.ok == ok
    assert told in found.told


def test_a_rehearsal_alarms_nobody(monkeypatch: pytest.MonkeyPatch):
    with desk(200) as there:
        monkeypatch.setenv("EMPATHY_HOOK_URL", there.url)
        steps = [{"user": DARK, "expect": {"alerted": True, "risk": ["imminent"]}}]
        run = run_scenario(Scenario.model_validate({"id": "dark", "turns": steps}))

        assert run.passed, run.checks
        assert there.came == []
