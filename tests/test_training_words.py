from difflib import SequenceMatcher
from pathlib import Path
from random import Random

import numpy as np
import pytest

from empathy_agent.affect import Emotion
from empathy_agent.errors import SetupError
from empathy_agent.models.embedder import MiniLM
from empathy_agent.models.wordnet import LABELS, WordNet, unpacked
from empathy_agent.perception.surface import features, plain, words_of
from empathy_agent.training.adapt import Adapted, Alone, Examples, Recipe, fit, lower, scores
from empathy_agent.training.fitting import beside, blended, calibrate_labels, table
from empathy_agent.training.noise import EMOJI, mistyped, noisy
from empathy_agent.training.packing import export, joined, mean_of, restore
from empathy_agent.training.phrases import phrases
from empathy_agent.training.words import Row, load, mixed, polished, train
from tests.unseen_words import UNSEEN

PRIOR = np.full(len(LABELS), 0.05, np.float32)
JOY, SADNESS = LABELS.index("joy"), LABELS.index("sadness")


def corpus(folder: Path) -> Path:
    """Write a corpus of the shape that the real ones have."""
    comments, bank = folder / "text/goemotions/original", folder / "text/emobank"
    comments.mkdir(parents=True)
    bank.mkdir(parents=True)
    (comments / "labels.txt").write_text("\n".join(LABELS), encoding="utf-8")
    lines = [f"so happy {index}\t{JOY},27\tid{index}\n" for index in range(100)]
    (comments / "train.tsv").write_text("".join(lines), encoding="utf-8")
    (comments / "dev.tsv").write_text(f"“so sad”\t{SADNESS}\tid0\n", encoding="utf-8")
    (bank / "emobank_train_dev.csv").write_text(
        'id,split,V,A,D,text\na,train,5,3,1,"Bright, and ""good"""\nb,dev,1,3,3,Bad\n',
        encoding="utf-8",
    )
    return folder


def test_a_corpus_is_read_with_its_labels_and_dimensions(tmp_path: Path) -> None:
    rows = load(corpus(tmp_path))
    assert len(rows) == 103
    assert rows[0].labels == ("joy", "neutral")
    assert rows[100] == Row("“so sad”", "dev", ("sadness",))
    assert rows[101].text == 'Bright, and "good"'
    assert rows[101].dimensions == (1, 0, -1)
    assert rows[102].split == "dev"


def test_the_same_texts_are_held_out_every_time(tmp_path: Path) -> None:
    folder = corpus(tmp_path)
    held = [row for row in load(folder) if row.split == "held"]
    assert held == [row for row in load(folder) if row.split == "held"]
    assert 0 < len(held) < 25


def test_rated_sentences_are_read_where_their_folder_is_given(tmp_path: Path) -> None:
    ratings = tmp_path / "hutto_ICWSM_2014"
    ratings.mkdir()
    for name in ("amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets"):
        lines = f"1\t-2.5\t{name}: awful &amp; slow\n2\t1.5\t{name}:\tgood\n"
        (ratings / f"{name}_GroundTruth.txt").write_text(lines, encoding="utf-8")
    rows = load(corpus(tmp_path), ratings)[103:]
    assert len(rows) == 8
    assert rows[0] == Row("amazonReviewSnippets: awful & slow", "train", sentiment=-2.5)
    assert rows[1].text == "amazonReviewSnippets:\tgood"


def test_a_folder_without_ratings_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="point --ratings at hutto_ICWSM_2014"):
        load(corpus(tmp_path), tmp_path)


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="point --data at the folder"):
        load(tmp_path)


def test_every_label_is_shared_among_the_eight() -> None:
    shares = table()
    assert shares.shape == (len(LABELS), len(Emotion))
    assert shares.sum(axis=1) == pytest.approx(1)


def test_the_sentences_of_ours_have_known_labels_and_no_doubles() -> None:
    said = list(phrases())
    assert len(said) > 300
    assert {label for _, labels in said for label in labels} <= set(LABELS)
    assert all(labels and text.strip() == text for text, labels in said)
    assert len({text for text, _ in said}) == len(said)


