"""Messages as people text them, written before anybody saw an error of the net on them.

`tests/hard_words.py` served to choose the prior of neutral and to write training sentences beside;
these served for nothing. They are measured and reported a kind at a time, and never tuned on: no
rule, no training sentence and no constant may be chosen by them. `GRADED` orders three messages by
how strong one emotion is.
"""

from dataclasses import dataclass
from typing import Literal

from tests.hard_words import (
    ANGER,
    CROSS,
    DISGUST,
    HAPPINESS,
    LOW,
    NEUTRAL,
    SADNESS,
    SURPRISE,
    Case,
    of,
)

__all__ = ["GRADED", "UNSEEN", "Graded"]


@dataclass(frozen=True)
class Graded:
    """Three messages, each with more of one emotion than the one before."""

    family: Literal["anger", "fear", "joy", "sadness"]
    steps: tuple[str, str, str]

    @property
    def id(self) -> str:
        return f"{self.family}: {self.steps[0][:40]}"


_MOVED_OUT = ("she moved out on sunday. took the dog too",)
_BIOPSY = ("the biopsy came back", "its not good")
_HIRED = ("THEY CALLED", "i got it!! i start in march")
_BULLIED = ("they put my stuff in the toilet again at school",)
_STOLEN = ("my flatmate stole my rent money last month",)

