# pyright: basic, reportMissingImports=false
"""Opens a vision-language model by name: found, checked, loaded once and shared.

Only safetensors are read, no code that comes with a model runs unless the name says `#trust`, and
a model that will not fit is refused before its weights are touched.
"""

import contextlib
import importlib.util
import json
import logging
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.video_processing_utils import VideoProcessorMixin

from empathy_agent.errors import SetupError
from empathy_agent.models.local import fit
from empathy_agent.models.local.checkpoint import Checkpoint, inspect
from empathy_agent.models.local.families import Family, family_of
from empathy_agent.models.local.name import Name

__all__ = ["Loaded", "NoVideos", "hold", "load", "still"]

logger = logging.getLogger(__name__)

_SMALL_FILES = ["*.json", "*.jinja", "*.txt", "*.model", "*.py"]
_LOADING = threading.Lock()
_SHARED: "weakref.WeakValueDictionary[tuple[object, ...], Loaded]" = weakref.WeakValueDictionary()


@dataclass(eq=False)
class Loaded:
    """A model and its processor, ready to run."""

    model: Any
    processor: Any
    family: Family
    device: torch.device
    accepts: frozenset[str]
    """What its `forward` takes by name."""
    placed: Sequence[Any]
    """Its modules that remember where the next token stands; see `ask.py`."""
    shares: dict[Any, Any] = field(default_factory=dict)
    """What its users share besides, by type: the gatherer of vision questions."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while `shares` is changed."""


def load(name: Name) -> Loaded:
    """Return a model, loaded now or before by anybody in this process.

    Raises:
        SetupError: it is not here, no vision-language model, broken, or will not fit.
    """
    folder = _folder(name)
    key = (folder.resolve(), name.bits, name.dtype, name.trust)
    with _LOADING:
        loaded = _SHARED.get(key)
        if loaded is None:
            loaded = _SHARED[key] = _open(name, inspect(folder, name.title))
    return loaded


def hold(model: Any, processor: Any) -> Loaded:
    """Take a model that is in memory already, such as one just trained."""
    _make_greedy(model)
    # A checkpoint may bring a length to cut at. The first text resets it, which no other thread's
    # text may meet ("Already borrowed").
    processor.tokenizer("first")
    return Loaded(
        model.eval().requires_grad_(False),
        processor,
        family_of(model.config.model_type),
        model.device,
        frozenset(signature(model.forward).parameters),
        [each for each in model.modules() if hasattr(each, "rope_deltas")],
    )


def _folder(name: Name) -> Path:
    if name.is_path:
        folder = Path(name.where).expanduser()
        if not folder.is_dir():
            raise SetupError(f"there is no folder {name.where!r}")
        return folder
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    here = constants.HF_HUB_OFFLINE
    try:
        folder = Path(
            snapshot_download(name.where, allow_patterns=_SMALL_FILES, local_files_only=here)
        )
        _check_index(name, folder)
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
        raise SetupError(f"{name.where!r} cannot be fetched: {_line(error)}") from error


def _check_index(name: Name, folder: Path) -> None:
    """Refuse a large model by its index, before gigabytes of it are fetched."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        index = json.loads((folder / "model.safetensors.index.json").read_text("utf-8"))
        space = fit.room()
        fit.check(name.where, index["metadata"]["total_size"] / 2, _bytes_each(name, space), space)


def _open(name: Name, found: Checkpoint) -> Loaded:
    _check_kind(name, found)
    space = fit.room()
    if found.quantised:
        fit.check(name.title, found.stored, 1, space)
    elif name.dtype is None and space.device == "cpu" and _is_tight(found, space):
        fit.check(name.title, found.parameters, 2, space)
    else:
        fit.check(name.title, found.parameters, _bytes_each(name, space), space)
    device = torch.device(space.device)
    with _quiet(), _told(name):
        processor = _processor(found, trust=name.trust)
        model = _weights(name, found, device, tight=_is_tight(found, space))
        _check_template(name, processor)
    logger.debug("loaded %s on %s", name.title, device)
    return hold(model, processor)


def _bytes_each(name: Name, space: fit.Room) -> float:
    if name.bits:
        return 0.6 if name.bits == 4 else 1.1  # the first layers and the scales stay wider
    return {"float32": 4, "bfloat16": 2, None: space.bytes_each}[name.dtype]


def _is_tight(found: Checkpoint, space: fit.Room) -> bool:
    return fit.need(found.parameters, 4) > space.free


def _check_kind(name: Name, found: Checkpoint) -> None:
    if name.trust and found.own_code:
        return
    if found.model_type not in transformers.CONFIG_MAPPING:
        hint = (
            f"read it, and if you trust it name 'hf:{name.where}#trust'"
            if found.own_code
            else "upgrade: pip install -U transformers"
        )
        why = "runs code of its own" if found.own_code else f"is a {found.model_type!r} model"
        raise SetupError(
            f"{name.title!r} {why}, unknown to Transformers {transformers.__version__}; {hint}"
        )
    config = transformers.CONFIG_MAPPING[found.model_type]
    if config not in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise SetupError(
            f"{name.title!r} is a {found.model_type!r} model, which looks at no pictures; choose "
            f"an image-text-to-text model, such as 'hf:{fit.KNOWN[3].repository}'"
        )


def _check_template(name: Name, processor: Any) -> None:
    if not processor.chat_template:  # older checkpoints keep it with the tokenizer
        processor.chat_template = getattr(processor.tokenizer, "chat_template", None)
    if not processor.chat_template:
        raise SetupError(f"{name.title!r} has no chat template; choose an instruction-tuned model")


@contextlib.contextmanager
def _quiet() -> Any:
    """Keep progress bars and advice out of a terminal that shows a conversation."""
    from transformers.utils import logging as told

    level, bars = told.get_verbosity(), told.is_progress_bar_enabled()
    told.set_verbosity_error()
    told.disable_progress_bar()
    try:
        yield
    finally:
        told.set_verbosity(level)
        if bars:
            told.enable_progress_bar()


@contextlib.contextmanager
def _told(name: Name) -> Any:
    """Turn what Transformers raises at a broken checkpoint into one line."""
    try:
        yield
    except SetupError:
        raise
    except torch.OutOfMemoryError as error:
        raise SetupError(f"{name.title!r} does not fit beside what else is in memory") from error
    except ImportError as error:
        raise SetupError(f"{name.title!r} needs more installed: {_line(error)}") from error
    except Exception as error:
        raise SetupError(
            f"{name.title!r} cannot be loaded; get it again or choose another: {_line(error)}"
        ) from error


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:240]


def _weights(name: Name, found: Checkpoint, device: torch.device, *, tight: bool) -> Any:
    more: dict[str, Any] = {"dtype": _dtype(name, device, tight=tight)}
    accelerate = importlib.util.find_spec("accelerate") is not None
    if name.bits or found.quantised:
        more |= {"quantization_config": _quantised(name)} if name.bits else {}
        more["device_map"] = {"": device}
    elif accelerate and device.type != "cpu":
        more["device_map"] = {"": device}  # straight to the device, not through main memory
    if device.type == "cuda" and _has_flash(found):
        more["attn_implementation"] = "flash_attention_2"
    opened: Any = transformers.AutoModelForImageTextToText.from_pretrained(
        found.folder,
        local_files_only=True,
        trust_remote_code=name.trust,
        use_safetensors=True,
        output_loading_info=True,
        **more,
    )
    model, told = opened
    if told["missing_keys"]:
        missing = sorted(told["missing_keys"])
        raise SetupError(
            f"{name.title!r} is only partly here: {len(missing)} weights are missing, such as "
            f"{missing[0]!r}; get it again"
        )
    if "device_map" not in more:
        model = model.to(device)
    return model


def _make_greedy(model: Any) -> None:
    """Drop a checkpoint's sampling: the same question has the same answer."""
    own = model.generation_config
    model.generation_config = transformers.GenerationConfig(
        bos_token_id=own.bos_token_id,
        eos_token_id=own.eos_token_id,
        pad_token_id=own.pad_token_id,
    )