def test_no_sentence_of_ours_is_what_is_measured() -> None:
    taught = {run for text, _ in phrases() for run in runs_of(text)}
    shared = {
        case.text: sorted(runs_of(case.text) & taught)
        for case in UNSEEN
        if case.kind != "emoji" and runs_of(case.text) & taught
    }
    assert shared == {}


def runs_of(text: str) -> set[str]:
    words = words_of(plain(text))
    return {" ".join(words[start : start + 5]) for start in range(len(words) - 4)}


def test_calibration_undoes_a_scale_and_a_shift() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(-1, 2, (4000, 3)).astype(np.float32)
    truth = (rng.random(true.shape) < 1 / (1 + np.exp(-true))).astype(np.float32)
    raw = (true / 3 + 1).astype(np.float32)
    slope, offset = calibrate_labels(raw, truth)
    fitted = raw * slope + offset
    assert np.abs(1 / (1 + np.exp(-fitted)) - 1 / (1 + np.exp(-true))).mean() < 0.03


def taught() -> Examples:
    texts = [f"{word} number {index}" for index in range(60) for word in ("glad", "gloomy")]
    labels = np.zeros((len(texts), len(LABELS)), np.float32)
    labels[0::2, JOY] = 1
    labels[1::2, SADNESS] = 1
    none = np.full((len(texts), 4), np.nan, np.float32)
    return Examples([[1]] * len(texts), [features(text) for text in texts], labels, none)


def test_a_bag_of_words_learns_what_it_is_taught() -> None:
    bag, examples = Alone(PRIOR), taught()
    labels = np.clip(examples.labels, 0.01, 1)
    fit(
        bag,
        Examples(examples.pieces, examples.features, labels, examples.dimensions),
        [[0]] * 120,
        Recipe(epochs=20, batch=20),
        lambda line: None,
        prior=PRIOR,
    )
    said = scores(bag, [features("a glad one"), features("a gloomy one")], [[0], [0]])
    assert said[0, JOY] > said[0, SADNESS]
    assert said[1, SADNESS] > said[1, JOY]


def calibrated_as_is() -> dict[str, np.ndarray]:
    same = {
        f"{kind}.{name}": value
        for kind in ("alone", "whole")
        for name, value in {
            "slope": np.ones(len(LABELS)),
            "offset": np.zeros(len(LABELS)),
            "power": np.ones(()),
            "bias": np.zeros(len(Emotion)),
        }.items()
    }
    return same | {
        "eight.table": table(),
        "dimensions.centre": np.zeros(3),
        "dimensions.spread": np.ones(3),
        "low.weights": np.zeros((4 * 384, 3)),
        "low.offset": np.zeros(3),
    }


def test_the_exported_net_says_in_numpy_what_it_said_in_torch() -> None:
    import torch

    minilm = MiniLM()
    encoder = minilm.encoder()
    torch.manual_seed(0)
    alone, whole = Alone(PRIOR), Adapted(encoder, PRIOR, Recipe(rank=4))
    with torch.no_grad():
        for name, weight in whole.named_parameters():
            if name.endswith("up"):
                weight.normal_(0, 0.02)
        whole.bag.rows.weight.normal_(0, 0.3)
        whole.outer.weight.normal_(0, 0.2)
        whole.skip.weight.normal_(0, 0.02)
    texts = [plain("I'm so glad 🎉"), plain("nobody came to see me, and it was my birthday")]
    pieces = [encoder.pieces(text) for text in texts]
    given = [features(text) for text in texts]
    theirs = scores(whole, given, lower(encoder, pieces, lambda line: None))
    net = WordNet(export(alone, whole) | calibrated_as_is())
    found = net.read(given, minilm.states_of(texts), encoder)
    for mine, raw in zip(found, theirs, strict=True):
        # Torch multiplies in bfloat16 here, with three digits.
        assert np.abs(mine.labels - 1 / (1 + np.exp(-raw[:28]))).max() < 0.02
        assert np.abs(mine.dimensions - np.clip(raw[28:], -1, 1)).max() < 0.05


