"""Which language somebody writes in, as far as crisis words exist in it.

A rule of the screen that matched says it surely (`es.wish`); else the script and small words do.
Short replies such as "no" say nothing, and the language of the turns before holds.
"""

import re
from collections.abc import Sequence

__all__ = ["ENGLISH", "TONGUES", "locale_tongue", "tongue_of"]

ENGLISH = "en"
TONGUES = ("es", "fr", "de", "pt", "it", "hi", "zh", "zht", "ar")
"""Languages other than English that crisis words are written in; `zht` is traditional Chinese."""

_READ = 600
"""Characters that are looked at."""
_LEAST = 2
"""Small words of one language that a text needs."""
_WORDS = {
    ENGLISH: "the and i you is are was to my me of it that not do have with for this am what but "
    "so im dont just want don't i'm it's can't",
    "es": "el la los las que de y en un una no me mi se con por para pero muy estoy es yo lo más "
    "está como quiero tengo puedo nada todo hoy ya vaya",
    "fr": "le les des que et un une ne pas je j'ai me ma mon est suis avec pour dans plus c'est "
    "très mais vous moi tout rien sur qui ça veux peux jai",
    "de": "der die das und ich nicht ist ein eine mich mir mein meine zu mit auf für aber sehr bin "
    "habe es so den dem wie was kann will mehr hab",
    "pt": "o os que de e em um uma não eu me meu minha se com por para mas muito estou é você isso "
    "mais quero tenho nada hoje já pra tô",
    "it": "il lo gli che di e un una non io mi mio mia si con per ma molto sono è ho più tutto "
    "niente voglio oggi questo della anche ce",
    "hi": "main mai mujhe mera meri hai hain hoon hu nahi nahin nhi ka ki ke ko se kya aur bahut "
    "raha rahi ho karta karti ab kuch mein haan tha thi baare pehle",
}
_SMALL = {tongue: frozenset(words.split()) for tongue, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_DEVANAGARI = re.compile(r"[\u0904-\u0939]")
_ARABIC = re.compile(r"[\u0621-\u064a]")
_NOT_ARABIC = re.compile(r"[\u067e\u0686\u0698\u06af\u06a9\u06cc\u0679\u0688\u06ba\u06c1\u06d2]")
"""Letters of Persian and Urdu."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NOT_CHINESE = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_TRADITIONAL = re.compile(
    "[這個們來說時會沒還讓給從樣種難發錯願關擔緊張寫認嗎帶東電報國險開離別請條師專應該問產熱線"
    "顯誰費變辦聲當記覺現腳氣圍決強醫兩幫邊無見經將愛斷聯後號碼進轉輕態員趕實盡護興體歡藥殺結"
    "樓媽爸過著裡麼對於點歲學與為長頭書車門馬魚鳥龍風飛]"
)
_SIMPLIFIED = re.compile(
    "[这个们来说时会没还让给从样种难发错愿关担紧张写认吗带东电报国险开离别请条师专应该问产热线显"
    "谁费变办声当记觉现脚气围决强医两帮边无见经将爱断联后号码进转轻态员赶实尽护兴体欢药杀结楼妈"
    "过么对点岁学与为长头书车门马鱼鸟龙风飞]"
)


def tongue_of(said: str, signals: Sequence[str] = ()) -> str | None:
    """Return the language of a message: one of `TONGUES`, `en`, or null where it cannot be told.

    Args:
        said: the message.
        signals: of the screen; a rule of one language settles it.
    """
    told = said[:_READ]
    for signal in signals:
        tongue = signal.split(".")[0]
        if tongue == "zh":
            return _chinese(told)
        if tongue in TONGUES and not (tongue == "hi" and _NOT_ARABIC.search(told)):
            return tongue
        if len(tongue) == len(ENGLISH):  # heard in its language, which no crisis words exist in
            return ENGLISH
    return _by_script(told) or _by_words(told)


def locale_tongue(country: str | None) -> str | None:
    """Return the language of a locale such as `es-MX`; null for a bare country."""
    parts = re.split(r"[-_.]", (country or "").casefold())
    if len(parts) < 2:
        return None
    if parts[0] == "zh":
        return "zht" if {"tw", "hk", "mo", "hant"} & set(parts) else "zh"
    return parts[0] if parts[0] in TONGUES else None


def _by_script(told: str) -> str | None:
    if _NOT_CHINESE.search(told):
        return None
    if len(_DEVANAGARI.findall(told)) > _LEAST:
        return "hi"
    if len(_ARABIC.findall(told)) > _LEAST:
        return None if _NOT_ARABIC.search(told) else "ar"
    return _chinese(told) if len(_HAN.findall(told)) >= _LEAST else None


def _chinese(told: str) -> str:
    return "zht" if len(_TRADITIONAL.findall(told)) > len(_SIMPLIFIED.findall(told)) else "zh"


def _by_words(told: str) -> str | None:
    words = [word.replace("’", "'") for word in _WORD.findall(told.casefold())]
    counts = {tongue: sum(word in small for word in words) for tongue, small in _SMALL.items()}
    best = max(counts, key=lambda tongue: counts[tongue])
    rest = max(count for tongue, count in counts.items() if tongue != best)
    return best if counts[best] >= _LEAST and counts[best] > rest else None
