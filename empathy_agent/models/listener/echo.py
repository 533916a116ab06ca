"""The user's own words, turned round: "I failed my exam" becomes "you failed your exam".

A clause is parsed as far as that needs: its start must be a subject (or a verb that drops "I"),
its verbs must agree after the turn, and its end must not dangle. Where that is in doubt there is
no echo, and a wording without a slot is used. Insults, words about means of harm, markup and
control characters are never played back.
"""

import re
import unicodedata
from functools import lru_cache

from empathy_agent.models.listener.lexicon import (
    ADVERBS,
    AGREES,
    DANGLING,
    DROPS_I,
    MODIFIERS,
    NOUNS,
    PLURALS,
    PRONOUNS,
    SUBJECTS,
    TIMES,
    TURNED,
    UNSPEAKABLE,
    VERBS,
    words,
)

__all__ = ["MOST_WORDS", "echo", "is_plural", "quotable", "thing", "things"]

MOST_WORDS = 14
_FEWEST_WORDS = 3

_WHOLE_ENDS = (["talk", "to"], ["turn", "to"], ["speak", "to"], ["deal", "with"], ["talk", "about"])
_MARKUP = re.compile(
    r"[<>{}\[\]|\\`*_#=^~@/$%&+]|https?:|www\.|\"|“|”|«|»|\(|\)|\d{5,}", re.IGNORECASE
)
_LINKED = re.compile(r"https?:|www\.|[<>\[\]{}`]", re.IGNORECASE)
_ASIDE = re.compile(
    r"^(?:well|so|and|but|because|cause|cuz|honestly|actually|basically|anyway|ok|okay|oh|yeah|yes|"
    r"no|um+|uh|like|look|listen|please|hi|hey|hello|also|then|plus|it's just that|it's that|"
    r"the thing is(?: that)?|the problem is(?: that)?|i guess|i mean|i suppose|to be honest|tbh|"
    r"not gonna lie|you know|guess what|sorry|ugh+|sigh|"
    r"i'm just saying|lately|today|yesterday|recently|right now|"
    r"last night|this morning|again)[, ]+(?=\S)",
    re.IGNORECASE,
)
_LEADING_TIME = re.compile(
    r"^(lately|today|yesterday|recently|last night|this morning|right now),? ", re.IGNORECASE
)
_SPLIT = re.compile(
    r"\s*(?:,|;|:|\s-\s|\s–\s|—)\s*(?=\S)|\s+(?=(?:but|because|cause|so that|although|though|while|"
    r"which|except|the last time|every time|in front of)\b)|"
    r"\s+(?:and|so)\s+(?=(?:i|i'm|i've|my|he|she|they|it|it's|we|now|the|everyone|nobody)\b)",
    re.IGNORECASE,
)

_SHORT_ANSWERS = frozenset(
    {"don't", "can't", "didn't", "won't", "wasn't", "haven't", "isn't", "do", "did"}
)
"""End a clause when a subject stands before them: "everyone has friends and I don't"."""
_SPLICED = re.compile(
    r"[,;:]\s*(?:i|i'm|i've|my|he|she|they|it|it's|we|the|this|that)\b", re.IGNORECASE
)


_NT = sorted(words("do did does is was are were have has ca wo could should would"))
_SLIPS = (
    *((rf"\b({verb}|{verb.capitalize()})nt\b", r"\1n't") for verb in _NT),
    (r"\b[Ii]m\b", "I'm"),
    (r"\b[Ii]ve\b", "I've"),
    (r"\b[Cc]an not\b", "cannot"),
    (r"\b[Gg]onna\b", "going to"),
    (r"\b[Ww]anna\b", "want to"),
)


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    for wrong, right in _SLIPS:
        text = re.sub(wrong, right, text)
    text = re.sub(r"[,.]? \b(?:lol|lmao|haha+|hehe|omg|tbh|smh)\b", "", text, flags=re.IGNORECASE)
    if text.isupper():
        return text.lower()
    text = _SHOUTED.sub(lambda found: found.group().lower(), text)
    return _NAMES.sub(lambda found: found.group().capitalize(), text)