def test_two_nets_in_one_file_are_read_as_their_mean() -> None:
    import torch

    minilm = MiniLM()
    encoder = minilm.encoder()
    nets: list[dict[str, np.ndarray]] = []
    for seed in range(2):
        torch.manual_seed(seed)
        alone, whole = Alone(PRIOR), Adapted(encoder, PRIOR, Recipe(rank=4))
        with torch.no_grad():
            for weight in whole.parameters():
                weight.add_(torch.randn_like(weight) * 0.02)
        nets.append(export(alone, whole) | calibrated_as_is())
    file = joined(nets)
    for net, again in zip(nets, unpacked(file), strict=True):
        assert set(again) == set(net)
        assert again["layer3.mix.down"] == pytest.approx(net["layer3.mix.down"], abs=2e-3)
    assert file["net0.layer3.mix.down"].dtype == np.int8
    texts = ["I'm so glad", "nobody came to see me, and it was my birthday"]
    given, states = [features(text) for text in texts], minilm.states_of(texts)
    said = [WordNet(net).read(given, states, encoder) for net in nets]
    for mine, one, other in zip(WordNet(file).read(given, states, encoder), *said, strict=True):
        assert mine.labels == pytest.approx((one.labels + other.labels) / 2, abs=0.01)
        assert mine.eight.sum() == pytest.approx(1, abs=1e-5)
        assert mine.dimensions == pytest.approx((one.dimensions + other.dimensions) / 2, abs=0.01)
        assert np.abs(one.labels - other.labels).max() > 0.02


def test_a_net_goes_on_from_what_was_exported() -> None:
    import torch

    torch.manual_seed(0)
    encoder = MiniLM().encoder()
    first = Alone(PRIOR), Adapted(encoder, PRIOR, Recipe(rank=4))
    second = Alone(PRIOR), Adapted(encoder, PRIOR, Recipe(rank=4))
    with torch.no_grad():
        for weight in (*first[0].parameters(), *first[1].parameters()):
            weight.normal_(0, 0.05)
    written = export(*first)
    restore(written, *second)
    again = export(*second)
    assert set(again) == set(written)
    # The bag is in eight bits, so that a second rounding may move a value by one.
    assert all(np.allclose(again[name], written[name], atol=1.01) for name in written)
    exact = [name for name in written if written[name].dtype != np.int8]
    assert all(np.allclose(again[name], written[name], atol=1e-3) for name in exact)


def test_the_mean_of_two_runs_lies_between_them() -> None:
    import torch

    torch.manual_seed(0)
    encoder = MiniLM().encoder()
    alone, whole = Alone(PRIOR), Adapted(encoder, PRIOR, Recipe(rank=4))
    ends: list[dict[str, np.ndarray]] = []
    for value in (0.25, 0.75):
        with torch.no_grad():
            for weight in (*alone.parameters(), *whole.parameters()):
                weight.fill_(value)
        ends.append(export(alone, whole))
    restore(mean_of(ends), alone, whole)
    # What helps to learn and is not exported stays as it was.
    kept = [value for name, value in whole.named_parameters() if "sentiment" not in name]
    for weight in (*alone.parameters(), *kept):
        # The row that stands for no feature is no weight, and is left alone.
        flat = weight.detach().flatten()[: 16_384 * 31]
        assert np.allclose(flat.numpy(), 0.5, atol=0.01)


def test_the_first_stage_sees_everything_and_rated_texts_more_often() -> None:
    comments = [Row(f"what a wonderful morning {n}", "train", ("joy",)) for n in range(50)]
    bank = [Row(f"the report of number {n}", "train", dimensions=(0, 0, 0)) for n in range(9)]
    others = [Row(f"a good film {n}", "train", sentiment=1.0) for n in range(7)]
    unused = [Row("held out", "held", ("joy",)), Row("measured", "dev", dimensions=(0, 0, 0))]
    seen = mixed([*comments, *bank, *others, *unused])
    assert {row.split for row in seen} == {"train"}
    assert not {"held out", "measured"} & {row.text for row in seen}
    assert sum(row.dimensions is not None for row in seen) == 3 * len(bank)
    assert [row for row in seen if row.sentiment is not None] == others
    ours = sum(row.labels is not None for row in seen) - len(comments)
    assert ours == 5 * len(list(phrases()))
    assert mixed([*comments, *bank, *others]) == seen


