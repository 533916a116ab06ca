"""The command line: results on stdout, words about them on stderr.

Exit 0: done. 1: findings, such as a failed scenario. 2: the user can fix it, and one line on
stderr says how. Nothing heavy is imported before a command needs it.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from empathy_agent.errors import EmpathyError, SetupError

if TYPE_CHECKING:
    from empathy_agent.agent.agent import Agent
    from empathy_agent.perception.perceiver import Perceiver
    from empathy_agent.settings import Settings

__all__ = ["main"]

_ABOUT = "Agents that notice how a person feels and answer accordingly."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments)
    except EmpathyError as error:
        _say(f"empathy-agent: {' '.join(str(error).split())}")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


_Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what was wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="empathy-agent", description=_ABOUT, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> _Parser:
        command: _Parser = commands.add_parser(name, help=text, description=text)
        command.set_defaults(command=run)
        return command

    chat = add("chat", _chat, "talk with the agent, in a terminal UI or a line at a time")
    chat.add_argument("--persona", help="a persona's name, or a path to a persona file")
    chat.add_argument("--source", help="camera:0, a video, a picture, a folder, demo, or none")
    chat.add_argument("--user", help="whose memory is read and written")
    chat.add_argument("--chat", help="who talks: scripted, or openai:BASE_URL#MODEL")
    chat.add_argument("--country", help="ISO code, for helplines")
    chat.add_argument("--consent", action="store_true", help="yes to being read by the camera")
    chat.add_argument("--human", action="store_true", help="somebody here can take over")
    chat.add_argument("--plain", action="store_true", help="a line a turn, no terminal UI")
    chat.add_argument("--json", action="store_true", help="one JSON object a turn; implies --plain")
    _add_common(chat)

    see = add("perceive", _perceive, "read pictures, videos or a camera: one reading a source")
    see.add_argument("sources", nargs="+", metavar="SOURCE")
    see.add_argument("--text", default="", help="what was said meanwhile")
    see.add_argument("--consent", action="store_true", help="yes to being read by a camera")
    see.add_argument("--json", action="store_true")
    _add_common(see)

    screen = add("screen", _screen, "screen texts from stdin for risk, a line each")
    screen.add_argument("--json", action="store_true")
    words = add("words", _words, "read the affect of texts from stdin, a line each")
    words.add_argument("--json", action="store_true")

    _add_measures(add)
    _add_upkeep(add)
    return parser


def _add_measures(add: _Add) -> None:
    evals = add("eval", _eval, "run scripted scenarios; exit 1 when a check fails")
    evals.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    evals.add_argument("-n", type=int, default=2, help="scenarios at a time")
    evals.add_argument("--repeat", type=int, default=1, metavar="K")
    evals.add_argument("--seed", type=int, default=0)
    evals.add_argument("--chat", default="scripted", help="who talks")
    for report in ("jsonl", "junit", "markdown"):
        evals.add_argument(f"--{report}", type=Path, metavar="FILE")

    bench = add("bench", _bench, "measure the eyes or the word reader on a labelled set")
    bench.add_argument("task", metavar="TASK", help="ferplus, folder, csv or text")
    bench.add_argument("--data", type=Path, required=True, metavar="PATH")
    bench.add_argument("--split", default="valid", help="of ferplus")
    bench.add_argument("--limit", type=int, metavar="N", help="only so many, spread evenly")
    bench.add_argument("--json", action="store_true")
    _add_common(bench)


def _add_upkeep(add: _Add) -> None:
    memory = add("memory", _memory, "list, count, export or erase what is kept about a user")
    memory.add_argument("act", choices=["list", "stats", "export", "forget"])
    memory.add_argument("--user", required=True)
    memory.add_argument("--session", help="with forget: only this session")
    memory.add_argument("--yes", action="store_true", help="with forget: do not ask")
    memory.add_argument("--json", action="store_true")
    memory.add_argument("--home", type=Path)

    train = add("train", _train, "make the embedded weights again, from labelled data")
    train.add_argument("what", choices=["expression", "faces", "words"])
    train.add_argument("options", nargs=argparse.REMAINDER, help="such as --data FOLDER")

    doctor = add("doctor", _doctor, "say what works here, and what to do about the rest")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--home", type=Path)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--vision", help="who looks: embedded")
    command.add_argument("--home", type=Path, help="the folder of the memory")


def _version() -> str:
    from importlib.metadata import version

    return f"empathy-agent {version('empathy-agent')}"


def _settings(arguments: argparse.Namespace) -> "Settings":
    """Return the settings with what was said on the command line on top."""
    from pydantic import ValidationError

    from empathy_agent.settings import Settings, prepare_environment

    prepare_environment()
    said = {
        name: value
        for name, value in vars(arguments).items()
        if name in Settings.model_fields and value not in (None, False)
    }
    try:
        return Settings(**said)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SetupError(f"setting {name!r}: {first['msg']}") from error


def _chat(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    if arguments.json or arguments.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _chat_plainly(settings, as_json=arguments.json)
    from empathy_agent.personas import load_persona
    from empathy_agent.tui import run

    def build() -> "Agent":
        from empathy_agent.app import open_agent

        return open_agent(settings)

    persona = load_persona(settings.persona)
    ask = settings.source != "none" and not settings.consent
    error = run(build, persona_title=persona.title, ask_consent=ask)
    if error is not None:
        raise error
    return 0


def _chat_plainly(settings: "Settings", *, as_json: bool) -> int:
    from empathy_agent.app import open_agent
    from empathy_agent.plain import chat

    agent = open_agent(settings)
    try:
        chat(agent, as_json=as_json, camera_off=settings.source != "none" and not agent.consent)
    finally:
        agent.close()
    return 0


def _perceive(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    from empathy_agent.app import open_perceiver

    perceiver = open_perceiver(settings)
    failed = 0
    for source in arguments.sources:
        try:
            for name, line in _readings(perceiver, source, arguments):
                print(line if arguments.json else f"{name}: {line}", flush=True)
        except SetupError as error:
            _say(f"empathy-agent: {' '.join(str(error).split())}")
            failed += 1
    return 2 if failed else 0


def _readings(
    perceiver: "Perceiver", source: str, arguments: argparse.Namespace
) -> Iterator[tuple[str, str]]:
    from empathy_agent.perception.sources import list_pictures, read_window

    if source.split(":")[0] in {"camera", "demo"}:
        windows: list[tuple[str, Any]] = [(source, _live(source, consent=arguments.consent))]
    elif Path(source).is_dir():
        windows = [(str(path), path) for path in list_pictures(Path(source))]
    else:
        windows = [(source, Path(source))]
    for name, each in windows:
        try:
            window = read_window(each) if isinstance(each, Path) else each
        except SetupError as error:
            if len(windows) == 1:
                raise
            _say(f"empathy-agent: {error}")
            continue
        if len(windows) > 1 or len(arguments.sources) > 1:
            _say(f"reading {name}") if arguments.json else None
        reading = perceiver.perceive(window, arguments.text)
        yield name, reading.model_dump_json() if arguments.json else describe(reading)


def _live(source: str, *, consent: bool) -> Any:
    import time

    from empathy_agent.perception.sources import open_source

    if source.startswith("camera") and not consent:
        raise SetupError("a camera is read only with the person's yes; add --consent")
    opened = open_source(source)
    try:
        time.sleep(2.0)
        return opened.recent(2.0)
    finally:
        opened.close()


def describe(reading: Any) -> str:
    """Return a reading in one line of plain, hedged words."""
    if reading.emotion is None:
        return f"no reading ({reading.abstained})"
    parts = [
        f"perhaps {reading.emotion} ({reading.confidence:.0%} sure)",
        f"valence {reading.valence:+.2f}",
        f"arousal {reading.arousal:+.2f}",
        f"{_count(reading.frames, 'frame')}, {_count(reading.faces, 'face')}",
    ]
    if reading.abstained:
        parts.append(f"face not read: {reading.abstained}")
    return ", ".join(part for part in (*parts, reading.narrative, reading.conflict) if part)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _texts() -> Iterator[tuple[dict[str, Any], str, list[str]]]:
    """Yield `(id, text, context)` of every line of stdin, plain or JSON."""
    for number, line in enumerate(sys.stdin, 1):
        line = line.rstrip("\n")
        if not line.lstrip().startswith("{"):
            yield {}, line, []
            continue
        try:
            given: Any = json.loads(line)
        except ValueError:
            yield {}, line, []  # somebody's words may begin with a brace
            continue
        text, context = given.get("text"), given.get("context", [])
        if not isinstance(text, str) or not isinstance(context, list):
            raise SetupError(
                f'line {number}: expected {{"text": "…", "context": ["…"]}}, with text a string'
            )
        yield {"id": given["id"]} if "id" in given else {}, text, [str(each) for each in context]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _screen(arguments: argparse.Namespace) -> int:
    from empathy_agent.safety.screen import screen

    for given, text, context in _texts():
        risk = screen(text, context=context)
        if arguments.json:
            told = {"risk": risk.level.name, "score": risk.score, "signals": list(risk.signals)}
            print(json.dumps({**given, **told}), flush=True)
        else:
            print(f"{risk.level.name}\t{', '.join(risk.signals)}", flush=True)
    return 0


def _words(arguments: argparse.Namespace) -> int:
    from empathy_agent.settings import prepare_environment

    prepare_environment()
    from empathy_agent.models.embedder import open_embedder
    from empathy_agent.perception.words import WordReader

    reader = WordReader(open_embedder())
    for given, text, context in _texts():
        affect = reader.read(text, context)
        if arguments.json:
            print(json.dumps({**given, **affect.model_dump(mode="json")}), flush=True)
        else:
            felt = affect.emotion or "nothing to read"
            print(f"{felt}\tvalence {affect.valence:+.2f}\tarousal {affect.arousal:+.2f}")
    return 0


def _eval(arguments: argparse.Namespace) -> int:
    from empathy_agent.evals.report import write_reports
    from empathy_agent.evals.run import evaluate

    report = evaluate(
        arguments.paths,
        at_once=arguments.n,
        repeat=arguments.repeat,
        seed=arguments.seed,
        chat=arguments.chat,
        tell=_say,
    )
    write_reports(report, jsonl=arguments.jsonl, junit=arguments.junit, markdown=arguments.markdown)
    print(report.summary())
    return 0 if report.passed else 1


def _bench(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments)
    from empathy_agent.benchmarks.run import render, run_bench

    came = run_bench(
        arguments.task,
        arguments.data,
        split=arguments.split,
        vision=settings.vision,
        limit=arguments.limit,
        tell=_say,
    )
    print(came.to_json() if arguments.json else render(came))
    return 0


def _memory(arguments: argparse.Namespace) -> int:
    from empathy_agent.kept import ACTS, Asked

    settings = _settings(arguments)
    asked = Asked(arguments.user, arguments.session, as_json=arguments.json, sure=arguments.yes)
    return ACTS[arguments.act](settings, asked)


def _train(arguments: argparse.Namespace) -> int:
    from importlib import import_module

    import_module(f"empathy_agent.training.{arguments.what}").main(arguments.options)
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from empathy_agent.doctor import examine

    found = examine(_settings(arguments))
    for each in found:
        if arguments.json:
            print(
                json.dumps({"name": each.name, "ok": each.ok, "told": each.told, "fix": each.fix})
            )
        else:
            print(f"{'ok ' if each.ok else '-- '} {each.name}: {each.told}")
            if each.fix:
                print(f"       {each.fix}")
    return 0 if all(each.ok or not each.needed for each in found) else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
