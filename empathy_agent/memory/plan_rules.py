"""What people say of days to come: plans, what became of them, and days of the year."""

import re
from collections.abc import Iterator

from empathy_agent.memory.clause import Clause, matches
from empathy_agent.memory.coming import Day, coming
from empathy_agent.memory.fact_rules import Rule, Stated
from empathy_agent.memory.fact_words import DOING, EVENT, RELATIVE, SEVERAL

__all__ = ["PLAN_RULES"]

_NO_MOD = (
    r"(?!(?:my|our|the|a|an|this|that|his|her|their|your|is|are|was|have|and|or|of|to|for|no|not|"
    r"in|on|at|only|worst|best|next|another|any)\b)"
)
_WHAT = (
    rf"(?P<what>(?:{_NO_MOD}[a-z-]+ ){{0,3}}?(?:{EVENT}))\b(?! (?:{EVENT})\b)(?! (?:result"
    rf"|day off|anxiety|nerves)s?\b)"
)
_DUE = (
    r"(?:thesis|essay|assignment|paper|dissertation|project|homework|application|report|manuscript)"
)
_MODS = r"(?:(?:older|younger|big|little|late|dear|twin) )*"
_WHOSE = rf"(?:my|our) {_MODS}(?P<rel>{RELATIVE})"
_WHERE = r"(?: (?:at|with|in|for|about) (?:(?!\b(?:is|on|was)\b)[^,.;]){1,30}?)?"
_FOR = (
    r"(?:(?: (?:now|set|scheduled|booked|planned|due|fixed|coming up|already))*(?: "
    r"(?:for|to|until|till|at))?)? "
)
_ME = (
    r"(?:i have|i've got|i have got|i've|we have|we've got|we've|i'm having|we're having|i "
    r"also have)"
)