def test_what_remains_is_the_mean_of_the_last_steps() -> None:
    examples = taught()
    bags: list[np.ndarray] = []
    for averaged in (0.0, 0.5, 1.0):
        bag = Alone(PRIOR)
        recipe = Recipe(epochs=20, batch=20, averaged=averaged)
        fit(bag, examples, [[0]] * 120, recipe, lambda line: None, prior=PRIOR)
        bags.append(np.abs(bag.rows.weight.detach().numpy()).max())
    # Weights start from zero and grow, so that an earlier mean is nearer to it.
    assert bags[0] > bags[1] > bags[2] > 0


def test_the_last_stage_sees_every_rated_text_and_ours_typed_badly() -> None:
    comments = [Row(f"what a wonderful morning {n}", "train", ("joy",)) for n in range(50)]
    bank = [Row(f"the report of number {n}", "train", dimensions=(0, 0, 0)) for n in range(9)]
    unused = [Row("held out", "held", ("joy",)), Row("measured", "dev", ("joy",))]
    seen = polished([*comments, *bank, *unused])
    assert sum(row.dimensions is not None for row in seen) == len(bank)
    assert {row.split for row in seen} == {"train"}
    assert not {"held out", "measured"} & {row.text for row in seen}
    assert len({row.text for row in seen}) > len({text for text, _ in phrases()}) + len(bank)
    assert polished([*comments, *bank]) == seen


def test_two_guesses_are_blended_on_the_scale_of_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1, (600, 3)).astype(np.float32)
    net = (truth / 2 + rng.normal(0, 0.5, truth.shape)).astype(np.float32)
    means = rng.normal(0, 1, (600, 4, 384)).astype(np.float32)
    means[:, 0, :3] = truth + rng.normal(0, 0.5, truth.shape)
    weights, offset = beside(means, truth)
    more = means.reshape(600, -1) @ weights + offset
    arrays = blended(net, more, truth, (weights, offset), (np.zeros(3), np.ones(3)))
    said = net + means.reshape(600, -1) @ arrays["low.weights"] + arrays["low.offset"]
    said = said * arrays["dimensions.spread"] + arrays["dimensions.centre"]
    assert ((said - truth) ** 2).mean() < ((net - truth) ** 2).mean() / 2


def test_noise_keeps_most_of_a_text_and_is_the_same_every_time() -> None:
    text = "honestly everything about this week went terribly wrong"
    once = [noisy(text, ("sadness",), Random(seed)) for seed in range(40)]
    assert once == [noisy(text, ("sadness",), Random(seed)) for seed in range(40)]
    assert len(set(once)) > 20
    kept = [SequenceMatcher(None, text, each.lower()).ratio() for each in once]
    assert min(kept) > 0.75
    assert any(each.isupper() for each in once)
    assert any(emoji in each for each in once for emoji in EMOJI["sadness"].split())
    assert mistyped("a bit of it", Random(0)) == "a bit of it"


@pytest.mark.slow
def test_training_teaches_and_its_weights_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    # A thousand sentences, seven times in each of two nets, would take minutes and show no more.
    monkeypatch.setattr("empathy_agent.training.words.phrases", lambda: list(phrases())[::25])
    glad = [
        Row(f"so glad and happy {n}", "held" if n < 8 else "train", ("joy",)) for n in range(80)
    ]
    bank = [Row(f"bank {n}", "train", dimensions=(n / 10, 0.1 * n, 0)) for n in range(-5, 6)]
    others = [Row(f"{label} {n}", "held", (label,)) for label in LABELS for n in range(2)]
    every = [Row(f"{label} it is {n}", "train", (label,)) for label in LABELS for n in range(3)]
    net = WordNet(train([*glad, *bank, *others, *every], Recipe(epochs=3)))
    [said] = net.read_alone([features(plain("so glad and happy"))])
    assert said.labels.argmax() == JOY
    assert list(Emotion)[int(said.eight.argmax())] is Emotion.HAPPINESS
