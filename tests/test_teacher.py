"""A larger encoder that rates texts nobody rated, on a small one built here."""

import json
from pathlib import Path

import pytest

from empathy_agent.errors import SetupError
from empathy_agent.training.teacher import Teacher, main, unrated
from empathy_agent.training.words import Row, load, mixed, polished
from tests.test_training_words import corpus

WORDS = ("good", "bad", "day", "a", "so", "happy", "awful", "such", "bright", "and")
RATED = [
    Row(f"{before} {word} day", "train", dimensions=(sign * 0.8, 0.1, sign * 0.4))
    for before in ("a", "such a", "so")
    for word, sign in (("good", 1), ("happy", 1), ("bad", -1), ("awful", -1))
] * 8


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an encoder with one layer that knows ten words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("small")
    vocabulary = {
        word: at for at, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    }
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # pyright: ignore[reportAttributeAccessIssue]
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
    ).save_pretrained(folder)
    return folder


def test_it_learns_what_is_rated_and_rates_what_is_not(small: Path) -> None:
    teacher = Teacher(small)
    teacher.learn(RATED, epochs=20, rate=2e-3)
    good, bad = teacher.rate(["happy and good", "bad and awful"])

    assert good[0] > 0.2 > -0.2 > bad[0]
    assert good[2] > bad[2]


def test_no_encoder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="--model"):
        Teacher(tmp_path)


def test_unrated_are_comments_that_teach_and_short_texts_of_ours(tmp_path: Path) -> None:
    rows = load(corpus(tmp_path))
    texts = unrated(rows, ["a short one", "word " * 41])

    assert "a short one" in texts
    assert not any(text.startswith("word") for text in texts)
    assert {row.text for row in rows if row.split == "train" and row.labels} <= set(texts)
    assert not {row.text for row in rows if row.split != "train"} & set(texts)


def test_opinions_are_written_and_teach(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = corpus(tmp_path / "data"), tmp_path / "opinions.jsonl"
    bank = folder / "text/emobank/emobank_train_dev.csv"
    more = "".join(f"t{at},train,{1 + at % 5},3,{1 + at % 3},a day\n" for at in range(30))
    bank.write_text(bank.read_text(encoding="utf-8") + more + "c,dev,5,1,2,good\n")
    main(["--data", str(folder), "--model", str(small), "--out", str(out), "--epochs", "1"])
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    rows = load(folder, opinions=out)
    given = [row for row in rows if row.opinion is not None]

    assert "r of valence" in capsys.readouterr().err
    assert all(len(each["opinion"]) == 3 for each in lines)
    assert len(given) == len(lines)
    assert not [row for row in given if row.dimensions is not None or row.split != "train"]
    taught = {row.text for row in given if row.labels is None}
    assert taught
    assert taught <= {row.text for row in polished(rows)}
    assert taught <= {row.text for row in mixed(rows)}


@pytest.mark.parametrize("text", ["no json", '{"text": "x"}', "[1]"])
def test_a_file_that_holds_no_opinions_is_one_clear_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "opinions.jsonl"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SetupError, match=r"teacher\.py"):
        load(corpus(tmp_path / "data"), opinions=file)