_SHOUTED = re.compile(
    r"\b(?:NOT|NEVER|ALWAYS|ALL|SO|VERY|REALLY|STILL|AGAIN|EVERY|EVERYTHING|NOBODY|NOTHING|NO|NOW|TWO|"
    r"THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN|DAYS|WEEKS|MONTHS|YEARS|HOURS|TWICE|TOO|MUCH|MORE|ANY|"
    r"AND|THE|THIS|THAT|ONE|HATE|LOVE|ONLY|EVER|MY|DID|DO|WAS|IS|ARE|HAVE|HAD|AM|YET|JUST|WHY|HOW)\b"
)
_NAMES = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:january|february|april|june|july|august|"
    r"september|october|november|december|christmas|easter|english|ukraine|canada|london|america|germany|"
    r"france|spain|italy|india|china|england|scotland|ireland|poland|turkey|europe)\b"
)


def _sentences(text: str) -> list[str]:
    """Return what is told; questions are not."""
    found = re.findall(r"(?:[^.!?\n…]|(?<=\d)\.(?=\d))+[.!?…]*", text)
    return [
        each.strip(" .!…\t")
        for each in found
        if not each.rstrip().endswith("?") and not _LINKED.search(each)
    ]


def _clauses(sentence: str) -> list[str]:
    """Return the whole sentence first, unless commas alone hold it together, then its clauses."""
    parts = [part.strip() for part in _SPLIT.split(sentence) if part and part.strip()]
    whole = [] if _SPLICED.search(_peel(sentence)) else [sentence]
    return [*whole, *(part for part in parts if part != sentence)]


def _peel(clause: str) -> str:
    """Return a clause without what people say before they start."""
    for _ in range(4):
        time = _LEADING_TIME.match(clause)
        if time:
            clause = f"{clause[time.end() :]} {time.group(1).lower()}"
            continue
        shorter = _ASIDE.sub("", clause, count=1)
        if shorter == clause:
            break
        clause = shorter
    return clause


def _start(words: list[str]) -> list[str] | None:
    """Return the words with a subject at their start, or None where there is none to be sure of."""
    first = words[0].lower()
    if first in SUBJECTS:
        return words
    if first in ADVERBS and len(words) > 1 and words[1].lower() in SUBJECTS:
        return [words[1], first, *words[2:]] if "'" not in words[1] else None
    if first in DROPS_I:
        return [*DROPS_I[first].split(), *(words if "not" not in DROPS_I[first] else words[1:])]
    if first == "me" and len(words) > 3 and words[1].lower() == "and":
        return words
    return None


def _partnered(words: list[str]) -> list[str]:
    """Put "you" first: "my girlfriend and I broke up" becomes "you and your girlfriend ..."."""
    for i in range(2, min(5, len(words) - 1)):
        if words[i].lower() == "and" and words[i + 1].lower() in {"i", "me"}:
            if any(word.lower() in VERBS for word in words[:i]):
                return words
            return ["I", "and", *words[:i], *words[i + 2 :]]
    return words


def _turn(words: list[str]) -> list[str] | None:
    """Return the words with persons turned and verbs agreeing; None where that is ambiguous."""
    turned: list[str] = []
    mine = False
    started_mine = words[0].lower() in {"i", "we", "i've", "i'm"}
    for i, word in enumerate(words):
        low, comma = word.lower().rstrip(","), "," if word.endswith(",") else ""
        if low in _THE_AGENT and i > 0:
            return None
        after_and = i > 0 and words[i - 1].lower() in _LINKS
        if low in AGREES and (mine or (after_and and started_mine)):
            turned.append(AGREES[low] + comma)
        elif low in TURNED:
            turned.append(TURNED[low] + comma)
        else:
            starts = i == 0 and low in SUBJECTS
            turned.append(low + comma if starts or low in DROPS_I else word)
        mine = _still_mine(low, mine)
    return turned


_THE_AGENT = frozenset({"you", "your", "yours", "yourself", "u", "ur", "you're", "you've"})
_LINKS = frozenset({"and", "but", "then"})


def _still_mine(low: str, mine: bool) -> bool:
    """Say whether "I" is the subject of a verb that comes after this word."""
    if low in {"i", "we"}:
        return True
    if low in SUBJECTS or low in NOUNS or low in {"who", "that", "which", "what"}:
        return False
    return mine and low not in {"me", "him", "her", "them"}


