"""Messages that are easy to misread, with the emotions that a reader would accept.

None of them is among the sentences of `training/phrases.py`, but for emoji and single words.
"""

from dataclasses import dataclass

from empathy_agent.affect import Emotion

__all__ = ["CASES", "Case", "of"]

NEUTRAL, HAPPINESS, SURPRISE = Emotion.NEUTRAL, Emotion.HAPPINESS, Emotion.SURPRISE
SADNESS, ANGER, DISGUST = Emotion.SADNESS, Emotion.ANGER, Emotion.DISGUST
FEAR, CONTEMPT = Emotion.FEAR, Emotion.CONTEMPT
LOW = frozenset({SADNESS, FEAR})
CROSS = frozenset({ANGER, CONTEMPT, DISGUST})


@dataclass(frozen=True)
class Case:
    kind: str
    text: str
    right: frozenset[Emotion]
    context: tuple[str, ...] = ()
    vital: bool = False
    """A helper who misreads this one does harm."""

    @property
    def id(self) -> str:
        return f"{self.kind}: {self.text[:40]}"


def of(kind: str, right: Emotion | frozenset[Emotion], *texts: str) -> tuple[Case, ...]:
    """Return a case a text; one that starts with an exclamation mark and a blank is vital."""
    emotions = frozenset({right}) if isinstance(right, Emotion) else right
    return tuple(
        Case(kind, text.removeprefix("! "), emotions, vital=text.startswith("! ")) for text in texts
    )


_BAD_NEWS = ("My mum was diagnosed with cancer yesterday.", "I can't stop crying.")
_DISMISSED = ("I was fired today without any reason.", "I am so angry with my boss.")

CASES: tuple[Case, ...] = (
    *of(
        "negation",
        LOW | {ANGER},
        "! I'm not happy at all",
        "! I am not feeling good today",
        "I don't feel loved by anyone",
        "nothing is going well for me",
        "I can't be happy without her",
        "I have never been less happy in my life",
    ),
    *of(
        "negation",
        frozenset({HAPPINESS, NEUTRAL}),
        "not bad",
        "I'm not angry, don't worry",
        "I am not afraid any more",
        "It wasn't as terrible as I thought",
        "no complaints from me, everything works",
    ),
    *of("emoji", LOW, "! 😭", "😢😢", "💔", "😔"),
    *of("emoji", FEAR, "😱", "😨"),
    *of("emoji", CROSS, "! 😡", "🤬🤬🤬", "🙄"),
    *of("emoji", DISGUST, "🤮"),
    *of("emoji", HAPPINESS, "! 😊", "🎉🎉", "❤️", "😂"),
    *of("emoji", LOW, "he left 💔", "bad day :("),
    *of("emoji", HAPPINESS, "see you tomorrow :)", "good news 🥳"),
    *of("capitals", CROSS, "! I HAVE BEEN WAITING FOR THREE HOURS", "STOP SENDING ME THESE EMAILS"),
    *of("capitals", LOW, "I AM SO SCARED RIGHT NOW", "I JUST WANT TO CRY"),
    *of("capitals", frozenset({HAPPINESS, SURPRISE}), "I CAN'T BELIEVE I WON!!!"),
    *of("misspelt", LOW, "im realy sad tday", "i feel so lonley", "im scarred of loosing him"),
    *of("misspelt", CROSS, "this is rediculous, im so angrry", "i hatee this compny"),
    *of("misspelt", HAPPINESS, "thnak you soo much", "im so hapy rn"),
    *of(
        "sarcasm",
        CROSS | {SADNESS},
        "Great, just great. Another three hours on hold.",
        "Oh perfect, it crashed again. Well done.",
        "Thanks for nothing.",
        "wow what a surprise, you lost my parcel again /s",
        "Yeah, because that is exactly what I needed today.",
    ),
    *of(
        "support",
        LOW,
        "! I failed my exam and I cannot face my parents",
        "I don't see the point of anything any more",
        "! My best friend died in an accident",
        "! I feel completely empty inside",
        "! I am terrified of going back to that house",
        "! my heart is pounding and I think I am going to faint",
        "We broke up after seven years",
        "Nobody came to my birthday",
        "My daughter won't speak to me",
        "I keep replaying what I said to him, it was unforgivable",
        "I have to give a talk tomorrow and I feel sick with nerves",
        "I might lose the house if I don't find work",
        "I let my whole team down",
        "everyone would be better off without me",
        "I don't know what to do",
        "I am so tired of pretending to be okay",
    ),
    *of(
        "support",
        frozenset({HAPPINESS}),
        "! I finally got the job I wanted",
        "My son said his first word today",
        "For the first time in months I slept through the night",
        "She said yes!",
    ),
    *of(
        "support",
        CROSS,
        "My brother stole from me and lied about it",
        "He cheated on me, the bastard",
    ),
    *of(
        "support",
        DISGUST,
        "The way he stared at me makes my skin crawl",
        "ugh, that smell is revolting",
    ),
    *of(
        "service",
        CROSS,
        "where is my order? this is the third time I ask",
        "! You have charged my card twice and nobody replies",
        "This is the worst service I have ever had",
        "I demand to speak to someone who knows what they are doing",
        "Your courier left my package in the rain, it is ruined",
        "I have explained this to four different agents already",
        "Cancel my subscription immediately, I am done with you people",
    ),
    *of(
        "service",
        HAPPINESS,
        "! thank you so much, you solved it",
        "Perfect, that worked",
        "The new version is brilliant",
        "You have been really helpful today",
    ),
    *of(
        "plain",
        frozenset({NEUTRAL}),
        "What are your opening hours on Friday?",
        "Can you send me the invoice for March?",
        "My customer number is 99120",
        "I would like to change the delivery address",
        "How long does shipping to Norway take?",
        "I work in a bank and live with two flatmates",
        "The appointment is on Wednesday at ten",
        "ok",
        "I need a new password",
        "Does the blue one come in large?",
    ),
    *of("surprise", SURPRISE, "I did not see that coming at all!", "wait, what?!", "Whoa, really?"),
    *of(
        "other languages",
        LOW,
        "Me siento muy triste y solo",
        "Ich habe so große Angst",
        "J'ai peur de tout",
    ),
    *of("other languages", LOW, "Estoy llorando", "Ich bin traurig", "Sono triste oggi"),
    *of("other languages", CROSS, "Estoy muy enfadado con ustedes", "Das macht mich so wütend"),
    *of(
        "other languages", HAPPINESS, "Muchas gracias", "Ich bin glücklich", "Je suis très heureux"
    ),
    Case("context", "fine.", frozenset({SADNESS, FEAR}), _BAD_NEWS, vital=True),
    Case("context", "yes", frozenset({SADNESS, FEAR}), _BAD_NEWS),
    Case("context", "I don't know", frozenset({SADNESS, FEAR}), _BAD_NEWS),
    Case("context", "whatever", frozenset({ANGER, SADNESS}), _DISMISSED),
    Case("context", "thank you so much", frozenset({HAPPINESS}), _BAD_NEWS),
    Case("context", "I feel so much better now", frozenset({HAPPINESS}), _BAD_NEWS),
    Case(
        "context", "The meeting is at three on Monday in room four", frozenset({NEUTRAL}), _BAD_NEWS
    ),
)
