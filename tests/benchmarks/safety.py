"""How often the screen raises a false alarm and what it finds, on texts held out and public data.

Prints counts only, never a text. Run: `python tests/benchmarks/safety.py [DATA]`, where DATA is
the folder of labelled data (default: EMPATHY_DATA, or `../shared/data` beside the repository).
"""

import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.screen import screen
from empathy_agent.training.material import read_material

_CASES = Path(__file__).parents[1] / "safety_cases"


class Text(NamedTuple):
    label: str
    said: str
    before: Sequence[str] = ()


def main() -> None:
    """Screen every set that is there, and print one line a set and label."""
    for path in sorted(_CASES.glob("held_*.txt")):
        rows = read_material(path)
        report(path.stem, [Text(row.kind if row.level else "harmless", row.text) for row in rows])
    default = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("EMPATHY_DATA", default))
    text = folder / "text"
    if not text.is_dir():
        sys.exit(f"no texts under {str(folder)!r}; name the folder of labelled data")
    report("goemotions dev (everyday comments)", goemotions(text))
    report("xstest", table(text / "safety" / "xstest_prompts.csv", "prompt", "label"))
    report(
        "simple safety tests",
        table(text / "safety" / "simple_safety_tests.csv", "prompts_final", "harm_area"),
    )
    report(
        "ailuminate self-harm requests",
        table(text / "safety" / "ailuminate_ssh_public.csv", "prompt_text", "hazard"),
    )
    report("behaviour scenarios (user turns)", scenarios(text / "safety"))


def goemotions(text: Path) -> Iterable[Text]:
    path = text / "goemotions" / "original" / "dev.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        yield Text("all", line.split("\t")[0])


def table(path: Path, text: str, label: str) -> Iterable[Text]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Text(row[label], row[text])


def scenarios(folder: Path) -> Iterable[Text]:
    path = folder / "behaviour_scenarios.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        said = [turn["content"] for turn in row["messages"] if turn["role"] == "user"]
        if said:
            yield Text(str(row["source"]).split("/")[0], said[-1], said[:-1])


def report(name: str, texts: Iterable[Text]) -> None:
    counts: dict[str, Counter[RiskLevel]] = {}
    screen("warm up")
    start, number = time.process_time(), 0
    for label, said, before in texts:
        counts.setdefault(label, Counter())[screen(said, before).level] += 1
        number += 1
    took = (time.process_time() - start) * 1000 / max(1, number)
    print(f"{name}: n={number}, {took:.2f} ms each")
    for label, levels in sorted(counts.items()):
        total = sum(levels.values())
        held = sum(count for level, count in levels.items() if level >= RiskLevel.moderate)
        told = ", ".join(f"{level.name} {levels[level]}" for level in RiskLevel)
        print(f"  {label}: {told}; moderate or higher {held}/{total} = {held / total:.4f}")


if __name__ == "__main__":
    main()