def _dtype(name: Name, device: torch.device, *, tight: bool) -> torch.dtype:
    if name.dtype:
        return getattr(torch, name.dtype)
    if device.type == "cpu":
        return torch.bfloat16 if tight else torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported():
        return torch.float16
    return torch.bfloat16


def _has_flash(found: Checkpoint) -> bool:
    from transformers.utils.import_utils import is_flash_attn_2_available

    if not is_flash_attn_2_available():
        return False
    config = transformers.AutoConfig.from_pretrained(found.folder, local_files_only=True)
    kind = transformers.AutoModelForImageTextToText._model_mapping.get(type(config), None)
    return bool(getattr(kind, "_supports_flash_attn", False))


def _quantised(name: Name) -> Any:
    if importlib.util.find_spec("bitsandbytes") is None:
        raise SetupError(f"'#{name.bits}bit' needs: pip install bitsandbytes accelerate")
    if name.bits == 8:
        return transformers.BitsAndBytesConfig(load_in_8bit=True)
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


class NoVideos(VideoProcessorMixin):
    """Stands where a processor wants one for videos, which need torchvision and we never show."""

    num_frames = None
    fps = None


def still(processor: Any) -> Any:
    """Return a processor's class for still pictures alone, which works without torchvision."""

    def check(self: Any, name: str, part: Any) -> Any:
        if isinstance(part, NoVideos):
            return NoVideos
        return processor.check_argument_for_proper_class(self, name, part)

    return type(processor.__name__, (processor,), {"check_argument_for_proper_class": check})


def _processor(found: Checkpoint, *, trust: bool) -> Any:
    from transformers.utils.import_utils import is_torchvision_available

    kind = _processor_class(found)
    if trust or kind is None or is_torchvision_available():
        return transformers.AutoProcessor.from_pretrained(
            found.folder, local_files_only=True, trust_remote_code=trust
        )
    made = still(kind)
    parts = [_part(part, found.folder) for part in made.get_attributes()]
    told, more = made.get_processor_dict(found.folder)
    return made.from_args_and_dict(parts, told, **more)


def _processor_class(found: Checkpoint) -> Any:
    """Return the class its files name, or else its family's; None where there is neither."""
    names: list[Any] = []
    for file in ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json"):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            told = json.loads((found.folder / file).read_text("utf-8"))
            names.append(told.get("processor_class"))
    kinds = [getattr(transformers, name, None) for name in names if isinstance(name, str)]
    if found.model_type in transformers.CONFIG_MAPPING:
        config = transformers.CONFIG_MAPPING[found.model_type]
        kinds.append(transformers.models.auto.PROCESSOR_MAPPING.get(config, None))
    return next((kind for kind in kinds if kind is not None), None)


def _part(name: str, folder: Path) -> Any:
    """Open a part of a processor by its name, all of them without torchvision."""
    if "video" in name:
        return NoVideos()
    if "image" in name:
        return transformers.AutoImageProcessor.from_pretrained(
            folder, local_files_only=True, backend="pil"
        )
    if "tokenizer" in name:
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return transformers.AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
