"""Telling the app that somebody is in danger: a webhook, a Python callable, or both.

What is sent says how urgent it is and about whom, and nothing of what was said unless the app asks
for it. It leaves in the background, so that no reply waits; what fails is tried again, later and
later, and then given up, logged without content, and told in the notes of the next turn.

The webhook follows the Standard Webhooks specification 1.0 (standardwebhooks.com): headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`, an HMAC-SHA256 over
`id.timestamp.body`. `verify` is for the receiver.
"""

import base64
import binascii
import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import logging
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from empathy_agent.affect import RiskLevel
from empathy_agent.errors import SetupError

__all__ = ["Alarm", "OnRisk", "RiskEvent", "Webhook", "sign", "verify"]

_log = logging.getLogger("empathy_agent.hook")
_TIMEOUT_S = 5.0
_TRIES = 6
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 60.0
_AT_MOST = 1000
"""Events that wait at once; more than this many are dropped, and said to be."""
_TOLERANCE_S = 300.0
_PREFIX = "whsec_"


@dataclass(frozen=True)
class RiskEvent:
    """Somebody's risk has reached a level that the app wants to know of."""

    level: str
    """`moderate`, `high` or `imminent`."""
    kind: str
    about: str
    """`self`, or `other` when somebody else is in danger."""
    signals: tuple[str, ...]
    """Names of what was heard; never words of the person."""
    user: str
    session: str
    persona: str
    at: float
    """Seconds since the epoch."""
    said: str | None = None
    """What the person said last; null unless the app has asked for texts."""
    id: str = field(default_factory=lambda: f"evt_{uuid.uuid4().hex}")
    """The same in every try, so that a receiver can tell repeats."""

    def as_json(self) -> dict[str, Any]:
        """Return what a webhook's body holds."""
        return {"type": "risk.escalated", **asdict(self), "signals": list(self.signals)}


