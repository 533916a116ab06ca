"""From which intensity on each action unit is plain to see.

Written by `empathy-agent train units`; do not change it by hand.
The expert's readings of 95 in 100 of 1202 neutral faces of FER+ valid lie below.
"""

from collections.abc import Mapping

__all__ = ["SHOWN"]

SHOWN: Mapping[str, float] = {
    "AU1": 0.58,
    "AU2": 0.54,
    "AU4": 0.41,
    "AU7": 0.51,
    "AU10": 0.15,
    "AU12": 0.15,
    "AU15": 0.15,
    "AU16": 0.15,
    "AU17": 0.17,
    "AU18": 0.52,
    "AU20": 0.15,
    "AU22": 0.15,
    "AU24": 0.15,
    "AU26": 0.15,
    "AU28": 0.15,
}
