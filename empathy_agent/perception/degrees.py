"""How strong the words for anger, fear, joy and sadness are: a list of ours, graded by reading.

"Annoyed", "angry" and "furious" have one label and three strengths. The net gives the label; the
list the strength, where one of its words stands un-negated in the text; a word of degree before it
("a bit", "slightly") takes away from it, and what insists (`surface.emphasis`) adds.
"""

import re
from collections.abc import Mapping
from functools import cache

from empathy_agent.perception.surface import emphasis, words_of

__all__ = ["FAMILIES", "graded", "strength"]

FAMILIES: Mapping[str, tuple[str, str, str]] = {
    "anger": (
        "annoyed annoying annoys irritated irritating irritates bothered bothers displeased dislike"
        " miffed grumpy peeved impatient bugged bugging rude unfair nagging cross testy",
        "angry anger angers mad pissed hate hates hated frustrated frustrating resent resentful"
        " outraged fed offended insulted infuriating upset indignant bitter hostile aggressive",
        "furious fury rage raging enraged livid fuming seething incensed irate hatred despise"
        " loathe outrage explode boiling murderous apoplectic vicious abhor detest",
    ),
    "fear": (
        "nervous uneasy worried worry worries concerned concern concerns cautious unsure hesitant"
        " apprehensive tense jittery restless edgy wary uncertain doubts wonder",
        "afraid scared scary anxious anxiety fear fears frightened frightens frightening stressed"
        " panicky alarmed dread intimidated threatened shaking trembling spooked fearful",
        "terrified terrifying terror petrified panic panicking horrified horror horrifying"
        " hysterical paralysed paralyzed dreadful nightmare nightmares terrorised terrorized"
        " traumatised",
    ),
    "joy": (
        "okay nice content pleased fine pleasant better satisfied calm decent relaxed comfortable"
        " relieved hopeful cheerful glad",
        "happy great good fun joy joyful enjoy enjoyed enjoying delighted love loved loving lovely"
        " excited proud laughing celebrate grateful smiling awesome wonderful",
        "ecstatic overjoyed thrilled elated euphoric amazing incredible bliss blissful jubilant"
        " fantastic exhilarated best magnificent phenomenal rapture unbelievable heaven",
    ),
    "sadness": (
        "disappointed disappointing disappointment down low blue gloomy meh glum melancholy wistful"
        " sorry unhappy lonely tired dull homesick moody bored",
        "sad sadness depressed depressing miserable crying cry cried tears hurt hurts grief"
        " grieving heavy hopeless lost miss missing mourning sorrow empty alone rejected bad",
        "devastated devastating heartbroken heartbreaking despair desperate shattered crushed"
        " broken worthless inconsolable suicidal anguish agony destroyed unbearable worst"
        " wrecked sobbing",
    ),
}
"""Slight, clear and strong words of each emotion."""
_GRADES = (0.35, 0.62, 0.95)
_LESS = re.compile(
    r"\b(?:an? (?:little|bit|touch|tad|trifle)|slightly|somewhat|kind ?of|kinda|sort ?of|sorta"
    r"|mildly|not (?:too|very|that|so)|fairly|vaguely|some|sometimes|occasionally|now and then"
    r"|barely)\b"
)
_LESSENED = 0.6
_NOT = re.compile(r"^(?:not|no|never|nor|without|hardly|cannot|\w+n't|dont|didnt|isnt|wasnt|cant)$")
_REACH = 3


def graded(text: str, family: str) -> float | None:
    """Return the grade in (0, 1] of the strongest word of a family that is not negated.

    Args:
        text: a plain text.
        family: `anger`, `fear`, `joy` or `sadness`.
    """
    words = words_of(text)
    found = [
        grade
        for place, word in enumerate(words)
        if (grade := _graded(family).get(word)) is not None
        and not any(map(_NOT.match, words[max(0, place - _REACH) : place]))
    ]
    return max(found, default=None)


def strength(text: str, arousal: float) -> float:
    """Return by how much a plain text insists, in [0.4, 1]; 0.7 is a plain statement.

    Args:
        text: a plain text.
        arousal: of it, in [-1, 1].
    """
    raised = 0.7 + 0.3 * min(1.0, emphasis(text) + max(0.0, 2 * arousal))
    return raised * (_LESSENED if _LESS.search(text.lower()) else 1.0)


@cache
def _graded(family: str) -> Mapping[str, float]:
    return {
        word: grade
        for grade, words in zip(_GRADES, FAMILIES[family], strict=True)
        for word in words.split()
    }