_IS_ON = re.compile(
    rf"(?:(?:\b(?:{_WHOSE}'s|my|our|the) |^(?:and |the )*)"
    rf"{_WHAT}{_WHERE}|\b(?:my|our) (?P<due>{_DUE}))"
    r"(?: is|'s| are| will be| starts| begins| takes place| happens)" + _FOR
)
_HAVE_ONE = re.compile(rf"\b{_ME}(?: also)? (?:(?:a|an|my|our|the|another) )?{_WHAT}")
_TO_DO = re.compile(rf"\b(?:i'm|i am|we're|we are|i'll be|we'll be) (?P<doing>{DOING})")
_STARTS = re.compile(
    r"\b(?:i|we) (?P<verb>start|begin|leave|fly|move|graduate|defend|see|meet)(?P<rest>"
    r"(?: (?:my|the|our|to|into|out|for|a|an|at|home|therapy|school|university|uni"
    r"|college)\b[^,.;]{0,40}?)?) "
    r"(?=on|next|tomorrow|in|this|at the|the day)"
)
_NAMED = r"(?: (?!(?:never|always|usually|often|sometimes|only|not|no)\b)[^\W\d_]+)?"
_WHO = rf"(?:my|our) {_MODS}(?P<rel>{RELATIVE}|{SEVERAL}){_NAMED}"
_IS = r"(?: is|'s| are|'re)"
_ITS = r"(?:an? |the |another |his |her |their |my |our )?"
_THEY_HAVE = re.compile(
    rf"\b{_WHO}(?: also)? (?:has to have|have to have|has|have|'s got|has got|have got|takes?|sits?"
    rf"|gives?|runs?|will have|will be having) {_ITS}{_WHAT}"
    rf"|\b{_WHO.replace('<rel>', '<whose>')}{_IS} (?:having|getting|taking|sitting|giving|running)"
    rf" {_ITS}{_WHAT.replace('<what>', '<its>')}"
)
_THEY_WED = re.compile(
    rf"\b{_WHO}(?: (?:gets?|will get)|{_IS} (?:getting|going to get)) (?P<what>married|divorced)\b"
)
_GO = r"start|begin|leave|fly|move|come|arrive|return|visit|graduate|defend|travel|go"
_WHERE_TO = (
    r"(?:(?<=visit|isits|iting) (?:me|us)|"
    r" (?:(?:to|into|out|for|in|on|at|from|with|home|back|over|away|up|abroad|here|his|her|their"
    r"|the|an?|school|therapy|university|uni|college|nursery|kindergarten|daycare|work|chemo"
    r"|treatment|rehab)\b[^,.;]{0,40}?))?"
)
_THEY_GO = re.compile(
    rf"\b{_WHO}(?: (?P<verb>(?:{_GO})(?:e?s)?|flies)"
    rf"|(?:{_IS} going to| will|'ll) (?P<will>{_GO})|{_IS} (?P<doing>(?:{_GO})\w{{0,2}}ing"
    rf"|leaving|moving|coming|arriving|graduating))(?P<rest>{_WHERE_TO}) "
    r"(?=on|next|tomorrow|in (?:a|two|three|\d)|this|today|tonight|the day after)"
)
_THEY_TURN = re.compile(
    rf"\b{_WHO}(?:(?: will|'ll) (?:turn|be)| turns?|{_IS} (?:turning|going to be)) "
    r"(?:\d{1,2}|[a-z]+(?:-[a-z]+)?) (?=on |tomorrow|today|next |this )"
)
_MOVED = re.compile(
    rf"\b(?:my|our|the) {_WHAT} (?:was|got|has been|has|is|had to be|were|have been)(?: been| "
    rf"being)? "
    r"(?:moved|postponed|pushed|brought|rescheduled|delayed|shifted)(?: back| forward| out)?"
    r"(?: (?:to|until|till|by))? "
    rf"|\b(?:they|he|she|we|i)(?:'ve| have)? (?:moved|postponed|rescheduled|pushed) (?:my|our|the) "
    + _WHAT.replace("<what>", "<its>")
    + r"(?: back| forward)? (?:to|until|till) "
)
_OFF = re.compile(
    rf"\b(?:my|our|the) {_WHAT} (?:was|got|has been|is|were|had to be)(?: been)? (?:cancell?ed"
    rf"|called off|off\b)"
    r"|\b(?:they|he|she|we|i)(?:'ve| have)? (?:cancell?ed|called off) (?:my|our|the) "
    + _WHAT.replace("<what>", "<its>")
)
_OVER = re.compile(
    r"\b(?:passed|failed|aced|bombed|nailed|flunked|survived|got through|missed|skipped|finished) "
    rf"(?:my|the|our) {_WHAT}"
    r"|\b(?:my|our|the) "
    + _WHAT.replace("<what>", "<its>")
    + r" (?:went|was (?:a |an |so |really |pretty |quite |just |actually )*(?:fine|good|great"
    r"|awful|"
    r"terrible|ok|okay|horrible|disaster|success|hard|easy|amazing|wonderful|lovely|beautiful|bad|"
    r"brutal|nightmare|success|nice|over|tough|sad))\b"
)
_DAY_OF_MINE = r"(?P<what>birthday|(?:[a-z]+ )??(?:wedding )?anniversary)"
_MY_DAY = re.compile(
    rf"\b(?:{_WHOSE}'s|my|our) (?:[a-z]+(?:th|nd|rd|st) |tenth )?{_DAY_OF_MINE}(?: is|'s| "
    rf"falls)(?: on)? "
    r"|\b(?:it's|it is) (?:my|our) (?P<its>birthday|anniversary) "
    r"|\bi was (?P<born>born) (?=on )"
)
_DEATH = re.compile(
    rf"\b(?:the anniversary of )?{_WHOSE}'s (?:death|passing) is "
    rf"|\b{_WHOSE.replace('<rel>', '<dead>')} (?:died|passed away) (?=on )"
)
_DAY_S = 86_400 + 7_200


def _ahead(said: Clause, at: int, reach: int) -> Day | None:
    """Return the day that is named from a place on, unless something unsure stands before it."""
    day = coming(said.low, said.now, at, reach)
    between = said.low[at : day.begins] if day else ""
    if day is None or re.search(
        r"[.,;]|\b(?:if|when|every|not|was|were|since|last|until)\b", between
    ):
        return None
    return day


def _plan(what: str, day: Day) -> Stated:
    return Stated("plan", what.lower(), what, span=day.span)


def _written(said: Clause, match: re.Match[str], group: str) -> str:
    return said.text[match.start(group) : match.end(group)].strip()


def _events(said: Clause) -> Iterator[Stated]:
    for match in matches(_IS_ON, said):
        day = _ahead(said, match.end(), 0)
        what = _written(said, match, "what" if match["what"] else "due")
        if day:
            yield _plan(f"{match['rel']}'s {what}" if match["rel"] else what, day)
    for match in matches(_HAVE_ONE, said):
        day = _ahead(said, match.end(), 40) or _before(said, match.start())
        if day:
            yield _plan(_written(said, match, "what"), day)
    for match in matches(_MOVED, said):
        day = _ahead(said, match.end(), 0)
        if day:
            yield _plan(_written(said, match, "what" if match["what"] else "its"), day)


def _before(said: Clause, at: int) -> Day | None:
    """Return the day that a clause begins with: "tomorrow I have an exam"."""
    day = coming(said.low, said.now)
    opens = day is not None and said.opens(day.begins)
    return day if day and opens and not said.low[day.ends : at].strip(" ,") else None


