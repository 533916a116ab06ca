"""Opening a face finder by its name."""

from pathlib import Path
from typing import TYPE_CHECKING

from empathy_agent.errors import SetupError, near

if TYPE_CHECKING:
    from empathy_agent.perception.faces import Finder

__all__ = ["open_finder"]


def open_finder(name: str) -> "Finder | None":
    """Open `embedded` (null: the perceiver brings its own) or `yunet:PATH`.

    Raises:
        SetupError: There is no such finder, or no such file.
    """
    kind, _, rest = name.partition(":")
    match kind:
        case "embedded" if not rest:
            return None
        case "yunet" if rest:
            from empathy_agent.perception.yunet import YuNetFinder

            return YuNetFinder(Path(rest).expanduser())
        case _:
            known = ["embedded", "yunet:PATH"]
            raise SetupError(f"no face finder {name!r}{near(name, known)}")
