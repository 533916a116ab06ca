"""One spelling for what people write: the rules then need to know only that one.

Undone here: look-alike letters, zero-width characters, `k1ll`, `k*ll`, `k i l l`, `killlll`, chat
spelling, contractions, slips of the finger, emoji. Every step is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from typing import NamedTuple

import yaml

__all__ = ["sentences"]

_LONGEST = 48
"""Words of one sentence; a longer one is cut, because nobody's thought is that long."""
_OVERLAP = 12
"""Words two pieces of a cut sentence share: longer than any rule's reach."""
_WIDEST = 40
"""Characters of a word; longer ones (base64, a script without spaces) are not respelt."""

_LOOK_ALIKES = str.maketrans(
    "абвгезіїјкмнорстухѕһԁԛԝьαβγεζηικμνορτυχωıłøđɡɑȷℓ",
    "abbreziijkmhopctyxshdqwbabyeznikmvoptuxwilodgajl",
)
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇғꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdeffghijklmnoprstuvwyz")
_BADGES = {start + i: chr(ord("a") + i) for start in (0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}
_JOINED_FROM = 8
"""Letters from which a word may be a phrase without its spaces."""
_DISGUISED_TO = 20
"""Letters up to which a word may be a guarded one with digits and stars in it."""
_APOSTROPHES = dict.fromkeys(map(ord, "`´ʹʻʼˈ‘’‛′＇"), "'")
_BLANKS = dict.fromkeys([*range(0x00, 0x20), *range(0x7F, 0xA0), 0x2800, 0x3164, 0x115F, 0x1160])
_KEPT_BLANKS = {ord(blank): " " for blank in "\t\v\f\x1c\x1d\x1e\x1f"} | {ord("\r"): "\n"}
_CHARACTERS = {**_BLANKS, **_KEPT_BLANKS, **_APOSTROPHES, **_BADGES, **_SMALL_CAPITALS}
del _CHARACTERS[ord("\n")]
_ARABIC = str.maketrans("أإآٱىةؤئ", "اااايهوي", "ـ")

_MARKS = re.compile(r"[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u20d0-\u20ff\ufe00-\ufe0f]+")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f\ud800-\udfff]+"
)
_ENDS = re.compile(r"[\n。।॥؟۔]+|[.!?…;]+(?=[\s\"')\]]|$)")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][ .\-_*~|/]{1,3}){2,40}[^\W_](?![^\W_])")
_AMERICAN = re.compile(r"[.\-_*~|/]|(?<=\S) (?=\S)")
_RUNS = re.compile(r"(.)\1{2,}")
_EDGES = "\"'“”„«»‹›()[]{}<>.,;:!?…-–—_*~#|/\\^+=¿¡、，"
_COMMAS = ",:、，—–"
_SPLIT = re.compile(r"[^\w']+|_+")
_MARKED = re.compile(r"[\x00-&(-/:-@\[-`{-~]+")
"""Only these separate words of scripts whose vowel signs are no letters to Python."""
_TAILS = {"n't": "not", "'s": "s", "'ll": "will", "'re": "are", "'ve": "have", "'d": "would"}
_LEET = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a",
    "$": "s", "!": "i", "|": "l", "+": "t", "(": "c", "€": "e", "£": "l", "ü": "u", "*": "",
}  # fmt: skip
_AMBIGUOUS = (
    (
        re.compile(
            r"\bjust (?!took|taken|cut|swallowed|overdosed|tried|relapsed|drank|slit|burned|hit|"
            r"bought|attempted|now|ate|purged|threw|found|stabbed|hung|joking|happened|in case)"
        ),
        "",
    ),
    (
        re.compile(r"\bill (?=kill|be|do|end|die|never|jump|take|hang|cut|hurt|not|miss|see)"),
        "i will ",
    ),
    (
        re.compile(r"\bid (?=rather|be|kill|like|love|never|do|die|end|hang|jump|not|take)"),
        "i would ",
    ),
    (re.compile(r"\b(?:sewer slide|toaster bath)\b"), "suicide"),
    (re.compile(r"\bself delet(?:e|ing)\b"), "kill myself"),
    (re.compile(r"\b2 (?=kill|die|live|end|be|do|hurt|cut|hang|exist)"), "to "),
)


