"""The shipped networks for sequences and trees do what their cards say, opened as anybody's file is."""

import keras
import numpy as np
import pytest

from dlviz.inspect import load_network
from dlviz_models.data.datasets import open_dataset
from dlviz_models.data.treebank import parse
from dlviz_models.decoding import beam, greedy
from dlviz_models.tasks.trees import root_places, side_accuracy, tree_arrays
from dlviz_models.zoo import zoo


def opened(name: str) -> keras.Model:
    return load_network(zoo()[name].path)[0]


@pytest.mark.parametrize("name", ["sums", "dates"])
def test_writes_what_its_card_says(name: str) -> None:
    data = open_dataset(name)
    test = [data.test.sample(number) for number in range(120)]
    model = opened(name)
    source = model.get_layer("source_text").encode(text.text for text in test)
    written = model.get_layer("target_text").decode(greedy(model, source, 12))
    right = np.mean([text == asked.target for text, asked in zip(written, test, strict=True)])
    accuracy = zoo()[name].card.accuracy
    assert accuracy is not None
    assert accuracy >= 0.98
    assert right == pytest.approx(accuracy, abs=3 * np.sqrt(0.02 * 0.98 / 120))
    likeliest = [best[0].tokens for best in beam(model, source[:20], 12, 4)]
    assert model.get_layer("target_text").decode(np.array(likeliest)) == [asked.target for asked in test[:20]]


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("sums", {"attention": 1}),
        ("dates", {"encoder1_attention": 4, "decoder2_self_attention": 4, "decoder2_attention": 4}),
    ],
)
def test_attention_can_be_looked_at(name: str, layers: dict[str, int]) -> None:
    model = opened(name)
    source = model.get_layer("source_text").encode(["12+34"])
    target = model.get_layer("target_text").encode(["46"], start=True)
    for layer, heads in layers.items():
        weights = np.asarray(keras.Model(model.inputs, model.get_layer(layer).output)([source, target]))
        shape = (5 if "encoder" in layer else 3, 3 if "self" in layer else 5)
        assert weights.shape == (1, heads, *shape)
        assert np.allclose(weights.sum(axis=-1), 1, atol=1e-5)


def test_tells_good_from_bad() -> None:
    tree = "({0} (2 It) ({0} (2 's) ({0} (2 a) ({0} ({0} {1}) (2 film)))))"
    judged = [("wonderful", 3), ("beautiful", 3), ("brilliant", 4), ("terrible", 1), ("boring", 1), ("stupid", 1)]
    model = opened("tree_lstm")
    part = tree_arrays([parse(tree.format(label, word)) for word, label in judged], model.get_layer("words_text"))
    roots = np.asarray(model(part.x))[np.arange(len(judged)), root_places(part)]
    assert side_accuracy(roots, np.array([label for _, label in judged])) == 1


def test_small() -> None:
    assert sum(zoo()[name].path.stat().st_size for name in ("sums", "dates", "tree_lstm")) < 4_000_000
