"""What can go wrong, and whose move it is.

```text
EmpathyError
 ├─ SetupError         the user can fix it: one line on stderr, exit 2
 ├─ ReadingError       a model answered nonsense: the answer is carried along
 └─ ModelUnavailable   a model did not answer: try again, or go on without it
```

Anything else is a bug of ours and shows a traceback.
"""

import difflib
from collections.abc import Iterable

__all__ = ["EmpathyError", "ModelUnavailable", "ReadingError", "SetupError", "near"]


class EmpathyError(Exception):
    """The base of every error this package raises on purpose."""


class SetupError(EmpathyError):
    """Something the user can fix; the message says how, in one line."""


class ReadingError(EmpathyError):
    """A model answered something that cannot be read."""

    def __init__(self, message: str, answer: str = "") -> None:
        super().__init__(message)
        self.answer = answer
        """What the model said, for the trace; never logged."""


class ModelUnavailable(EmpathyError):
    """A model did not answer: down, too slow, or out of memory."""


def near(name: str, known: Iterable[str]) -> str:
    """Say which known names are close to `name`, as the tail of an error message.

    Returns:
        `"; did you mean 'x'?"`, or `"; known: 'a', 'b'"` when nothing is close.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(repr(each) for each in close)}?"
    return f"; known: {', '.join(repr(each) for each in names)}"
