# pyright: basic, reportMissingImports=false
"""What is refused before, or while, a model is loaded; always in one line that says what to do."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from empathy_agent.errors import SetupError
from empathy_agent.models.local import fit, open_local
from empathy_agent.models.local.checkpoint import inspect
from empathy_agent.models.local.fit import KNOWN, Room, need
from empathy_agent.models.local.name import Name, read_name
from tests.tiny_models import build, save


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save("llava", tmp_path_factory.mktemp("whole"))


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "copy")


def config(folder: Path, **changed: object) -> None:
    path = folder / "config.json"
    told = json.loads(path.read_text("utf-8")) | changed
    path.write_text(json.dumps(told), encoding="utf-8")


def write(path: Path, told: object) -> None:
    path.write_text(json.dumps(told), encoding="utf-8")


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04N.")


def leave_out(folder: Path, start: str) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    kept = {key: value for key, value in load_file(path).items() if start not in key}
    save_file(kept, path, metadata={"format": "pt"})


def resize(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    weights = load_file(path)
    key = next(key for key in weights if key.endswith("q_proj.weight"))
    save_file({**weights, key: weights[key][:4].clone()}, path, metadata={"format": "pt"})


def index(folder: Path) -> None:
    files = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors").rename(folder / files["a"])
    told = json.dumps({"metadata": {}, "weight_map": files})
    (folder / "model.safetensors.index.json").write_text(told, encoding="utf-8")


def header(folder: Path, text: bytes) -> None:
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)


@dataclass(frozen=True)
class Case:
    id: str
    harm: Callable[[Path], object]
    told: str


CASES = [
    Case("no config", lambda at: (at / "config.json").unlink(), "there is no config.json"),
    Case("a broken config", lambda at: cut(at / "config.json", 40), "config.json cannot be read"),
    Case("a list", lambda at: (at / "config.json").write_text("[]"), "holds no object"),
    Case("no family", lambda at: config(at, model_type=None), "has no model_type"),
    Case("pickled", pickle, "pickled weights"),
    Case("no weights", lambda at: (at / "model.safetensors").unlink(), "only partly here"),
    Case("cut off", lambda at: cut(at / "model.safetensors", 9000), "damaged or cut off"),
    Case("empty", lambda at: cut(at / "model.safetensors", 0), "damaged or cut off"),
    Case("noise", lambda at: header(at, b"not json"), "damaged or cut off"),
    Case("odd header", lambda at: header(at, b'{"a": {"dtype": "F32"}}'), "damaged or cut off"),
    Case("a web page", lambda at: (at / "model.safetensors").write_text("<html>"), "damaged"),
    Case("half of the files", index, "1 of 2 files are missing, such as 'model-00002"),
    Case("some weights", lambda at: leave_out(at, "lm_head"), "1 weights are missing"),
    Case("another size", resize, "cannot be loaded"),
    Case("no tokenizer", lambda at: (at / "tokenizer.json").unlink(), "cannot be loaded"),
    Case("no processor", lambda at: (at / "processor_config.json").unlink(), "cannot be loaded"),
    Case("no template", lambda at: (at / "chat_template.jinja").unlink(), "no chat template"),
    Case("words alone", lambda at: config(at, model_type="llama"), "looks at no pictures"),
    Case("new", lambda at: config(at, model_type="qwen9"), "upgrade: pip install -U"),
    Case(
        "own code",
        lambda at: config(at, model_type="mine", auto_map={"AutoModel": "mine.Mine"}),
        "runs code of its own.*#trust",
    ),
]


@pytest.mark.parametrize("place", ["chat_template.json", "tokenizer_config.json"])
def test_the_files_of_older_checkpoints_are_read(place: str, whole: Path, copy: Path) -> None:
    views = [Image.new("RGB", (60, 40), "teal")]
    told = open_local(str(whole)).score(views, "What is it?", ["a face", "no"])
    settings = json.loads((copy / "processor_config.json").read_text("utf-8"))
    pictures = {**settings.pop("image_processor"), "image_processor_type": "CLIPImageProcessorFast"}
    write(copy / "preprocessor_config.json", pictures)
    write(copy / "processor_config.json", settings)
    template = (copy / "chat_template.jinja").read_text("utf-8")
    (copy / "chat_template.jinja").unlink()
    found = json.loads((copy / place).read_text("utf-8")) if (copy / place).exists() else {}
    write(copy / place, {**found, "chat_template": template})
    model = open_local(str(copy))
    assert model.score(views, "What is it?", ["a face", "no"]) == pytest.approx(told, abs=1e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_checkpoint_that_is_none_is_told_in_one_line(case: Case, copy: Path) -> None:
    case.harm(copy)
    with pytest.raises(SetupError, match=case.told) as caught:
        open_local(str(copy)).loaded()
    assert "\n" not in str(caught.value)
    assert "copy" in str(caught.value)


def test_a_folder_is_looked_at_when_it_is_named_and_not_loaded(copy: Path) -> None:
    pickle(copy)
    with pytest.raises(SetupError, match="pickled weights"):
        open_local(str(copy))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no folder"):
        open_local(str(tmp_path / "nowhere"))


def test_a_repository_that_is_not_here_says_how_to_get_it() -> None:
    model = open_local("nobody/nothing-4B")
    with pytest.raises(SetupError, match="HF_HUB_OFFLINE=0 hf download nobody/nothing-4B"):
        model.score([], "What is it?", ["yes"])


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(SetupError, match="neither a folder nor a repository's name"):
        open_local("what is this??").loaded()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("org/model#4bits", "did you mean '4bit'"),
        ("org/model#4bit,8bit", "choose one of"),
        ("org/model#4bit,bf16", "choose one of"),
        ("#4bit", "name a folder or a repository"),
        ("", "name a folder or a repository"),
    ],
)
def test_a_word_after_the_name_that_means_nothing_is_told(text: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        open_local(text)


def test_the_words_after_a_name_are_read() -> None:
    assert read_name("org/model") == Name("org/model")
    assert read_name("org/model#4bit, trust") == Name("org/model", bits=4, trust=True)
    assert read_name("./here#bf16") == Name("./here", dtype="bfloat16")
    assert read_name("/models/Qwen").title == "Qwen"
    assert read_name("org/model").title == "org/model"


def test_quantising_says_what_to_install(copy: Path) -> None:
    import importlib.util

    if importlib.util.find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed")
    with pytest.raises(SetupError, match="pip install bitsandbytes accelerate"):
        open_local(f"{copy}#4bit").loaded()


def test_a_header_tells_the_size_without_loading(whole: Path) -> None:
    model, _ = build("llava")
    found = inspect(whole, "whole")
    assert found.model_type == "llava"
    assert found.parameters == sum(weight.numel() for weight in model.parameters())
    assert found.stored == 4 * found.parameters


def test_a_model_that_will_not_fit_is_refused_before_it_is_loaded(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "room", lambda: Room("cpu", 4e8, 4))
    with pytest.raises(SetupError, match=r"needs 0.5 GB and 0.4 GB are free on cpu; no known"):
        open_local(str(copy)).loaded()


def test_what_is_told_to_fit_instead_fits() -> None:
    for free in (2e9, 8e9, 24e9):
        room = Room("cuda:0", free, 2)
        told = fit.largest(room)
        assert told is not None
        assert need(told.parameters, 2) <= free
        with pytest.raises(SetupError, match="would") as caught:
            fit.check("org/huge", 1e12, 2, room)
        assert told.repository in str(caught.value)
    with pytest.raises(SetupError, match="'hf:org/model#4bit' would"):
        fit.check("org/model", 8e9, 2, Room("cuda:0", 12e9, 2))
    fit.check("org/model", 8e9, 2, Room("cuda:0", 24e9, 2))


def test_known_models_stand_from_small_to_large() -> None:
    sizes = [known.parameters for known in KNOWN]
    assert sizes == sorted(sizes)


def test_this_machine_has_room() -> None:
    room = fit.room()
    assert room.free > 1e6
    assert room.device