def _doings(said: Clause) -> Iterator[Stated]:
    for match in matches(_TO_DO, said):
        day = _ahead(said, match.end(), 40)
        last = day.begins if day else match.end() + 40
        day = day or _before(said, match.start())
        if day:
            doing = re.split(r"[.,;]| and | but ", said.text[match.start("doing") : last])[0]
            about = re.split(r" (?:for|with|at|because) ", doing)[0].strip().lower()
            yield Stated("plan", about, doing.strip(), span=day.span)
    for match in matches(_STARTS, said):
        day = _ahead(said, match.end(), 0)
        if day:
            yield _plan(
                _doing(match["verb"]) + said.text[match.start("rest") : match.end("rest")], day
            )


def _doing(verb: str) -> str:
    kept = {"begin": "beginning", "see": "seeing", "travel": "travelling"}
    return kept.get(verb) or f"{verb.removesuffix('e')}ing"


def _others(said: Clause) -> Iterator[Stated]:
    """Find what somebody close to the user has before them: it is asked after as theirs."""
    for match in matches(_THEY_HAVE, said):
        day = _ahead(said, match.end(), 20)
        if day:
            what = _written(said, match, "what" if match["what"] else "its")
            yield _plan(f"{_possessive(match['rel'] or match['whose'])} {what}", day)
    for match in matches(_THEY_WED, said):
        day = _ahead(said, match.end(), 20)
        if day:
            what = {"married": "wedding"}.get(match["what"], "divorce")
            yield _plan(f"{_possessive(match['rel'])} {what}", day)
    for match in matches(_THEY_GO, said):
        day = _ahead(said, match.end(), 0)
        if day:
            doing = match["doing"] or _doing(match["will"] or _bare(match["verb"]))
            rest = said.text[match.start("rest") : match.end("rest")]
            # What is kept is theirs and said as theirs: "your daughter starting school".
            about = f"{_possessive(match['rel'])} {doing}{rest}".lower()
            yield Stated("plan", about, f"{match['rel']} {doing}{rest}", span=day.span)


def _bare(verb: str) -> str:
    """Return "fly" for "flies"."""
    return {"flies": "fly", "goes": "go"}.get(verb, verb.removesuffix("s"))


def _possessive(whose: str) -> str:
    return f"{whose}'" if re.fullmatch(SEVERAL, whose) and whose.endswith("s") else f"{whose}'s"


def _fates(said: Clause) -> Iterator[Stated]:
    for pattern, act in ((_OFF, "ends"), (_OVER, "followed")):
        for match in matches(pattern, said):
            what = match["what"] or match["its"]
            yield Stated("plan", what, act="ends" if act == "ends" else "followed")


def _days(said: Clause) -> Iterator[Stated]:
    for match in matches(_MY_DAY, said):
        what = "birthday" if match["born"] else match["what"] or match["its"]
        what = f"{match['rel']}'s {what}" if match["rel"] else what
        yield from _yearly(said, what, match.end())
    for match in matches(_DEATH, said):
        yield from _yearly(said, f"{match['rel'] or match['dead']}'s death", match.end())
    day = coming(said.low, said.now)
    mine = re.compile(r" (?:is|will be|it's) (?:my|our) (birthday|(?:wedding )?anniversary)\b")
    match = mine.match(said.low, day.ends) if day else None
    if day and match and said.opens(day.begins) and said.clear(day.begins):
        yield Stated("day", match[1], match[1], span=day.span, yearly=True)


def _birthdays(said: Clause) -> Iterator[Stated]:
    for match in matches(_THEY_TURN, said):
        yield from _yearly(said, f"{_possessive(match['rel'])} birthday", match.end())


def _yearly(said: Clause, what: str, at: int) -> Iterator[Stated]:
    # The year of a birth or a death is over; the day comes back.
    low = re.sub(r"\b((?:19|20)\d\d)\b", lambda match: " " * len(match[0]), said.low)
    day = coming(low, said.now, at, 3)
    if day and day.span.until - day.span.since <= _DAY_S:
        yield Stated("day", what, what, span=day.span, yearly=True)


PLAN_RULES: tuple[Rule, ...] = (
    (("my ", "our ", "the ", "i have", "i've", "we've", "having", " is on "), _events),
    (("i'm", "i am", "we're", "we are", "i'll", "we'll", " is ", "i ", "we "), _doings),
    (("my ", "our "), _others),
    (("my ", "our ", "the "), _fates),
    (("birth", "anniversary", "born", "death", "passing", "died", "passed away"), _days),
    (("turn", "will be", "'ll be", "going to be"), _birthdays),
)
"""Each finds what a sentence states about days."""
