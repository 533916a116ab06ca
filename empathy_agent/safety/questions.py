"""What answers to the direct questions of the protocol stand for, as tables to be reviewed."""

from collections.abc import Mapping

from empathy_agent.affect import RiskLevel
from empathy_agent.safety.answers import Answer
from empathy_agent.safety.rules import Kind
from empathy_agent.safety.tongue import TONGUES

__all__ = ["OWN", "RAISES", "SIGNALS"]

_Effects = Mapping[Answer, RiskLevel]
RAISES: Mapping[str, _Effects] = {
    "wish": {"yes": RiskLevel.moderate, "unsure": RiskLevel.moderate},
    "thoughts": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "method": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "intent": {"yes": RiskLevel.imminent, "unsure": RiskLevel.high},
    "plan": {"yes": RiskLevel.high, "unsure": RiskLevel.high},
    "behaviour": {"yes": RiskLevel.imminent, "unsure": RiskLevel.high},
    "means": {"yes": RiskLevel.imminent, "unsure": RiskLevel.high},
    "safe": {"no": RiskLevel.high, "unsure": RiskLevel.moderate},
    "harm": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "voices": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "near": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "weapon": {"yes": RiskLevel.high, "unsure": RiskLevel.high},
    "threats": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "hurt": {"yes": RiskLevel.high, "unsure": RiskLevel.high},
    "body": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "on_purpose": {"yes": RiskLevel.high, "unsure": RiskLevel.high},
    "yourself": {"yes": RiskLevel.high, "unsure": RiskLevel.moderate},
    "them_means": {"yes": RiskLevel.imminent, "unsure": RiskLevel.high},
}
"""What an answer to our own direct question makes of the risk, at least."""
OWN: Mapping[str, Kind] = {
    **dict.fromkeys(("wish", "thoughts", "method", "intent", "plan", "yourself"), "suicide"),
    "behaviour": "medical",
    "harm": "violence",
    "voices": "psychosis",
}
"""Answers that say of which kind the risk is."""
SIGNALS: Mapping[str, tuple[str, ...]] = {
    "suicide.wish": ("wish",),
    "suicide.not_live": ("wish",),
    "suicide.thoughts": ("thoughts",),
    "suicide.intent": ("thoughts",),
    "suicide.plan": ("thoughts", "plan"),
    "suicide.method": ("thoughts", "method"),
    "suicide.tonight": ("thoughts", "intent"),
    "suicide.means_here": ("means",),
    "psychosis.command": ("voices",),
    **{f"{tongue}.intent": ("thoughts",) for tongue in TONGUES},
    **{f"{tongue}.plan": ("thoughts", "plan") for tongue in TONGUES},
    **{f"{tongue}.now": ("thoughts", "intent") for tongue in TONGUES},
}
"""What the screen's signals already answer, so that nobody is asked what they just said."""
