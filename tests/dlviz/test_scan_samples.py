"""Top samples of any kind against brute force: each sample alone through a Keras model of its own."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlviz.feeding.groups import groups
from dlviz.network import Network
from dlviz.scan import Scan
from dlviz.scan.top_patches import scan_type
from dlviz_models.data.samples import ListedSamples, Numbers, Sample, Several, Sound, Text, Tree
from dlviz_models.layers.text import Text as TextLayer
from dlviz_models.layers.trees import TreeCell, tree_network

RANDOM = np.random.default_rng(0)
N, K = 40, 5


def _brute_force(network: Network, samples: Sequence[Sample], layer: str, units: int = -1) -> list:
    """Of each unit (score, sample, *position), best first; equal texts and trees count once."""
    symbol = network.graph.symbol(layer)
    inputs = [network.graph.symbol(name) for name in network.graph.inputs]
    model = keras.Model(inputs, symbol)
    maps = {}
    seen = set()
    for number, sample in enumerate(samples):
        match sample:
            case Text(text):
                content: object = text
            case Tree(words, children):
                content = words, children.tobytes()
            case _:
                content = number
        if content in seen:
            continue
        seen.add(content)
        feeds = network.feed([sample])
        answer = np.asarray(ops.cast(model([feeds[name] for name in network.graph.inputs]), "float32"))[0]
        maps[number] = np.moveaxis(answer, units, -1) if units != -1 else answer
    found = []
    for unit in range(next(iter(maps.values())).shape[-1]):
        best = []
        for number, answer in maps.items():
            response = answer[..., unit]
            place = np.unravel_index(response.argmax(), response.shape)
            best.append((float(response[place]), number, *map(int, place)))
        found.append(sorted(best, key=lambda b: (-b[0], b[1])))
    return found


def _equal(network: Network, samples: list[Sample], layer: str, units: int = -1, tolerance: float = 1e-5) -> None:
    scan = Scan(network, (layer,), ListedSamples("listed", samples[0].kind, samples), K)
    list(scan.run())
    responses = scan.top_responses[layer]
    for unit, best in enumerate(_brute_force(network, samples, layer, units)):
        close = {"rtol": tolerance, "atol": tolerance}  # two samples as close as that may come in either order
        np.testing.assert_allclose(responses.score[unit], [b[0] for b in best[:K]], **close)
        of_sample = {number: (score, place) for score, number, *place in best}
        chosen = responses.index[unit].tolist()
        assert len(set(chosen)) == len(chosen)
        np.testing.assert_allclose(responses.score[unit], [of_sample[number][0] for number in chosen], **close)
        if len(best[0]) > 2:
            assert responses.position[unit].tolist() == [of_sample[number][1] for number in chosen]
        else:
            assert not responses.position[unit].any()


def _texts() -> list[Sample]:
    return [Text("".join(RANDOM.choice(list("abcd"), RANDOM.integers(1, 9)))) for _ in range(N)]


def _text_network(after: Callable) -> Network:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(8, 4, name="embedding")(TextLayer("abcd", name="text")(tokens))
    x = after(x)
    return Network(keras.Model(tokens, layers.Dense(3, name="dense")(x)))


@pytest.mark.parametrize("layer", ["embedding", "conv", "lstm", "lstm:1", "dense"])
def test_texts_of_any_length(layer: str) -> None:
    keras.utils.set_random_seed(1)

    def after(x: keras.KerasTensor) -> keras.KerasTensor:
        x = layers.Conv1D(4, 3, padding="same", name="conv")(x)
        sequence, state, _ = layers.LSTM(3, return_sequences=True, return_state=True, name="lstm")(x)
        return layers.Concatenate()([layers.GlobalAveragePooling1D()(sequence), state])

    _equal(_text_network(after), _texts(), layer)


def test_words_that_the_network_takes_apart() -> None:
    keras.utils.set_random_seed(2)
    text = keras.Input((), dtype="string", name="text")
    split = layers.TextVectorization(vocabulary=["good", "bad", "film"], name="split")
    x = layers.Embedding(5, 3, name="embedding")(split(text))
    x = layers.Conv1D(4, 2, padding="same", name="conv")(x)
    network = Network(keras.Model(text, layers.Dense(2)(layers.GlobalMaxPooling1D()(x))))
    words = [Text(" ".join(RANDOM.choice(["good", "bad", "film", "tree"], RANDOM.integers(1, 7)))) for _ in range(N)]
    _equal(network, words, "conv")


def test_words_that_the_network_fills_up_to_one_length_are_fed_together() -> None:
    text = keras.Input((), dtype="string", name="text")
    split = layers.TextVectorization(vocabulary=["good", "bad", "film"], output_sequence_length=4, name="split")
    x = layers.GRU(3, name="gru")(layers.Embedding(5, 3, mask_zero=True)(split(text)))
    network = Network(keras.Model(text, layers.Dense(2)(x)))
    words = [Text(" ".join(["good", "film", "bad"] * n)) for n in (1, 2, 3)] + [Text("bad"), Text("tree")]
    [(numbers, feeds)] = groups(network, words)
    alone = np.concatenate([network.answer(network.feed([word])) for word in words])
    np.testing.assert_allclose(network.answer(feeds), alone[numbers], atol=1e-6)
    _equal(network, words, "gru")


def test_sounds_of_any_length() -> None:
    keras.utils.set_random_seed(3)
    sound = keras.Input((None, 1), name="samples")
    x = layers.MaxPooling1D(2, name="pool")(layers.Conv1D(3, 5, strides=2, padding="same", name="conv")(sound))
    network = Network(keras.Model(sound, layers.Dense(2)(layers.GlobalAveragePooling1D()(x))))
    sounds = [Sound(RANDOM.normal(size=RANDOM.integers(12, 40)).astype(np.float32)) for _ in range(N)]
    _equal(network, sounds, "pool")


@pytest.fixture(scope="module")
def tree_cell() -> Network:
    keras.utils.set_random_seed(4)
    return Network(tree_network(TreeCell(4, name="cell"), ["a", "b", "c"], 4, 2, 0.0, "tree"))


def _trees() -> list[Tree]:
    trees = []
    for _ in range(N):
        n = int(RANDOM.integers(2, 6))
        children = np.array([(0, 1)] + [(n + i, i + 2) for i in range(n - 2)], np.int32)
        trees.append(Tree(tuple(map(str, RANDOM.choice(["a", "b", "c"], n))), children))
    return trees


def test_trees(tree_cell: Network) -> None:
    _equal(tree_cell, list(_trees()), "cell")


def test_each_phrase_of_trees_counts_where_it_occurs_first(tree_cell: Network) -> None:
    """Against the response to each phrase written out: tanh of a word's vector, tanh([a; b] W + bias) of two."""
    trees = _trees()
    [vectors] = tree_cell.model.get_layer("embedding").get_weights()
    numbers = tree_cell.text_layer("words").encode(["a", "b", "c"])[:, 0]
    of_word = dict(zip("abc", vectors[numbers], strict=True))
    kernel, bias = tree_cell.model.get_layer("cell").get_weights()
    answers: dict[str, np.ndarray] = {}
    firsts: list[tuple[int, int, str]] = []
    for number, tree in enumerate(trees):
        names: list[str] = []
        for word in tree.words:
            names.append(word)
            answers.setdefault(word, np.tanh(of_word[word]))
        for left, right in tree.children:
            names.append(f"({names[left]} {names[right]})")
            children = np.concatenate([answers[names[left]], answers[names[right]]])
            answers.setdefault(names[-1], np.tanh(children @ kernel + bias))
        firsts += [(number, node, name) for node, name in enumerate(names) if name not in {f[2] for f in firsts}]
    scan = scan_type(tree_cell, "activation")(tree_cell, ("cell",), ListedSamples("listed", "tree", trees), K)
    list(scan.run())
    found = scan.top_responses["cell"]
    for unit in range(4):
        best: dict[int, tuple[float, int, str]] = {}
        for number, node, name in firsts:
            best[number] = max(best.get(number, (-9.0, 0, "")), (float(answers[name][unit]), -node, name))
        expected = sorted(best.items(), key=lambda entry: -entry[1][0])[:K]
        np.testing.assert_allclose(found.score[unit], [score for _, (score, _, _) in expected], rtol=1e-5)
        assert found.index[unit].tolist() == [number for number, _ in expected]
        assert found.position[unit, :, 0].tolist() == [-node for _, (_, node, _) in expected]
        assert len({name for _, (_, _, name) in expected}) == K


