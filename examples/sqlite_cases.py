"""A customer-service agent that can look up orders, open tickets and refund small amounts.

Orders and tickets lie in SQLite here; any class with the same three methods will do.
"""

import sqlite3
import sys
from decimal import Decimal
from pathlib import Path

from empathy_agent import Settings, open_agent
from empathy_agent.tools.cases import Order, Ticket

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (customer, number, item, placed, status, paid, refunded);
CREATE TABLE IF NOT EXISTS tickets (customer, subject, summary);
"""


class SqliteCases:
    """Orders and tickets in one file."""

    refund_limit = Decimal("20.00")

    def __init__(self, path: Path) -> None:
        # Nodes of a graph run in threads of their own.
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.executescript(SCHEMA)

    def order(self, customer: str, number: str) -> Order | None:
        """Return an order of this customer."""
        row = self.database.execute(
            "SELECT number, item, placed, status, paid, refunded FROM orders "
            "WHERE customer = ? AND number = ? COLLATE NOCASE",
            (customer, number),
        ).fetchone()
        if row is None:
            return None
        number, item, placed, status, paid, refunded = row
        return Order(number, item, placed, status, Decimal(paid), Decimal(refunded), "EUR")

    def open_ticket(self, customer: str, subject: str, summary: str) -> Ticket:
        """Open a case."""
        added = self.database.execute(
            "INSERT INTO tickets VALUES (?, ?, ?)", (customer, subject, summary)
        )
        return Ticket(f"T-{added.lastrowid}", subject)

    def refund(self, customer: str, number: str, amount: Decimal, reason: str) -> str:
        """Book a refund; a real system would pay it out as well."""
        order = self.order(customer, number)
        assert order is not None
        self.database.execute(
            "UPDATE orders SET refunded = ? WHERE customer = ? AND number = ?",
            (str(order.refunded + amount), customer, order.number),
        )
        return f"R-{order.number}"


if __name__ == "__main__":
    cases = SqliteCases(Path(sys.argv[1] if len(sys.argv) > 1 else ":memory:"))
    cases.database.execute(
        "INSERT INTO orders VALUES ('ana', 'A-4711', 'blue kettle', '2026-11-02', "
        "'with the carrier since 9 November', '39.90', '0')"
    )
    settings = Settings(user="ana", persona="customer_service")
    agent = open_agent(settings, cases=cases)
    for said in (
        "My kettle still has not arrived and I am really annoyed!",
        "The order number is A-4711",
        "Yes please, let a colleague look at it",
    ):
        turn = agent.turn(said)
        print(f"> {said}\n{turn.reply}\n  [{', '.join(turn.tools)}]\n")
    agent.close()
    for subject, summary in cases.database.execute("SELECT subject, summary FROM tickets"):
        print(f"ticket: {subject}\n{summary}")