class _Spelling(NamedTuple):
    words: dict[str, str]
    guarded: frozenset[str]
    masks: dict[int, tuple[str, ...]]
    slips: dict[str, str]
    fillers: frozenset[str]
    emoji: re.Pattern[str]
    emoji_words: dict[str, str]
    joined: dict[str, str]
    joined_words: re.Pattern[str]


@cache
def _spelling() -> _Spelling:
    text = files("empathy_agent.safety").joinpath("spelling.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    guarded = frozenset(data["guarded"])
    masks: dict[int, tuple[str, ...]] = {}
    for word in guarded:
        masks[len(word)] = (*masks.get(len(word), ()), word)
    emoji: dict[str, str] = data["emoji"]
    return _Spelling(
        words={str(key): value for key, value in data["words"].items()},
        guarded=guarded,
        masks=masks,
        slips={slip: word for word in data["slips"] for slip in _slips(word)},
        fillers=frozenset(data["fillers"]),
        emoji=re.compile("|".join(map(re.escape, emoji))),
        emoji_words={key: f" {value} " for key, value in emoji.items()},
        joined=data["joined"],
        joined_words=re.compile("|".join(sorted(data["joined"], key=len, reverse=True))),
    )


def _slips(word: str) -> Iterator[str]:
    """Return what one slip of the finger makes of a word; its first letter is safe."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    for i in range(1, len(word)):
        head, tail = word[:i], word[i:]
        yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in letters:
            yield head + letter + tail[1:]
            yield head + letter + tail


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in one spelling, each once, in their order.

    Lower case, no accents, contractions written out, commas kept at their word.
    """
    spelling = _spelling()
    seen: dict[str, str] = {}
    found: dict[str, None] = {}
    for raw in dict.fromkeys(_ENDS.split(_one_alphabet(text))):
        words = [word for part in raw.split() for word in _respell(part, seen, spelling).split()]
        kept = [word for word in words if word not in spelling.fillers]
        for start in range(0, max(len(kept) - _OVERLAP, 1), _LONGEST - _OVERLAP):
            piece = _spell_out(" ".join(kept[start : start + _LONGEST])).strip(" ,")
            if piece:
                found[piece] = None
    return list(found)


def _spell_out(sentence: str) -> str:
    """Tell `ill` and `id` for "I will" and "I would"; drop a `just` that tells no time."""
    for pattern, full in _AMBIGUOUS:
        sentence = pattern.sub(full, sentence)
    return sentence


def _one_alphabet(text: str) -> str:
    """Fold compatibility forms, accents, invisible characters and case; join spaced letters."""
    if not text.isascii():
        spelling = _spelling()
        text = text.translate(_CHARACTERS)
        text = spelling.emoji.sub(lambda found: spelling.emoji_words[found[0]], text)
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_APOSTROPHES)
        text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", text)))
        text = text.translate(_ARABIC)
    else:
        text = text.translate(_CHARACTERS)
    return _SPACED.sub(_join, text.lower())


def _join(found: re.Match[str]) -> str:
    """Join `k i l l  m y`: one blank stands between letters, more between words."""
    return " ".join(_AMERICAN.sub("", word) for word in re.split(r"\s{2,}", found[0]))


def _respell(raw: str, seen: dict[str, str], spelling: _Spelling) -> str:
    done = seen.get(raw)
    if done is None:
        core = raw.strip(_EDGES)
        done = _word(core, spelling) if core else _symbols(raw, spelling)
        if raw[-1] in _COMMAS and done:
            done += ","
        if len(raw) <= _WIDEST:
            seen[raw] = done
    return done


def _symbols(raw: str, spelling: _Spelling) -> str:
    return spelling.words.get(raw, "")