OnRisk = Callable[[RiskEvent], object]
"""What an app may give instead of an address; it runs in a thread of ours."""


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a webhook, as in its header: `v1,` and base64.

    Args:
        secret: any text, or `whsec_` and base64 as the specification has it.
        id: of the event.
        timestamp: seconds since the epoch.
        body: as it is sent.
    """
    signed = b".".join((id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    tolerance_s: float = _TOLERANCE_S,
) -> bool:
    """Say whether a webhook comes from who knows the secret, and is no old one sent again.

    Args:
        secret: the one that the sender has.
        headers: of the request, in any case.
        body: exactly as it came, before any parsing.
        now: seconds since the epoch; left out, the present.
        tolerance_s: how far the sender's clock may be off.
    """
    told = {name.lower(): value for name, value in headers.items()}
    id, stamp = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit():
        return False
    if abs((time.time() if now is None else now) - int(stamp)) > tolerance_s:
        return False
    right = sign(secret, id, int(stamp), body).encode()
    given = told.get("webhook-signature", "").split()
    return any(hmac.compare_digest(right, each.encode()) for each in given)


def _key(secret: str) -> bytes:
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error as error:
            raise SetupError(
                "hook_secret begins with 'whsec_' but is no base64 after it"
            ) from error
    return secret.encode()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what is signed for one address is not handed to another."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        """Return no further request."""


class Webhook:
    """An address that is told by POST."""

    def __init__(self, url: str, secret: str = "", *, timeout_s: float = _TIMEOUT_S) -> None:
        """Name the address; nothing is sent yet.

        Args:
            url: `https://…`, or `http://…` inside a network that you trust.
            secret: for the signature; without one the request is not signed.
            timeout_s: for one try.

        Raises:
            SetupError: the address is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SetupError(f"hook_url {url!r} must be an address such as 'https://host/risk'")
        if secret:
            _key(secret)
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_Stay)

    def __call__(self, event: RiskEvent) -> None:
        """Send an event once.

        Raises:
            OSError: no connection, too slow, or an answer other than 2xx.
        """
        body = json.dumps(event.as_json()).encode()
        stamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "empathy-agent",
            "webhook-id": event.id,
            "webhook-timestamp": str(stamp),
        }
        if self._secret:
            headers["webhook-signature"] = sign(self._secret, event.id, stamp, body)
        request = urllib.request.Request(self._url, body, headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return
        except http.client.HTTPException as error:
            raise OSError(type(error).__name__) from error


@dataclass(order=True)
class _Job:
    due: float
    number: int
    event: RiskEvent = field(compare=False)
    send: OnRisk = field(compare=False)
    tried: int = field(default=0, compare=False)


class Alarm:
    """Sends events in the background, to a webhook, a callable, or both."""

    def __init__(
        self,
        *receivers: OnRisk,
        at: RiskLevel = RiskLevel.high,
        text: bool = False,
        tries: int = _TRIES,
        first_wait_s: float = _FIRST_WAIT_S,
    ) -> None:
        """Name who is told; no thread runs before the first event.

        Args:
            receivers: a `Webhook`, or callables.
            at: the level from which they are told.
            text: whether the event holds what the person said last.
            tries: how often one event is tried with one receiver.
            first_wait_s: before the second try; doubled before each further one, a minute at most.
        """
        self.receivers = receivers
        """Who is told."""
        self.at = at
        """The level from which they are told."""
        self.text = text
        """Whether they are told what was said last."""
        self._tries = tries
        self._first_wait_s = first_wait_s
        self._jobs: list[_Job] = []
        self._numbers = itertools.count()
        self._failures: dict[str, list[str]] = {}
        self._busy = False
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def beside(self, receiver: OnRisk) -> "Alarm":
        """Return an alarm that tells one more."""
        return Alarm(
            *self.receivers,
            receiver,
            at=self.at,
            text=self.text,
            tries=self._tries,
            first_wait_s=self._first_wait_s,
        )

    def is_due(self, level: RiskLevel, alerted: RiskLevel) -> bool:
        """Say whether a level is to be told, when the episode has told `alerted` already."""
        return bool(self.receivers) and level >= self.at and level > alerted

    def send(self, event: RiskEvent) -> None:
        """Hand an event over; this returns at once."""
        with self._changed:
            if self._closed or len(self._jobs) + len(self.receivers) > _AT_MOST:
                self._fail(event, "the risk hook was not told: too many events wait")
                return
            for receiver in self.receivers:
                job = _Job(time.monotonic(), next(self._numbers), event, receiver)
                heapq.heappush(self._jobs, job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="risk-hook", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def failures(self, session: str) -> list[str]:
        """Return what has failed for a session since this was last asked, one line each."""
        with self._changed:
            return self._failures.pop(session, [])

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing is left to send; say whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs and not self._busy, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Let what waits be sent, for a bounded time, and stop."""
        done = self._thread is None or self.wait(timeout_s)
        with self._changed:
            if not done:
                _log.error("%d risk events were not delivered before the end", len(self._jobs))
            self._closed = True
            self._jobs.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            problem = _try(job)
            with self._changed:
                self._busy = False
                if problem is not None:
                    self._again(job, problem)
                self._changed.notify_all()

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._closed:
                wait = self._jobs[0].due - time.monotonic() if self._jobs else None
                if wait is not None and wait <= 0:
                    self._busy = True
                    return heapq.heappop(self._jobs)
                self._changed.wait(wait)
            return None

    def _again(self, job: _Job, problem: str) -> None:
        job.tried += 1
        if job.tried >= self._tries:
            self._fail(job.event, f"the risk hook was given up after {job.tried} tries: {problem}")
            return
        wait = min(_LONGEST_WAIT_S, self._first_wait_s * 2 ** (job.tried - 1))
        job.due = time.monotonic() + wait
        heapq.heappush(self._jobs, job)
        self._fail(job.event, f"the risk hook failed and is tried again: {problem}")

    def _fail(self, event: RiskEvent, told: str) -> None:
        _log.warning("%s (event %s)", told, event.id)
        known = self._failures.setdefault(event.session, [])
        if told not in known:
            known.append(told)


def _try(job: _Job) -> str | None:
    """Send once; return what went wrong, without a word of the event."""
    try:
        job.send(job.event)
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except urllib.error.URLError as error:
        return f"no connection ({type(error.reason).__name__})"
    except Exception as error:  # a receiver is the app's own code: whatever it raises, we go on
        return type(error).__name__
    return None