UNSEEN: tuple[Case, ...] = (
    *of(
        "negation",
        LOW | {ANGER},
        "can't say i've been enjoying life lately",
        "not a single person asked how i am",
        "i wouldnt call it a good week tbh",
        "i'm not looking forward to christmas without him",
        "there's nothing left that i like about this job",
        "not exactly thrilled about the diagnosis",
        "i haven't laughed in weeks",
    ),
    *of(
        "negation",
        frozenset({HAPPINESS, NEUTRAL}),
        "nah it's no trouble at all",
        "i'm not mad at you i promise",
        "honestly wasn't as scary as i thought it would be",
        "no more nightmares since tuesday",
        "never thought i'd say this but i don't hate mondays anymore",
        "i'm not crying over him any longer, i'm over it",
        "wasn't half bad that film",
    ),
    *of(
        "emoji",
        LOW,
        "🥺💔",
        "my dog 🐶😭",
        "home alone again 😞",
        "results tmrw 😬😰",
        "😿",
        "miss u 🥲",
    ),
    *of("emoji", CROSS, "again?? 😤", "he said WHAT 😠", "🖕", "2h late 🙄🙄", "👿"),
    *of("emoji", frozenset({DISGUST, ANGER}), "that smell 🤢"),
    *of("emoji", HAPPINESS, "passed!! 🎓🥳", "😍😍", "ily 💕", "💃🕺", "u did it 👏👏", "🤣🤣🤣"),
    *of("emoji", frozenset({SURPRISE}), "😮", "🤯"),
    *of("emoji", frozenset({HAPPINESS, NEUTRAL}), "👍", "on my way 🚌"),
    *of(
        "capitals",
        CROSS,
        "ARE YOU KIDDING ME RIGHT NOW",
        "WHY IS IT SO HARD TO GET A HUMAN ON THE PHONE",
        "DO NOT CALL ME AGAIN",
        "I WANT A REFUND TODAY",
    ),
    *of(
        "capitals",
        LOW,
        "I CANT DO THIS ANYMORE",
        "PLEASE HELP SOMEONE IS OUTSIDE MY DOOR",
        "MY BABY IS IN HOSPITAL",
        "HE'S GONE",
    ),
    *of("capitals", HAPPINESS, "WE WON THE LEAGUE", "BEST CONCERT OF MY LIFE", "IT'S A GIRL!!"),
    *of(
        "misspelt",
        LOW,
        "i fele so alnoe here",
        "cnat stop thniking abt her funreal",
        "so woried abuot my moms opertion",
        "im devestated",
        "i mis my granma evry day",
        "dont no wat to do im so scard of him",
    ),
    *of(
        "misspelt",
        CROSS,
        "ur custmer servise is a joke",
        "im sooo piss off rn",
        "stpo lyign to me",
        "this is unexeptable i wnat my mony bak",
    ),
    *of(
        "misspelt",
        HAPPINESS,
        "thx soooo mcuh ur the bset",
        "im so prowd of my lil sister",
        "had teh best tiem tody",
        "cant beleive it worked im so releived",
    ),
    *of(
        "sarcasm",
        CROSS | {SADNESS},
        "lovely. locked out of my account on payday.",
        "oh good, another meeting that could have been an email",
        "love how nobody told me it was cancelled /s",
        "cool cool cool so the surgery is postponed again",
        'yeah he\'s a real "gentleman", left me to pay the bill',
        "thanks ever so much for the parking ticket",
        "brilliant timing, phone died right before the interview",
        "what a treat, 40 minutes of hold music",
    ),
    *of(
        "slang",
        LOW,
        "lowkey dying inside ngl",
        "been in my feels all day",
        "that breakup wrecked me fr",
        "im cooked, exam in 2h and i know nothing",
        "this news got me shook and shaking",
    ),
    *of(
        "slang",
        CROSS,
        "smh these ppl",
        "bro got me so heated",
        "im done w her bs",
        "wtf is wrong with them",
    ),
    *of(
        "slang",
        HAPPINESS,
        "today was fire ngl",
        "we're so back",
        "u absolute legend ty",
        "im hyped for saturday",
        "this slaps omg",
    ),
    *of(
        "support",
        LOW,
        "it would have been our anniversary today",
        "i eat lunch in the toilet so nobody sees me sitting alone",
        "i keep checking the locks, six or seven times a night",
        "my hands won't stop shaking before every shift",
        "dad doesn't recognise me any more",
        "they're letting half of us go in january and nobody will say who",
        "i read her old messages every night",
        "i yelled at my kid and the look on his face won't leave me",
        "every time the phone rings my stomach drops",
        "still no word from my son and it's been two days",
        "i thought by forty i'd have figured something out",
        "what if the lump is back",
        "three years of trying and the test is negative again",
        "i smile all day and fall apart in the car",
    ),
    *of(
        "support",
        HAPPINESS,
        "one year sober today",
        "my ex and i are finally talking like adults, feels nice",
        "the scan is clear!",
        "first time i cooked for friends and they asked for seconds",
        "my dad told me he's proud of me",
        "slept eight hours and the sun is out",
    ),
    *of(
        "support",
        CROSS,
        "my sister told everyone my secret at dinner",
        "he read my diary and thinks it's funny",
        "my landlord just walks in whenever he likes",
        "they gave my promotion to the boss's nephew",
    ),
    *of(
        "service",
        CROSS,
        "your chatbot keeps sending me in circles",
        "the technician never showed up and i took the day off for this",
        "i cancelled in may and you still took the money in june",
        "order says delivered. it is not.",
        "third replacement, same fault",
        "so you're telling me nobody can help me until monday?",
        "you lost my luggage and offer me a voucher?",
    ),
    *of(
        "service",
        HAPPINESS,
        "that did the trick, cheers",
        "wow that was quick, much appreciated",
        "it's working again, you're a star",
        "really happy with the new mattress",
    ),
    *of(
        "plain",
        frozenset({NEUTRAL}),
        "can i collect it from the shop in town instead",
        "the code is 4417",
        "im on the 9:40 train",
        "do you deliver on saturdays",
        "my name is spelled with two n's",
        "i moved to bristol in 2019",
        "which form do i need for a name change",
        "the kids are at school until three",
        "it's the grey one with the long strap",
        "i usually take the bus",
        "could you forward me yesterday's email",
        "we had pasta",
    ),
    *of(
        "surprise",
        frozenset({SURPRISE}),
        "no wayyy are you serious",
        "hold on, you two are TWINS?",
        "i'm speechless, where did that come from",
        "plot twist i did not expect",
    ),
    *of(
        "disgust",
        frozenset({DISGUST}),
        "there's mould all over the bread, ew",
        "he clips his toenails at the table, so gross",
        "found a slug in my salad, i feel sick",
    ),
    *of(
        "mixed languages",
        LOW,
        "estoy super stressed con el trabajo",
        "mir gehts not so good heute",
        "je suis so tired of everything",
        "tengo mucho miedo of losing her",
        "I miss home, saudade demais",
        "mujhe bahut dar lag raha hai about tomorrow",
    ),
    *of("mixed languages", CROSS, "das ist so annoying ehrlich", "qué rabia this always happens"),
    *of(
        "mixed languages",
        HAPPINESS,
        "danke so much das war super",
        "merci you saved me",
        "I passed!! qué felicidad",
    ),
    *of(
        "other languages", LOW, "me siento fatal hoy", "j'en peux plus", "ich vermisse sie so sehr"
    ),
    *of("other languages", CROSS, "estoy harto de esperar", "c'est une honte"),
    *of("other languages", HAPPINESS, "che bella giornata", "ich bin total begeistert"),
    Case("context", "fine.", LOW, _MOVED_OUT),
    Case("context", "it is what it is", LOW, _BIOPSY),
    Case("context", "same as yesterday", LOW, _MOVED_OUT),
    Case("context", "same", LOW, ("i cry every night lately",)),
    Case("context", "idk", LOW, _BIOPSY),
    Case("context", "he did it again", CROSS | LOW, _STOLEN),
    Case("context", "again today", LOW | CROSS, _BULLIED),
    Case("context", "and the teacher saw it", LOW | CROSS, _BULLIED),
    Case("context", "yep", frozenset({HAPPINESS}), _HIRED),
    Case("context", "told mum already", frozenset({HAPPINESS, NEUTRAL}), _HIRED),
    Case("context", "ok", LOW, _BIOPSY),
    Case("context", "whatever", LOW | CROSS, _STOLEN),
    Case(
        "context",
        "no worries, i've calmed down and i'm ok with it now",
        frozenset({HAPPINESS, NEUTRAL}),
        _STOLEN,
    ),
    Case("context", "you really cheered me up, thank you", frozenset({HAPPINESS}), _BIOPSY),
    Case(
        "context", "what time does the pharmacy on king street close", frozenset({NEUTRAL}), _BIOPSY
    ),
    Case("context", "my parcel number is 20931", frozenset({NEUTRAL}), _HIRED),
)
"""How people text, by kind; `tests/hard_words.py` explains a case."""

