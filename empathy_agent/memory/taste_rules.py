"""What people say they like, and how they want to be spoken to."""

import re
from collections.abc import Iterator

from empathy_agent.memory.clause import Clause, matches
from empathy_agent.memory.fact_rules import Rule, Stated
from empathy_agent.memory.fact_words import NAME

__all__ = ["TASTE_RULES"]

_STOP = r"(?=\s*[.,;:!)]|\s*$|\s+(?:and|but|because|so|too)\b)"
_NO_THING = (
    r"(?!(?:it|that|this|these|those|you|him|her|them|me|myself|how|when|what|where|who|why|to|if|"
    r"the|a|an|my|your|his|their|our|being (?:alive|here|me|like|so|the|a|in)|living|existing|"
    r"waking|feeling|having|going|doing|not|everyone|everything|everybody|people|nothing|"
    r"life|men|women|god|some|all|every|more|just|so|today|i|u|ur|em|yours|mine|hers|theirs|ours|"
    r"both|as|and|or|were|anything|anyone|anybody|something|someone|another|each|such|no|here"
    r"|there|"
    r"watching|looking|seeing|making fun|taking|playing (?:him|her|them|it)|one|two)\b)"
)
_NO_MORE = (
    r"(?!(?:it|that|this|you|me|him|her|them|us|u|for|than|though|even|too|lol|lmao|again|still"
    r"|yet|most|"
    r"sometimes|every|is|was|as|if|like|so|much|more|right|here|there|by|about|off|from)\b)"
)
_THING = rf"(?P<what>{_NO_THING}[a-z-]+(?: {_NO_MORE}[a-z-]+){{0,4}}?){_STOP}"
_SURELY = r"(?:(?:really|absolutely|just|also|still|always|do) )*"
_LIKES = re.compile(rf"\bi {_SURELY}(?:love|like|enjoy|adore) {_THING}")
_DISLIKES = re.compile(
    rf"\bi {_SURELY}(?:(?:hate|can't stand|can't bear|cannot stand|detest)|"
    rf"(?:don't|do not) (?:really )?(?:like|enjoy)) {_THING}"
)
_FAVOURITE = re.compile(
    r"(?i:\bmy favou?rite (?P<kind>[a-z]+) (?:is|are) )"
    rf"(?P<what>(?:{NAME}(?: [A-Z][^\W\d_]+){{0,3}}|[a-z]+(?: [a-z]+)?))(?=\s*[.,;!]|\s*$"
    rf"|\s+(?:and|but)\b)"
)


def _tastes(said: Clause) -> Iterator[Stated]:
    for topic, pattern in (("likes", _LIKES), ("dislikes", _DISLIKES)):
        for match in matches(pattern, said):
            # "The only one I like watching" likes no watching.
            if said.opens(match.start()):
                yield _taste(topic, match["what"])
    for match in matches(_FAVOURITE, said, low=False):
        yield Stated("likes", f"favourite {match['kind'].lower()}", match["what"])


def _taste(topic: str, what: str) -> Stated:
    return Stated("likes" if topic == "likes" else "dislikes", what, what)


