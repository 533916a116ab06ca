"""What a service persona may do: look up, open a case, give back a little; and say only that."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from empathy_agent.context import Context
from empathy_agent.safety.guard import guard
from empathy_agent.tools.cases import Order, Ticket, reported
from tests.fakes import agent, parts
from tests.test_tools import call

KETTLE = Order("A-4711", "kettle", "2026-11-02", "on its way", Decimal("39.90"), Decimal(0), "EUR")


class OneOrder:
    """Ana has one order; whatever is done is kept in lists."""

    refund_limit = Decimal("20.00")

    def __init__(self) -> None:
        self.tickets: list[tuple[str, str, str]] = []
        self.refunds: list[tuple[str, Decimal, str]] = []

    def order(self, customer: str, number: str) -> Order | None:
        if (customer, number.upper()) != ("ana", KETTLE.number):
            return None
        return replace(KETTLE, refunded=sum((paid for _, paid, _ in self.refunds), Decimal(0)))

    def open_ticket(self, customer: str, subject: str, summary: str) -> Ticket:
        self.tickets.append((customer, subject, summary))
        return Ticket(f"T-{len(self.tickets)}", subject)

    def refund(self, customer: str, number: str, amount: Decimal, reason: str) -> str:
        self.refunds.append((number, amount, reason))
        return f"R-{len(self.refunds)}"


class Broken(OneOrder):
    def order(self, customer: str, number: str) -> Order | None:
        raise ConnectionError("secret host refused")


@pytest.fixture
def cases() -> OneOrder:
    return OneOrder()


def asked(cases: OneOrder, name: str, **arguments: str) -> dict[str, Any]:
    state = call(replace(parts(), cases=cases), name, arguments)
    return json.loads(state["messages"][-1].text)


def test_without_a_case_system_no_such_tool_is_there():
    assert not {"look_up_order", "refund_order"} & {each.name for each in parts().tools()}


def test_an_order_is_found_whatever_its_case(cases: OneOrder):
    told = asked(cases, "look_up_order", number=" a-4711 ")
    assert (told["done"], told["status"]) == (True, "on its way")
    assert told["say"] == "Order A-4711 (kettle, placed 2026-11-02) is on its way."


def test_nobody_else_s_order_is_found(cases: OneOrder):
    made_of = replace(parts(), cases=cases)
    state = call(made_of, "look_up_order", {"number": "A-4711"}, me=Context(user_id="ben"))
    told = json.loads(state["messages"][-1].text)
    assert told == {"done": False, "why": "this customer has no order 'A-4711'"}


def test_a_small_refund_is_booked_and_told(cases: OneOrder):
    told = asked(cases, "refund_order", number="A-4711", amount="12.50", reason="scratched")
    assert told["say"] == "12.50 EUR of order A-4711 have been refunded, reference R-1."
    assert cases.refunds == [("A-4711", Decimal("12.50"), "scratched")]


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("20.01", "a person decides"),
        ("0", "no amount"),
        ("-5", "no amount"),
        ("1e2", "only 39.90 EUR"),
        ("NaN", "no amount"),
        ("Infinity", "no amount"),
        ("12.505", "no amount"),
        ("twelve", "no amount"),
        ("40", "only 39.90 EUR"),
    ],
)
def test_any_other_refund_is_refused_with_its_reason(cases: OneOrder, amount: str, why: str):
    told = asked(cases, "refund_order", number="A-4711", amount=amount, reason="")
    assert not told["done"] and why in told["why"]
    assert cases.refunds == []


def test_the_same_money_is_not_given_back_twice(cases: OneOrder):
    told = [
        asked(cases, "refund_order", number="A-4711", amount="19.00", reason="") for _ in range(4)
    ]
    assert [amount for _, amount, _ in cases.refunds] == [Decimal("19.00")] * 2
    assert told[-1]["why"] == "only 1.90 EUR of it can be given back"


def test_a_system_that_fails_is_told_and_tells_nothing():
    told = asked(Broken(), "look_up_order", number="A-4711")
    assert told == {"done": False, "why": "the case system does not answer; hand over"}


def test_what_a_tool_has_done_may_be_said_and_nothing_more(cases: OneOrder):
    state = call(
        replace(parts(), cases=cases),
        "refund_order",
        {"number": "A-4711", "amount": "12.50", "reason": "scratched"},
    )
    facts = reported(state["messages"])
    done = "12.50 EUR of order A-4711 have been refunded, reference R-1."
    assert facts == done
    assert guard(f"I am sorry. {done}", "service", facts).breaches == ()
    assert guard("We have refunded you the full payment.", "service", facts).breaches
    assert guard("You will get a refund by Friday.", "service", facts).breaches
    assert guard("I have order A-4711 here.", "service", facts).breaches == ()
    assert guard("I will send order A-4711 out again today.", "service", facts).breaches
    assert reported([*state["messages"], HumanMessage("and now?"), AIMessage("")]) == ""


def test_the_embedded_voice_looks_up_a_number_it_is_given(cases: OneOrder):
    talking = agent(replace(parts(), cases=cases), persona="customer_service", desk=False)
    talking.turn("My kettle has not arrived")
    found = talking.turn("The number is A-4711")
    assert "look_up_order" in found.tools
    assert "kettle" in found.reply and "on its way" in found.reply


def test_it_asks_again_for_a_number_that_is_not_there(cases: OneOrder):
    talking = agent(replace(parts(), cases=cases), persona="customer_service", desk=False)
    talking.turn("My kettle has not arrived")
    assert "A-9999" in talking.turn("The number is A-9999").reply


def test_where_nobody_is_free_a_case_is_opened(cases: OneOrder):
    talking = agent(replace(parts(), cases=cases), persona="customer_service", desk=False)
    talking.turn("My kettle has not arrived and I am really annoyed!")
    turn = talking.turn("Please let a colleague look at it")
    assert turn.tools[-2:] == ("hand_over", "open_ticket")
    assert "T-1" in turn.reply
    ((customer, _, summary),) = cases.tickets
    assert customer == "ana"
    assert "kettle has not arrived" in summary
