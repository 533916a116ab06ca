"""Run every benchmark, or those named: `python -m tests.benchmarks turn memory`.

Options go to a benchmark that is named alone: `python -m tests.benchmarks memory --big`.
"""

import importlib
import sys
from pathlib import Path

_ALL = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def run(names: list[str]) -> int:
    """Run them one after the other, each under its name."""
    options = [name for name in names if name.startswith("-")]
    names = [name for name in names if name not in options]
    sys.argv[1:] = []  # the names are ours
    for name in names or _ALL:
        print(f"== {name}", flush=True)
        module = importlib.import_module(f"tests.benchmarks.{name}")
        if options:
            module.main(**vars(module.options(options)))
        else:
            module.main()
    return 0


if __name__ == "__main__":
    sys.exit(run(list(sys.argv[1:])))
