"""What the guard catches and what it mistakes, by layer, and what a sentence costs.

Prints counts only, never a text. Run: `python tests/benchmarks/guard.py [DATA]`, where DATA is the
folder of labelled data (default: EMPATHY_DATA, or `../shared/data` beside the repository).
"""

import csv
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast

from empathy_agent.safety.guard import MODEL, Setting, guard

_CASES = Path(__file__).parents[1] / "safety_cases"


class Row(NamedTuple):
    kind: str
    setting: Setting
    text: str


def main() -> None:
    """Check every table that is there, and print one line a table."""
    for name in ("guard", "guard_models", "guard_fresh", "guard_blind2"):
        report(name, rows(_CASES / f"{name}.tsv"))
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("EMPATHY_DATA", default))
    path = folder / "text" / "empathetic_personas" / "EP_rewritings_2144_EN.csv"
    if not path.is_file():
        sys.exit(f"no texts under {str(folder)!r}; name the folder of labelled data")
    with path.open(encoding="utf-8", newline="") as file:
        told = [row["rewriting"] for row in csv.DictReader(file)]
    sentences = sorted({each for text in told for each in re.split(r"(?<=[.!?])\s+", text) if each})
    # The net was trained on the even ones.
    report("kind bot", [Row("none", "support", text) for text in sentences[1::2]])


def rows(table: Path) -> list[Row]:
    lines = table.read_text(encoding="utf-8").splitlines()
    split = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Row(kind, cast(Setting, setting), text) for kind, setting, text in split]


def report(name: str, table: Sequence[Row]) -> None:
    guard("I can warm up.", "service")
    start = time.thread_time()
    found = [guard(row.text, row.setting).breaches for row in table]
    took = (time.thread_time() - start) * 1000 / len(table)
    print(f"{name}: n={len(table)}, {took:.2f} ms of processor time each")
    for what in ("breaching", "fine"):
        here = [
            breaches
            for row, breaches in zip(table, found, strict=True)
            if (row.kind == "none") == (what == "fine")
        ]
        if here:
            any_ = sum(map(bool, here))
            net = sum(bool(each) and each[0].startswith(MODEL) for each in here)
            print(f"  {what}: caught {any_}/{len(here)} = {any_ / len(here):.3f}, net alone {net}")


if __name__ == "__main__":
    main()