@pytest.mark.parametrize("layer", ["shared", "shared#2", "both"])
def test_two_inputs_with_a_shared_layer(layer: str) -> None:
    keras.utils.set_random_seed(5)
    a, b = keras.Input((6, 6, 1), name="a"), keras.Input((6, 6, 1), name="b")
    shared = layers.Conv2D(3, 3, name="shared")
    both = layers.Subtract(name="both")([shared(a), shared(b)])
    network = Network(keras.Model([a, b], layers.Dense(1)(layers.Flatten()(both))))
    pairs = [Several({n: Numbers(RANDOM.normal(size=(6, 6, 1))) for n in "ab"}) for _ in range(N)]
    _equal(network, pairs, layer)


SHAPES = {"float32": 1e-5, "float64": 1e-5, "float16": 1e-2, "bfloat16": 1e-1, "mixed_bfloat16": 1e-1}


@pytest.mark.parametrize("precision", SHAPES)
def test_other_precisions(precision: str) -> None:
    """Scores are those of the network's own arithmetic; equal ones, of which there are many, go by number."""
    keras.utils.set_random_seed(6)
    model = keras.Sequential([
        keras.Input((9, 4), dtype="float32"),
        layers.Conv1D(4, 3, activation="relu", dtype=precision, name="conv"),
        layers.GlobalMaxPooling1D(dtype=precision),
        layers.Dense(2, dtype=precision),
    ])  # fmt: skip
    network = Network(model)
    rows = [Numbers(RANDOM.normal(size=(9, 4)).astype(np.float32)) for _ in range(N)]
    scan = Scan(network, ("conv",), ListedSamples("rows", "numbers", rows), K)
    list(scan.run())
    for unit, best in enumerate(_brute_force(network, rows, "conv")):
        got = scan.top_responses["conv"].score[unit]
        np.testing.assert_allclose(got, [b[0] for b in best[:K]], rtol=SHAPES[precision], atol=SHAPES[precision])


