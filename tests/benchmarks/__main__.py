"""Run every benchmark, or those named: `python -m tests.benchmarks turn memory`."""

import importlib
import sys
from pathlib import Path

_ALL = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def run(names: list[str]) -> int:
    """Run them one after the other, each under its name."""
    sys.argv[1:] = []  # the names are ours; a benchmark run by itself reads its own options
    for name in names or _ALL:
        print(f"== {name}", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(run(list(sys.argv[1:])))