def _word(word: str, spelling: _Spelling) -> str:
    if word in spelling.words:
        return spelling.words[word]
    if word.isascii() and word.isalpha():
        return _plain(word, spelling)
    if len(word) > _WIDEST:
        return _MARKED.sub(" ", word).strip()
    if not word.isascii():
        word = _latin(word, spelling)
        if not word.isascii() and not word.isalpha():
            return _MARKED.sub(" ", word).strip()
    if "'" in word:
        return _contraction(word, spelling)
    if word.isalpha():
        return _plain(word, spelling)
    return _disguised(word, spelling) or _parts(word, spelling)


def _plain(word: str, spelling: _Spelling) -> str:
    if word in spelling.words:
        return spelling.words[word]
    if word in spelling.guarded:
        return word
    if word in spelling.slips:
        return spelling.slips[word]
    if len(word) >= _JOINED_FROM and (found := spelling.joined_words.search(word)):
        return f"{word[: found.start()]} {spelling.joined[found[0]]} {word[found.end() :]}"
    if _RUNS.search(word):
        return _shorter(word, spelling)
    return word


def _shorter(word: str, spelling: _Spelling) -> str:
    """Undo `killlll` and `soooo`: two letters where that makes a known word, else one."""
    once = _RUNS.sub(r"\1", word)
    twice = _RUNS.sub(r"\1\1", word)
    for each in (once, twice):
        if each in spelling.guarded:
            return each
        if each in spelling.words or each in spelling.slips or each in spelling.joined:
            return _plain(each, spelling)
    return once


def _latin(word: str, spelling: _Spelling) -> str:
    """Write look-alike letters as Latin ones, in words that are Latin or a guarded word."""
    if not word.isalpha():
        return word.translate(_LOOK_ALIKES) if re.search(r"[a-z]", word) else word
    latin = word.translate(_LOOK_ALIKES)
    if latin.isascii() and (latin in spelling.guarded or re.search(r"[a-z]", word)):
        return latin
    return word


def _contraction(word: str, spelling: _Spelling) -> str:
    for tail, full in _TAILS.items():
        if word.endswith(tail):
            return f"{_plain(word.removesuffix(tail), spelling)} {full}"
    return _word(word.replace("'", ""), spelling)


def _disguised(word: str, spelling: _Spelling) -> str:
    """Return the guarded word behind digits, stars or dots; empty when there is none."""
    if len(word) > _DISGUISED_TO:
        return ""
    bare = re.sub(r"[\W_]", "", word)
    if bare in spelling.guarded or bare in spelling.joined:
        return spelling.joined.get(bare, bare)
    for each in _unleet(word):
        short = _plain(each, spelling)
        if short in spelling.guarded or each in spelling.joined or each in spelling.slips:
            return short
    if "*" in word or "#" in word or "_" in word:
        return _uncensored(word, spelling)
    return ""


def _unleet(word: str) -> Iterator[str]:
    options = [_LEET.get(letter, letter) for letter in word if letter.isalnum() or letter in _LEET]
    if sum(len(each) > 1 for each in options) > 4:
        options = [each[:1] for each in options]
    for letters in product(*(each or ("",) for each in options)):
        candidate = "".join(letters)
        if candidate.isalpha() and candidate.isascii():
            yield candidate


def _uncensored(word: str, spelling: _Spelling) -> str:
    """Read `k*ll` and `s****de`: the first letter stands, a star is a letter."""
    if not word[0].isalpha() or sum(letter.isalpha() for letter in word) < 2:
        return ""
    pattern = re.compile("".join("." if letter in "*#_" else re.escape(letter) for letter in word))
    fits = [each for each in spelling.masks.get(len(word), ()) if pattern.fullmatch(each)]
    return fits[0] if fits else ""


def _parts(word: str, spelling: _Spelling) -> str:
    """Take a word with marks in it apart: `die.I` and `kill-myself` are two."""
    if word.replace(".", "").replace(",", "").isdigit():
        return word
    parts = [part for part in _SPLIT.split(word) if part]
    return " ".join(spelling.words.get(part) or _plain(part, spelling) for part in parts)
