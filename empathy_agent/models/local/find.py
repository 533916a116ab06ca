# pyright: basic, reportMissingImports=false
"""Finds the folder of a model: here, in the model hub's cache, or fetched where that is allowed."""

from collections.abc import Callable
from pathlib import Path

from empathy_agent.errors import SetupError
from empathy_agent.models.local.name import Name

__all__ = ["find", "line"]

_SMALL_FILES = ["*.json", "*.jinja", "*.txt", "*.model", "*.py"]


def find(name: Name, look: Callable[[Path], None] | None = None) -> Path:
    """Return the folder that a name means; weights are safetensors, or are not fetched.

    Args:
        name: a folder or a repository.
        look: is shown the small files of a repository before its weights are fetched, and may
            raise `SetupError`.

    Raises:
        SetupError: there is no such folder or repository, or the hub is off and it is not here.
    """
    if name.is_path:
        folder = Path(name.where).expanduser()
        if not folder.is_dir():
            raise SetupError(f"there is no folder {name.where!r}")
        return folder
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    here = constants.HF_HUB_OFFLINE
    try:
        small = snapshot_download(name.where, allow_patterns=_SMALL_FILES, local_files_only=here)
        if look is not None:
            look(Path(small))
        patterns = [*_SMALL_FILES, "*.safetensors"]
        return Path(snapshot_download(name.where, allow_patterns=patterns, local_files_only=here))
    except HFValidationError as error:
        raise SetupError(f"{name.where!r} is neither a folder nor a repository's name") from error
    except (OSError, HfHubHTTPError) as error:
        if here:
            raise SetupError(
                f"{name.where!r} is not on this machine, and the hub is off; fetch it once with: "
                f"HF_HUB_OFFLINE=0 hf download {name.where}"
            ) from error
        raise SetupError(f"{name.where!r} cannot be fetched: {line(error)}") from error


def line(error: BaseException) -> str:
    """Return the first line of what an error says, or else its kind."""
    lines = [each.strip() for each in str(error).splitlines() if each.strip()]
    return (lines[0] if lines else type(error).__name__)[:240]