def test_video() -> None:
    keras.utils.set_random_seed(7)
    video = keras.Input((4, 6, 5, 2), name="video")
    x = layers.Conv3D(3, 2, name="conv")(video)
    network = Network(keras.Model(video, layers.Dense(2, name="dense")(layers.Flatten()(x))))
    videos = [Numbers(RANDOM.normal(size=(4, 6, 5, 2)).astype(np.float32)) for _ in range(N)]
    _equal(network, videos, "conv")
    _equal(network, videos, "dense")


def test_channels_first_maps() -> None:
    keras.utils.set_random_seed(8)
    image = keras.Input((2, 6, 5), name="image")
    x = layers.GaussianNoise(0.1, name="noise")(image)
    x = layers.ZeroPadding2D(1, data_format="channels_first", name="padded")(x)
    network = Network(keras.Model(image, layers.Dense(2)(layers.Flatten()(x))))
    assert network.channels_first("padded")
    pictures = [Numbers(RANDOM.normal(size=(6, 5, 2)).astype(np.float32)) for _ in range(N)]
    _equal(network, pictures, "padded", units=0)


def test_steps_that_are_padding_are_passed_over() -> None:
    x = keras.Input((5, 2))
    model = keras.Model(x, layers.Dense(3, name="steps")(layers.Masking()(x)))
    model.layers[-1].set_weights([-np.ones((2, 3)), np.arange(3.0)])  # responds most to nothing
    rows = RANDOM.uniform(1, 2, (N, 5, 2)).astype(np.float32)
    lengths = RANDOM.integers(1, 6, N)
    for row, length in zip(rows, lengths, strict=True):
        row[length:] = 0
    samples: list[Sample] = [Numbers(row, name=str(n)) for n, row in enumerate(rows)]
    scan = Scan(Network(model), ("steps",), ListedSamples("rows", "numbers", samples), K)
    list(scan.run())
    found = scan.top_responses["steps"]
    best = np.array([-row[:length].sum(axis=1).min() for row, length in zip(rows, lengths, strict=True)])
    for unit in range(3):
        np.testing.assert_array_equal(found.index[unit], np.argsort(-best)[:K])
        np.testing.assert_allclose(found.score[unit], np.sort(best)[::-1][:K] + unit, rtol=1e-5)
        assert (found.position[unit, :, 0] < lengths[found.index[unit]]).all()
