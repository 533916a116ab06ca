# pyright: basic, reportMissingImports=false
"""Opens a model by name, one that sees or one that only talks: checked, loaded once and shared.

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
from empathy_agent.models.local.find import find, line
from empathy_agent.models.local.name import Name

__all__ = ["Loaded", "NoVideos", "Words", "hold", "load", "look", "still"]

logger = logging.getLogger(__name__)

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
    sees: bool = True
    """Whether it looks at pictures, or reads and writes words alone."""
    shares: dict[Any, Any] = field(default_factory=dict)
    """What its users share besides, by type: who gathers questions, who writes for many."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while `shares` is changed."""


def load(name: Name, *, sees: bool = True) -> Loaded:
    """Return a model, loaded now or before by anybody in this process.

    Args:
        name: which model.
        sees: whether it has to look at pictures. A model that looks at pictures can talk too, and
            is then the same one.

    Raises:
        SetupError: it is not here, no such model, broken, or will not fit.
    """
    folder = _find(name)
    key = (folder.resolve(), name.bits, name.dtype, name.trust)
    with _LOADING:
        loaded = _SHARED.get(key)
        if loaded is None or (sees and not loaded.sees):
            found = inspect(folder, name.title)
            _check_kind(name, found, sees=sees)
            loaded = _SHARED[key] = _open(name, found)
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
        sees=hasattr(processor, "image_processor"),
    )


def look(name: Name, *, sees: bool) -> str:
    """Say what a name means, in a few words, without loading it.

    Raises:
        SetupError: as `load`, but for what only its weights tell.
    """
    found = inspect(_find(name), name.title)
    _check_kind(name, found, sees=sees)
    needs = _check_fit(name, found, fit.room())
    return f"{found.parameters / 1e9:.1f} billion weights, about {needs / 1e9:.1f} GB of memory"


def _find(name: Name) -> Path:
    return find(name, lambda folder: _check_index(name, folder))


def _check_index(name: Name, folder: Path) -> None:
    """Refuse a large model by its index, before gigabytes of it are fetched."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        index = json.loads((folder / "model.safetensors.index.json").read_text("utf-8"))
        space = fit.room()
        fit.check(name.where, index["metadata"]["total_size"] / 2, _bytes_each(name, space), space)


def _open(name: Name, found: Checkpoint) -> Loaded:
    space = fit.room()
    _check_fit(name, found, space)
    device = torch.device(space.device)
    with _quiet(), _told(name):
        processor = _processor(found, trust=name.trust)
        model = _weights(name, found, device, tight=_is_tight(found, space))
        _check_template(name, processor)
    logger.debug("loaded %s on %s", name.title, device)
    return hold(model, processor)


def _check_fit(name: Name, found: Checkpoint, space: fit.Room) -> float:
    """Return the bytes it needs.

    Raises:
        SetupError: they are more than there are.
    """
    numbers, each = float(found.parameters), _bytes_each(name, space)
    if found.quantised:
        numbers, each = float(found.stored), 1
    elif name.dtype is None and space.device == "cpu" and _is_tight(found, space):
        each = 2
    fit.check(name.title, numbers, each, space)
    return fit.need(numbers, each)


def _bytes_each(name: Name, space: fit.Room) -> float:
    if name.bits:
        return 0.6 if name.bits == 4 else 1.1  # the first layers and the scales stay wider
    return {"float32": 4, "bfloat16": 2, None: space.bytes_each}[name.dtype]


def _is_tight(found: Checkpoint, space: fit.Room) -> bool:
    return fit.need(found.parameters, 4) > space.free


def _check_kind(name: Name, found: Checkpoint, *, sees: bool) -> None:
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
    if _kind(found) is None:
        raise SetupError(
            f"{name.title!r} is a {found.model_type!r} model, which writes no answers; choose "
            "a text-generation model that follows instructions"
        )
    if sees and _kind(found) is not transformers.AutoModelForImageTextToText:
        raise SetupError(
            f"{name.title!r} is a {found.model_type!r} model, which looks at no pictures; choose "
            f"an image-text-to-text model, such as 'hf:{fit.KNOWN[3].repository}'"
        )


def _kind(found: Checkpoint) -> Any:
    """Return what opens a checkpoint; null where Transformers knows nothing of it that writes."""
    if found.model_type not in transformers.CONFIG_MAPPING:
        return transformers.AutoModelForImageTextToText  # with code of its own
    config = transformers.CONFIG_MAPPING[found.model_type]
    kinds = (transformers.AutoModelForImageTextToText, transformers.AutoModelForCausalLM)
    return next((each for each in kinds if config in each._model_mapping), None)


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
        raise SetupError(f"{name.title!r} needs more installed: {line(error)}") from error
    except Exception as error:
        raise SetupError(
            f"{name.title!r} cannot be loaded; get it again or choose another: {line(error)}"
        ) from error


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
    opened: Any = _kind(found).from_pretrained(
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
    kind = _kind(found)._model_mapping.get(type(config), None)
    return bool(getattr(kind, "_supports_flash_attn", False))


def _quantised(name: Name) -> Any:
    if importlib.util.find_spec("bitsandbytes") is None:
        raise SetupError(f"'#{name.bits}bit' needs: pip install bitsandbytes accelerate")
    if name.bits == 8:
        return transformers.BitsAndBytesConfig(load_in_8bit=True)
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


class Words:
    """Stands where a processor is looked for, of a model that reads words alone."""

    def __init__(self, tokenizer: Any) -> None:
        """Take its tokenizer, and the chat template with it."""
        self.tokenizer = tokenizer
        self.chat_template = tokenizer.chat_template


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

    if _kind(found) is transformers.AutoModelForCausalLM:
        return Words(_part("tokenizer", found.folder))
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