GRADED: tuple[Graded, ...] = (
    Graded("anger", ("i'm a bit annoyed", "i'm angry", "i'm furious")),
    Graded(
        "anger",
        ("that was slightly irritating", "that made me mad", "that made me absolutely livid"),
    ),
    Graded(
        "anger",
        ("i dislike how he talks to me", "i hate how he talks to me", "i HATE him so much!!"),
    ),
    Graded(
        "anger",
        (
            "the delay bothers me",
            "the delay makes me angry",
            "the delay is an outrage, i am fuming",
        ),
    ),
    Graded(
        "anger", ("she was kind of rude", "she was so rude", "she is a vile disgusting monster")
    ),
    Graded("fear", ("i'm a little nervous", "i'm scared", "i'm terrified")),
    Graded(
        "fear",
        (
            "i have some concerns about the flight",
            "i'm afraid of the flight",
            "i'm petrified of the flight, i can't breathe",
        ),
    ),
    Graded(
        "fear",
        (
            "slightly worried about the test",
            "very worried about the test",
            "having a panic attack about the test",
        ),
    ),
    Graded(
        "fear",
        (
            "the dark makes me uneasy",
            "the dark frightens me",
            "i am in absolute terror of the dark",
        ),
    ),
    Graded(
        "fear",
        (
            "i wonder if he followed me",
            "i'm scared he followed me",
            "HE IS FOLLOWING ME I'M SO SCARED",
        ),
    ),
    Graded("joy", ("i'm content", "i'm happy", "i'm ecstatic")),
    Graded(
        "joy",
        ("that's kind of nice", "that's great", "that's the best thing that ever happened to me!!"),
    ),
    Graded("joy", ("i feel a bit better", "i feel good", "i feel absolutely amazing")),
    Graded(
        "joy",
        (
            "the party was okay",
            "the party was fun",
            "the party was incredible, i loved every second",
        ),
    ),
    Graded(
        "joy",
        ("somewhat pleased with my grade", "happy with my grade", "over the moon about my grade!!"),
    ),
    Graded("sadness", ("i'm a bit sad", "i'm sad", "i'm devastated")),
    Graded(
        "sadness",
        ("feeling slightly down", "feeling depressed", "feeling utterly hopeless and broken"),
    ),
    Graded(
        "sadness",
        (
            "it was a little disappointing",
            "it was really disappointing",
            "it broke my heart completely",
        ),
    ),
    Graded(
        "sadness", ("i miss her sometimes", "i miss her", "i miss her so much i can't stop crying")
    ),
    Graded(
        "sadness",
        ("not my best day", "a bad sad day", "the worst day of my life, i am heartbroken"),
    ),
)
"""Twenty triples, written before any intensity was looked at."""