_TO_YOU = (
    r"(?:(?:please|just|can you|could you|will you|would you|try to|i'd like you to|i "
    r"want you to) )*"
)
_NOT = r"(?:don't|do not|stop|never|quit)"
_WISHES: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (about, value, re.compile(pattern))
    for about, value, pattern in (
        (
            "length",
            "brief",
            rf"{_TO_YOU}(?:be|keep (?:it|this|your (?:answers|replies|messages))|make (?:it"
            rf"|them)|answer|reply)"
            r" (?:more |very |really |a bit |a little )?(?:brief|briefly|short|shorter|concise"
            r"|to the point)\b"
            r"|(?:please )?(?:short|shorter|brief) (?:answers|replies|messages)(?: only)?,? please"
            r"|i(?:'d)? prefer (?:short|shorter|brief) (?:answers|replies|messages)"
            r"|(?:you|your messages) (?:write|say|talk) (?:way |far )?too much|your (?:answers"
            r"|replies|messages) are"
            r" (?:way |far )?too long|(?:please )?" + _NOT + r" (?:write|say) so much",
        ),
        (
            "length",
            "long",
            rf"{_TO_YOU}(?:go into more detail|write more|say more|give (?:me )?(?:longer|more "
            rf"detailed) "
            r"(?:answers|replies))|(?:longer|more detailed) (?:answers|replies),? please"
            r"|i(?:'d)? prefer (?:long|longer|detailed) (?:answers|replies)",
        ),
        ("address", "", rf"(?P<own>(?:please )?{_NOT} call(?:ing)? me [^\W\d_]+(?: [^\W\d_]+)?)"),
        (
            "advice",
            "",
            rf"(?P<own>(?:please )?{_NOT} giv(?:e|ing) me (?:any |so much )?advice|no advice,? "
            rf"please"
            r"|i (?:don't|do not) (?:want|need) (?:any |your )?advice)",
        ),
        (
            "questions",
            "",
            rf"(?P<own>(?:please )?{_NOT} ask(?:ing)? (?:me )?(?:so many|all these|any) questions"
            r"|(?:fewer|no) questions,? please)",
        ),
        (
            "emoji",
            "",
            rf"(?P<own>no emojis?,? please|(?:please )?{_NOT} us(?:e|ing) (?:any )?emojis?)",
        ),
        (
            "manner",
            "",
            rf"{_TO_YOU}(?P<own>be (?:more )?(?:direct|honest|gentle|blunt|patient) with me"
            r"|(?<=please )be (?:more )?(?:direct|honest|gentle|blunt|patient)"
            r"|(?:don't|do not) sugar-?coat (?:it|things|anything)"
            r"|(?:don't|do not) be so (?:formal|cheerful|positive))",
        ),
    )
)
_AVOID = re.compile(
    r"(?P<own>(?:please )?(?:don't|do not|stop|never) (?:mention(?:ing)?|bring(?:ing)? up"
    r"|talk(?:ing)? about|"
    r"ask(?:ing)? (?:me )?about) (?P<what>[^.,;!]{2,40}?)|i (?:don't|do not) (?:want|wish) to "
    r"talk about "
    r"(?P<its>[^.,;!]{2,40}?)|i'd rather not talk about (?P<ones>[^.,;!]{2,40}?))"
    r"(?: again| any ?more| ever| with you| please)*(?=\s*[.,;!]|\s*$|\s+(?:and|but)\b)"
)
_NOTHING = re.compile(
    r"(?:it|that|this|them|him|her|those|what|how|anything|me|things|something)\b"
)


def _wishes(said: Clause) -> Iterator[Stated]:
    for about, value, pattern in _WISHES:
        for match in matches(pattern, said):
            if said.opens(match.start()):
                own = "" if value else _own(said, match)
                yield Stated("preference", about, value or own)
    for match in matches(_AVOID, said):
        what = match["what"] or match["its"] or match["ones"]
        if said.opens(match.start()) and not _NOTHING.match(what):
            yield Stated("preference", f"avoid {what}", _own(said, match))


def _own(said: Clause, match: re.Match[str]) -> str:
    words = said.text[match.start("own") : match.end("own")]
    return re.sub(r"^please |,? please$", "", words, flags=re.IGNORECASE)


TASTE_RULES: tuple[Rule, ...] = (
    (("love", "like", "enjoy", "adore", "hate", "stand", "bear", "detest", "favo"), _tastes),
    (
        (
            "please",
            "n't",
            "not",
            "no ",
            "stop",
            "never",
            "quit",
            "be ",
            "keep",
            "make",
            "answer",
            "repl",
            "messages",
            "you ",
            "more",
            "prefer",
        ),
        _wishes,
    ),
)
"""Each finds what a sentence states about tastes and wishes."""
