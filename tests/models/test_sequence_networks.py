"""Nets for sequences and trees: one harness, and each against the same computed in numpy."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.special import expit as sigmoid
from scipy.special import softmax

from dlviz_models.data.treebank import parse
from dlviz_models.layers.text import Text
from dlviz_models.networks import network
from dlviz_models.networks.sequence_networks import SEQUENCE_NETWORKS
from dlviz_models.tasks.trees import side_accuracy, tree_arrays

RANDOM = np.random.default_rng(0)
TOKENS = np.array([[4, 5, 6, 7], [5, 5, 0, 0]])
TARGETS = np.array([[2, 4, 5], [2, 6, 0]])
TREES = [parse("(3 (2 a) (4 (1 b) (4 (2 c) (0 d))))"), parse("(1 (0 (2 b) (1 x)) (3 a))")]
WORDS = ("a", "b", "c", "d")
NODES: dict[str, np.ndarray] = tree_arrays(TREES, Text(WORDS, "words")).x  # type: ignore[assignment]
PAIR = {"source": TOKENS, "target": TARGETS}
TINY: dict[str, tuple[dict[str, Any], Any]] = {
    "rnn": ({"vocabulary": "acgt", "units": (5, 4), "bidirectional": True, "dropout": 0.1}, TOKENS),
    "conv1d": ({"vocabulary": "acgt", "widths": (2, 3), "filters": 3}, TOKENS),
    "m5": ({"input_shape": (400, 1), "filters": (4, 3)}, RANDOM.normal(size=(2, 400, 1))),
    "seq2seq": ({"units": (6, 5), "attention": "bahdanau", "embedding": 4, "dropout": 0.1}, PAIR),
    "transformer": ({"blocks": 1, "width": 8, "hidden": 6}, PAIR),
    "tree_rnn": ({"vocabulary": WORDS, "units": 4}, NODES),
    "rntn": ({"vocabulary": WORDS, "units": 4}, NODES),
    "tree_lstm": ({"vocabulary": WORDS, "units": 4, "embedding": 3}, NODES),
    "denoiser": ({"filters": 4, "window": 16, "step": 8, "units": 3}, RANDOM.normal(size=(2, 64, 1))),
}


def numbers(tensor: Any) -> np.ndarray:
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("spec", SEQUENCE_NETWORKS, ids=lambda spec: spec.name)
def test_builds_fits_saves_and_loads(spec: Any, tmp_path: Path) -> None:
    options, x = TINY[spec.name]
    model = spec.build(**options)
    y = numbers(model(x))
    wanted = np.zeros(y.shape[:-1], int) if spec.name != "denoiser" else np.zeros_like(y)
    loss = "mse" if spec.name == "denoiser" else "sparse_categorical_crossentropy"
    model.compile("sgd", loss, run_eagerly=True)
    losses = [model.train_on_batch(x, wanted) for _ in range(2)]
    assert np.isfinite(losses).all()
    changed = numbers(model(x))
    assert not np.array_equal(changed, y)
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert np.array_equal(numbers(again(x)), changed)
    if spec.name != "denoiser":
        assert np.allclose(y.sum(axis=-1), 1, atol=1e-5)
        assert [layer.name for layer in model.layers[-2:]] == ["logits", "probabilities"]


@pytest.mark.parametrize("spec", SEQUENCE_NETWORKS, ids=lambda spec: spec.name)
def test_listed_as_built(spec: Any) -> None:
    model = spec.build()
    assert spec.parameters == model.count_params()
    assert model.inputs[0].shape[1:] == spec.input_shape
    assert model.name == spec.name
    assert spec.summary.endswith(".")
    assert any(mark in spec.paper for mark in ("DOI 10.", "arXiv ", "https://", "ICML"))


def test_simple_cell() -> None:
    model = network("rnn").build(input_shape=(5, 3), units=(4,), cell="simple")
    x, h = RANDOM.normal(size=(5, 3)), np.zeros(4)
    w, u, b = model.get_layer("rnn1").get_weights()
    for step in x:
        h = np.tanh(step @ w + h @ u + b)
    assert np.allclose(keras.Model(model.input, model.get_layer("rnn1").output)(x[None])[0], h, atol=1e-5)


def test_lstm_cell() -> None:
    model = network("rnn").build(input_shape=(5, 3), units=(4,), cell="lstm")
    x, h, c = RANDOM.normal(size=(5, 3)), np.zeros(4), np.zeros(4)
    w, u, b = model.get_layer("rnn1").get_weights()
    for step in x:
        i, f, g, o = np.split(step @ w + h @ u + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    assert np.allclose(keras.Model(model.input, model.get_layer("rnn1").output)(x[None])[0], h, atol=1e-5)


def test_gru_cell_in_both_directions() -> None:
    model = network("rnn").build(input_shape=(5, 3), units=(4,), cell="gru", bidirectional=True)
    x = RANDOM.normal(size=(5, 3))
    weights = model.get_layer("rnn1").get_weights()
    ends = []
    for (w, u, (b, d)), steps in ((weights[:3], x), (weights[3:], x[::-1])):
        h = np.zeros(4)
        for step in steps:
            (z, r, n), (uz, ur, un) = np.split(step @ w + b, 3), np.split(h @ u + d, 3)
            z, r = sigmoid(z + uz), sigmoid(r + ur)
            h = z * h + (1 - z) * np.tanh(n + r * un)
        ends.append(h)
    got = keras.Model(model.input, model.get_layer("rnn1").output)(x[None])[0]
    assert np.allclose(got, np.concatenate(ends), atol=1e-5)


@pytest.mark.parametrize("name", ["rnn", "seq2seq", "transformer", "tree_lstm"])
def test_padding_changes_nothing(name: str) -> None:
    options, x = TINY[name]
    model = network(name).build(**options)
    before = numbers(model(x))
    if name == "rnn":
        assert np.allclose(model(np.pad(x, [(0, 0), (0, 2)])), before, atol=1e-5)
    elif name == "tree_lstm":
        padded = tree_arrays([*TREES, parse("(1 (0 (0 (1 a) (1 a)) (1 a)) (1 (1 a) (1 a)))")], Text(WORDS, "words")).x
        after = numbers(model(padded))[:2]  # five leaves now: inner nodes stand one place later
        assert np.allclose(after[:, 5:8], before[:, 4:7], atol=1e-5)
    else:
        after = numbers(model({**x, "source": np.pad(x["source"], [(0, 0), (0, 3)])}))
        assert np.allclose(after, before, atol=1e-5)


@pytest.mark.parametrize("name", ["seq2seq", "transformer"])
def test_no_peeking(name: str) -> None:
    """What comes later in the target does not change what is answered before; what stands in the source does."""
    model = network(name).build(**TINY[name][0])
    before = numbers(model(PAIR))
    later = numbers(model({**PAIR, "target": np.array([[2, 4, 9], [2, 7, 7]])}))
    assert np.allclose(later[0, :2], before[0, :2], atol=1e-6)
    assert np.allclose(later[1, :1], before[1, :1], atol=1e-6)
    assert not np.allclose(later[0, 2], before[0, 2], atol=1e-6)
    other = numbers(model({**PAIR, "source": np.array([[4, 5, 6, 8], [5, 6, 0, 0]])}))
    assert not np.allclose(other[:, 0], before[:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "options", "layers"),
    [
        ("seq2seq", {"attention": "luong"}, {"attention": 1}),
        ("seq2seq", {"attention": "bahdanau", "reverse": False}, {"attention": 1}),
        (
            "transformer",
            {"blocks": 1, "norm": "after"},
            {"encoder1_attention": 4, "decoder1_self_attention": 4, "decoder1_attention": 4},
        ),
    ],
)
def test_attention_rows_sum_to_one(name: str, options: dict[str, Any], layers: dict[str, int]) -> None:
    model = network(name).build(**options)
    outputs = keras.Model(model.inputs, {layer: model.get_layer(layer).output for layer in layers})([TOKENS, TARGETS])
    for layer, heads in layers.items():
        weights = numbers(outputs[layer])
        assert weights.shape == (2, heads, 4 if "encoder" in layer else 3, 3 if "self" in layer else 4)
        assert np.allclose(weights.sum(axis=-1), 1, atol=1e-5)
        assert (weights >= 0).all()
        if "self" in layer:
            assert not np.triu(weights, 1).any()
        else:
            assert not weights[1, ..., 2:].any()  # padding


def test_attention_of_heads_against_keras() -> None:
    ours = network("transformer").build(blocks=1, width=8, heads=2)
    weights, mixture = ours.get_layer("decoder1_attention"), ours.get_layer("decoder1_attention_mixture")
    theirs = keras.layers.MultiHeadAttention(2, 4, use_bias=False)
    q, v = RANDOM.normal(size=(1, 3, 8)).astype("float32"), RANDOM.normal(size=(1, 5, 8)).astype("float32")
    theirs.build(q.shape, v.shape)
    theirs.set_weights([*weights.get_weights(), *mixture.get_weights()])
    expected, expected_weights = theirs(q, v, return_attention_scores=True)
    attention = weights(q, v, np.ones((1, 5), bool))
    assert np.allclose(attention, expected_weights, atol=1e-5)
    assert np.allclose(mixture(attention, v), expected, atol=1e-5)


def test_alignment_scores() -> None:
    q, k = RANDOM.normal(size=(1, 2, 3)).astype("float32"), RANDOM.normal(size=(1, 4, 3)).astype("float32")
    model = network("seq2seq").build(units=(3,), attention="luong")
    luong = model.get_layer("attention")
    assert np.allclose(
        luong(q, k, np.ones((1, 4), bool))[0, 0], softmax(q[0] @ luong.kernel @ k[0].T, axis=1), atol=1e-5
    )
    bahdanau = network("seq2seq").build(units=(3,), attention="bahdanau").get_layer("attention")
    w, u, v = bahdanau.get_weights()
    scores = [[(np.tanh(one @ w + other @ u) @ v)[0] for other in k[0]] for one in q[0]]
    assert np.allclose(bahdanau(q, k, np.ones((1, 4), bool))[0, 0], softmax(scores, axis=1), atol=1e-5)


def test_sine_positions() -> None:
    model = network("transformer").build(width=6, heads=2)
    got = numbers(model.get_layer("source_positions")(np.zeros((1, 9, 6), "float32")))[0]
    for t in range(9):
        for i in range(3):
            angle = t / 10_000 ** (2 * i / 6)
            assert got[t, 2 * i : 2 * i + 2] == pytest.approx([np.sin(angle), np.cos(angle)], abs=1e-5)


def test_source_is_read_from_its_end() -> None:
    forwards = network("seq2seq").build(reverse=False, units=(4,))
    backwards = network("seq2seq").build(reverse=True, units=(4,))
    backwards.set_weights(forwards.get_weights())
    one = forwards([TOKENS[:1], TARGETS[:1]])
    assert np.allclose(backwards([TOKENS[:1, ::-1], TARGETS[:1]]), one, atol=1e-6)
    assert not np.allclose(backwards([TOKENS[:1], TARGETS[:1]]), one, atol=1e-6)


@pytest.mark.parametrize("name", ["tree_rnn", "rntn", "tree_lstm"])
def test_trees_against_a_recursion(name: str) -> None:
    """Each node by the paper's formula, from a tree written as nested tuples, one node after the other."""
    model = network(name).build(vocabulary=WORDS, units=4)
    model.get_layer("embedding").set_weights([RANDOM.normal(size=model.get_layer("embedding").get_weights()[0].shape)])
    vectors = dict(zip(("", "?", "[", "]", *WORDS), model.get_layer("embedding").get_weights()[0], strict=True))
    cell = {variable.name: numbers(variable) for variable in model.get_layer("cell").weights}

    def leaf(word: str) -> tuple[np.ndarray, np.ndarray]:
        x = vectors.get(word, vectors["?"])
        if name != "tree_lstm":
            return np.tanh(x), x
        i, o, u = np.split(x @ cell["leaf_kernel"] + cell["leaf_bias"], 3)
        c = sigmoid(i) * np.tanh(u)
        return sigmoid(o) * np.tanh(c), c

    def node(tree: Any) -> tuple[np.ndarray, np.ndarray]:
        if isinstance(tree, str):
            return leaf(tree)
        (a, c_a), (b, c_b) = map(node, tree)
        both = np.concatenate([a, b])
        linear = both @ cell["kernel"] + cell["bias"]
        if name == "rntn":
            linear = linear + [both @ cell["tensor"][:, k] @ both for k in range(4)]
        if name != "tree_lstm":
            return np.tanh(linear), linear
        i, f_a, f_b, o, u = np.split(linear, 5)
        c = sigmoid(i) * np.tanh(u) + sigmoid(f_a) * c_a + sigmoid(f_b) * c_b
        return sigmoid(o) * np.tanh(c), c

    first, second = numbers(keras.Model(model.inputs, model.get_layer("cell").output)(NODES))
    for got, tree in (
        (first[0], "a"),
        (first[4], ("c", "d")),
        (first[5], ("b", ("c", "d"))),
        (first[6], ("a", ("b", ("c", "d")))),
        (second[4], ("b", "x")),
        (second[5], (("b", "x"), "a")),
    ):
        assert np.allclose(got, node(tree)[0], atol=1e-5)


def test_side_accuracy() -> None:
    probabilities = np.array(
        [[0.1, 0.3, 0.2, 0.3, 0.1], [0.4, 0, 0.1, 0.5, 0], [0.2, 0.1, 0.3, 0.1, 0.3], [1, 0, 0, 0, 0]]
    )
    assert side_accuracy(probabilities, np.array([2, 4, 0, 1])) == pytest.approx(2 / 3)


def test_conv1d_finds_a_planted_motif() -> None:
    """A filter that is the motif answers most where it stands; the pool keeps that answer."""
    model = network("conv1d").build(vocabulary="ACGT", widths=(4,), filters=1, classes=2)
    kernel = np.zeros((4, 8, 1))
    for place, base in enumerate("GATC"):
        kernel[place, 4 + "ACGT".index(base)] = 1
    model.get_layer("conv1").set_weights([kernel, np.zeros(1)])
    maps = keras.Model(model.input, [model.get_layer("conv1").output, model.get_layer("pool1").output])
    activation, pooled = maps(model.get_layer("text").encode(["AAGATCTTAGATT"]))
    assert int(np.argmax(activation[0])) == 3  # "same" padding: one base to the left of the window
    assert float(pooled[0, 0]) == 4