_BROKEN = re.compile(
    r"\b(?:he|she|it) (?:have|do|go|come|write|live|want|need|say|know|like|work|make|take|"
    r"ask|don't|haven't)\b|"
    r"\b(?:i|he|she|we|they) (?:not|is not have)\b|\b(?:i|they|we) (?:is|has|was not have)\b|"
    r"\b(?:[2-9]|\d\d|two|three|four|five|six|seven|eight|nine|ten) (?:year|month|week|day|"
    r"hour|child)\b(?!-)|"
    r"\bmy (?:son|daughter|mother|father|mum|mom|dad|husband|wife|brother|sister|friend|"
    r"boss|teacher) "
    r"(?:ask|say|go|come|want|live|work|have|do|cry|need|know|like|write|not)\b|"
    r"\b(?:have|has|had) not (?:a |any |no )?(?:friends?|time|money|work|family|job)\b|"
    r"\bpeople is\b|\b(?:says|said) (?:just|oh|that's|what|how|why|yes|no|ok|okay|hi|"
    r"hello)\b|\b(?:can|must|will) to\b"
)
"""Slips of grammar, and speech within speech, that would be odd to hear back."""


def _is_sound(words: list[str]) -> bool:
    low = [word.lower().strip(",") for word in words]
    ends_open = low[-1] in DANGLING and low[-2:] not in _WHOLE_ENDS
    if low[-1] in _SHORT_ANSWERS and low[-2] in {"i", "he", "she", "they", "we"}:
        ends_open = False
    if not _FEWEST_WORDS <= len(low) <= MOST_WORDS or ends_open:
        return False
    if not all(re.fullmatch(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d{1,4}", word) for word in low):
        return False
    if any(a == b for a, b in zip(low, low[1:], strict=False)) or _BROKEN.search(" ".join(low)):
        return False
    if low[0] in PRONOUNS or "'" in low[0]:
        return True
    return any(
        word in VERBS or word.endswith("ed") or (word.endswith("s") and word not in NOUNS)
        for word in low[1:]
    )


def _shortened(words: list[str]) -> list[str]:
    """Say "you" once: "you failed and you cannot" becomes "you failed and cannot"."""
    for i in range(2, len(words) - 1):
        if words[i - 1] == "and" and words[i] == "you" and words[0] == "you":
            follows = words[i + 1]
            if follows not in ADVERBS and follows not in {"are", "were"}:
                return [*words[:i], *words[i + 1 :]]
    return words


_FILLERS = frozenset(
    {
        "just", "honestly", "basically", "literally", "actually", "really", "tbh", "lol",
        "haha", "tho",
        "though", "anyway", "either", "too",
    }
)  # fmt: skip
_TAIL = re.compile(
    r",? (?:i (?:guess|suppose|think|mean|know)|or something|and stuff|you know|kind of|sort of|"
    r"or whatever|by the way|btw|if that makes sense|i don't know|idk)$",
    re.IGNORECASE,
)


def _without_fillers(words: list[str]) -> list[str]:
    """Drop what is only there for the voice: "I just hate it honestly" is "I hate it"."""
    while len(words) > _FEWEST_WORDS and words[-1].lower() in _FILLERS:
        words = words[:-1]
    while len(words) > _FEWEST_WORDS and words[1].lower() in _FILLERS:
        words = [words[0], *words[2:]]
    return words


def _told(clause: str) -> str | None:
    if _MARKUP.search(clause) or UNSPEAKABLE.search(clause):
        return None
    words = _without_fillers(_TAIL.sub("", _peel(clause).strip(" ,")).split())
    if not words:
        return None
    begun = _start(words)
    if begun is None or not _is_sound(begun):
        return None
    turned = _turn(_partnered(begun))
    if turned is None:
        return None
    for i in range(len(turned) - 1, 0, -1):
        if turned[i] in {"you", "you're", "you've"} and turned[i - 1] == "you":
            turned.insert(i, "that")
    return " ".join(_shortened(turned))


_WEIGHTY = re.compile(
    r"\b(fail\w*|lost|lose|alone|lonely|scared|afraid|cry\w*|cried|left|fired|fight\w*|argu\w+|broke|"
    r"can't|cannot|miss|hate|worr\w+|feel|felt|passed|won|got|proud|happy|charged|cancel\w*|"
    r"broken|damaged|wait\w*|arriv\w+|never|nobody|hurt\w*|tired|exhausted|yell\w*|shout\w*|"
    r"died|sick|sleep|help)\b",
    re.IGNORECASE,
)
_THIN = re.compile(
    r"^(?:you (?:don't|do not) know|it(?:'s| is| was) (?:just |so |really )?\w+$|this is \w+$|"
    r"you(?:'re| are) (?:fine|ok|okay|good|not sure|here|back)$|"
    r"you (?:want|need|would like) to (?:talk|speak|ask)|"
    r"you have (?:a|an|one|another) question|you(?:'d| would) like to (?:talk|speak|ask|know)|"
    r"you (?:want|wanted) to (?:say|tell|ask)|you mean|you(?:'re| are) sorry|nothing \w+$|"
    r"it(?:'s| is| was)(?:n't| not) |not |you(?:'re| are) not (?:sad|angry|mad)|you (?:said|"
    r"mean|meant) |"
    r"you (?:never|didn't) (?:said|say)|you(?:'ll| will) (?:try|see)|you (?:think|guess|"
    r"suppose) (?:so|not)$|"
    r"you (?:don't|do not) (?:understand|get it|want (?:advice|to talk))|you suck|"
    r"(?:he|she|it|they)(?:'s| is| are)(?: just| so| really)? \w+$)"
)


def _weight(clause: str) -> float:
    own = 1.0 if clause.startswith(("you", "your")) else 0.0
    return own + 1.5 * len(_WEIGHTY.findall(clause)) + 0.1 * len(clause.split())


@lru_cache(maxsize=512)
def echo(said: str) -> str | None:
    """Return the most telling clause of a message in the second person, or None.

    Returns:
        A finite clause without a capital or a full stop, of at most twelve words, such as
        "you failed your exam and cannot face your parents".
    """
    best: tuple[float, str] | None = None
    for sentence in _sentences(_clean(said[:4000])):
        for clause in _clauses(sentence):
            told = _told(clause)
            if told is None or _THIN.match(told):
                continue
            weight = _weight(told)
            if best is None or weight > best[0]:
                best = (weight, told)
            if clause == sentence:
                break
    return best[1] if best else None


_QUOTED_WORDS = 20


def quotable(said: str) -> str | None:
    """Return a short message as it was written, where nothing in it should be played back."""
    line = " ".join(said.split())
    fits = _FEWEST_WORDS <= len(line.split()) <= _QUOTED_WORDS and line.isprintable()
    if not fits or _MARKUP.search(line) or UNSPEAKABLE.search(line):
        return None
    return line if line[-1] in ".!?…" else f"{line}."


@lru_cache(maxsize=256)
def things(said: str) -> tuple[str, ...]:
    """Return every noun phrase with "my" in a message, in the second person, each once."""
    tokens = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", _clean(said[:4000]).lower())
    found: list[str] = []
    for i, token in enumerate(tokens):
        if token in {"my", "our"}:
            phrase = _phrase(tokens[i + 1 : i + 4])
            if phrase and phrase not in found:
                found.append(phrase)
    return tuple(found)


def _phrase(after: list[str]) -> str | None:
    """Return "your exam" for the words after "my"; null where they do not begin with a noun."""
    for length in (3, 2, 1):
        phrase = after[:length]
        if len(phrase) == length and _is_noun_phrase(phrase):
            return " ".join(["your", *phrase])
    return None


@lru_cache(maxsize=512)
def thing(said: str) -> str | None:
    """Return what a message is about as a noun phrase in the second person, such as "your exam"."""
    tokens = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", _clean(said[:4000]).lower())
    own = things(said)
    if own:
        return own[0]
    for i, token in enumerate(tokens[:-1]):
        if token in {"the", "this", "that"} and tokens[i + 1] in NOUNS:
            return f"the {tokens[i + 1]}"
    return None


def is_plural(phrase: str) -> bool:
    """Say whether a noun phrase takes "are"."""
    return phrase.split()[-1] in PLURALS


def _is_noun_phrase(words: list[str]) -> bool:
    *before, head = words
    return (
        head in NOUNS
        and not (before and head in TIMES)
        and all(word in MODIFIERS or word in NOUNS for word in before)
        and not UNSPEAKABLE.search(" ".join(words))
    )
