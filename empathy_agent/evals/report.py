"""What came of the scenarios: for a person, for a CI server, and for a notebook."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from empathy_agent.agent.events import TurnResult
from empathy_agent.errors import SetupError
from empathy_agent.evals.check import Check

__all__ = ["Report", "Run", "Spoken", "write_reports"]


@dataclass(frozen=True)
class Spoken:
    """One turn of a transcript."""

    user: str
    result: TurnResult


@dataclass(frozen=True)
class Run:
    """One scenario, played once."""

    id: str
    file: str
    number: int
    """0 for the first repetition."""
    checks: tuple[Check, ...]
    spoken: tuple[Spoken, ...]
    error: str | None
    """Why it could not be played to its end; then it neither passed nor failed."""
    took_ms: float

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not hold."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def passed(self) -> bool:
        """Whether it was played to its end and every check held."""
        return self.error is None and not self.failed

    def line(self) -> str:
        """Return the run in one line."""
        if self.error is not None:
            return f"ERROR {self.id}: {self.error}"
        if self.failed:
            return f"FAIL  {self.id}: " + "; ".join(check.why() for check in self.failed)
        return f"ok    {self.id} ({len(self.checks)} checks, {self.took_ms:.0f} ms)"


@dataclass(frozen=True)
class Report:
    """All runs, in the order of their files."""

    runs: tuple[Run, ...]

    @property
    def passed(self) -> bool:
        """Whether every run passed."""
        return all(run.passed for run in self.runs)

    def summary(self) -> str:
        """Return the counts in one line."""
        checks = sum(len(run.checks) for run in self.runs)
        held = checks - sum(len(run.failed) for run in self.runs)
        errors = sum(run.error is not None for run in self.runs)
        passed = sum(run.passed for run in self.runs)
        return (
            f"{passed} of {len(self.runs)} runs passed, "
            f"{held} of {checks} checks held, {errors} could not be played"
        )

    def jsonl(self) -> str:
        """Return one JSON object a run, with the transcript."""
        return "".join(json.dumps(_as_json(run), ensure_ascii=False) + "\n" for run in self.runs)

    def junit(self) -> str:
        """Return JUnit XML: a test case a run."""
        suite = ElementTree.Element(
            "testsuite",
            name="empathy-agent eval",
            tests=str(len(self.runs)),
            failures=str(sum(bool(run.failed) for run in self.runs if run.error is None)),
            errors=str(sum(run.error is not None for run in self.runs)),
            time=f"{sum(run.took_ms for run in self.runs) / 1000:.3f}",
        )
        for run in self.runs:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=run.file,
                name=f"{run.id}[{run.number}]" if run.number else run.id,
                time=f"{run.took_ms / 1000:.3f}",
            )
            if run.error is not None:
                ElementTree.SubElement(case, "error", message=run.error)
            elif run.failed:
                told = ElementTree.SubElement(case, "failure", message=run.failed[0].why())
                told.text = "\n".join(check.why() for check in run.failed)
        ElementTree.indent(suite)
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"

    def markdown(self) -> str:
        """Return a table of runs, and what failed below it."""
        rows = [
            f"| {run.id} | {'ok' if run.passed else 'error' if run.error else '**failed**'} "
            f"| {len(run.checks) - len(run.failed)}/{len(run.checks)} | {run.took_ms:.0f} |"
            for run in self.runs
        ]
        failures = [f"- `{run.id}` {run.error}" for run in self.runs if run.error is not None]
        failures += [f"- `{run.id}` {check.why()}" for run in self.runs for check in run.failed]
        table = ["| scenario | result | checks | ms |", "|---|---|---|---|", *rows]
        return "\n".join([f"# {self.summary()}", "", *table, "", *failures]).rstrip() + "\n"


def write_reports(
    report: Report, *, jsonl: Path | None, junit: Path | None, markdown: Path | None
) -> None:
    """Write the reports that were asked for.

    Raises:
        SetupError: a file cannot be written.
    """
    wanted = [(jsonl, report.jsonl), (junit, report.junit), (markdown, report.markdown)]
    for path, render in wanted:
        if path is None:
            continue
        try:
            path.write_text(render(), encoding="utf-8")
        except OSError as error:
            raise SetupError(f"cannot write {str(path)!r}: {error.strerror}") from error


def _as_json(run: Run) -> dict[str, Any]:
    turns = [
        {
            "user": each.user,
            "reply": each.result.reply,
            "risk": each.result.risk,
            "route": each.result.route,
            "strategy": each.result.strategy,
            "tools": list(each.result.tools),
            "reading": each.result.reading.model_dump(mode="json") if each.result.reading else None,
            "recalled": [note.model_dump(mode="json") for note in each.result.recalled],
            "notes": list(each.result.notes),
        }
        for each in run.spoken
    ]
    return {
        "id": run.id,
        "file": run.file,
        "number": run.number,
        "passed": run.passed,
        "error": run.error,
        "checks": [asdict(check) for check in run.checks],
        "turns": turns,
        "took_ms": round(run.took_ms, 1),
    }
