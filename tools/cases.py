"""`look_up_order`, `open_ticket`, `refund_order`: what a service persona may do for a customer.

What stands behind them is yours: anything that keeps the contract of `CaseSystem`. Whose orders
they are is the run's `user_id`, which no model can name. A refund is booked only up to the
system's limit and only as much as was paid and not yet given back; the rest is for a person.

The guard lets no promise of a service persona pass. What one of these tools has done is no promise:
its `say` is a fact, and may be quoted word for word.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime

from empathy_agent.context import Context

__all__ = ["CaseSystem", "Order", "Ticket", "create_case_tools", "reported"]

logger = logging.getLogger(__name__)

_NAMES = ("look_up_order", "open_ticket", "refund_order")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Order:
    """One order of the customer."""

    number: str
    item: str
    placed: str
    """ISO 8601 date."""
    status: str
    """In words that a customer understands, such as "on its way"."""
    paid: Decimal
    refunded: Decimal
    currency: str
    """ISO 4217."""


@dataclass(frozen=True)
class Ticket:
    """A case that a person will read."""

    number: str
    subject: str


class CaseSystem(Protocol):
    """Orders and tickets of customers; each customer is reached by their id alone."""

    refund_limit: Decimal
    """The most that may be given back without a person, in the order's currency."""

    def order(self, customer: str, number: str) -> Order | None:
        """Return an order of this customer, and of nobody else."""
        ...

    def open_ticket(self, customer: str, subject: str, summary: str) -> Ticket:
        """Open a case."""
        ...

    def refund(self, customer: str, number: str, amount: Decimal, reason: str) -> str:
        """Give back an amount that was checked, and return the reference of the booking."""
        ...


_Runtime = ToolRuntime[Context, dict[str, Any]]


def create_case_tools(cases: CaseSystem) -> list[BaseTool]:
    """Return the three tools, bound to a case system."""

    @tool
    def look_up_order(number: str, runtime: _Runtime) -> str:
        """Look up an order of this customer by its number.

        Args:
            number: as the customer gave it.
            runtime: given by the graph.
        """
        return _answer(lambda: _found(cases, runtime.context.user_id, number))

    @tool
    def open_ticket(subject: str, summary: str, runtime: _Runtime) -> str:
        """Open a case for a colleague to read, so that the customer need not tell it twice.

        Args:
            subject: in a few words.
            summary: what happened and what the customer wants, in a few lines.
            runtime: given by the graph.
        """
        return _answer(lambda: _opened(cases, runtime.context.user_id, subject, summary))

    @tool
    def refund_order(number: str, amount: str, reason: str, runtime: _Runtime) -> str:
        """Give money back, only if the customer asked for it. Quote `say` word for word.

        Args:
            number: of the order.
            amount: in the order's currency, such as "12.50".
            reason: in a few words.
            runtime: given by the graph.
        """
        return _answer(lambda: _refunded(cases, runtime.context.user_id, number, amount, reason))

    return [look_up_order, open_ticket, refund_order]


def reported(messages: Sequence[AnyMessage]) -> str:
    """Return what these tools have reported since the user's last message, as sentences."""
    said: list[str] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage) and message.name in _NAMES:
            try:
                said.append(str(json.loads(message.text).get("say") or ""))
            except (ValueError, AttributeError):
                continue
    return " ".join(reversed(said))


def _answer(act: Callable[[], dict[str, Any]]) -> str:
    try:
        return json.dumps(act(), ensure_ascii=False)
    # Whatever somebody else's system raises must not take the conversation down.
    except Exception as error:
        logger.warning("the case system failed: %s", type(error).__name__)
        return json.dumps({"done": False, "why": "the case system does not answer; hand over"})


def _found(cases: CaseSystem, customer: str, number: str) -> dict[str, Any]:
    order = cases.order(customer, number.strip())
    if order is None:
        return {"done": False, "why": f"this customer has no order {number.strip()!r}"}
    return {
        "done": True,
        "number": order.number,
        "item": order.item,
        "placed": order.placed,
        "status": order.status,
        "paid": str(order.paid),
        "refunded": str(order.refunded),
        "currency": order.currency,
        "say": f"Order {order.number} ({order.item}, placed {order.placed}) is {order.status}.",
    }


def _opened(cases: CaseSystem, customer: str, subject: str, summary: str) -> dict[str, Any]:
    ticket = cases.open_ticket(customer, subject, summary)
    said = f"Ticket {ticket.number} is open, with all that was said here."
    return {"done": True, "ticket": ticket.number, "say": said}


def _refunded(
    cases: CaseSystem, customer: str, number: str, amount: str, reason: str
) -> dict[str, Any]:
    order = cases.order(customer, number.strip())
    if order is None:
        return {"done": False, "why": f"this customer has no order {number.strip()!r}"}
    try:
        wanted = Decimal(amount.strip())
        valid = wanted.is_finite() and wanted > 0 and wanted == wanted.quantize(_CENT)
    except InvalidOperation:
        valid, wanted = False, Decimal(0)
    if not valid:
        return {"done": False, "why": f"{amount!r} is no amount such as '12.50'"}
    left = order.paid - order.refunded
    if wanted > left:
        return {"done": False, "why": f"only {left} {order.currency} of it can be given back"}
    if wanted > cases.refund_limit:
        why = f"above {cases.refund_limit} {order.currency} a person decides; call hand_over"
        return {"done": False, "why": why}
    reference = cases.refund(customer, order.number, wanted, reason)
    said = (
        f"{wanted:.2f} {order.currency} of order {order.number} have been refunded, "
        f"reference {reference}."
    )
    return {"done": True, "reference": reference, "say": said}
