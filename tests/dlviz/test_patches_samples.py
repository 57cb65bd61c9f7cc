"""Top patches and the unit view of texts, sounds, numbers, volumes and several inputs."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.preprocessing import StandardScaler

import dlviz
from dlviz.analysis.reconstruct import Reconstruction, gradient_equivalence
from dlviz.network import Network
from dlviz.panels import logos
from dlviz.panels.patch_tiles import grey_at_zero
from dlviz.sheet import Curves, Image, Logos, Matrix, Passages, Sheet, Tiles
from dlviz.view import View
from dlviz.views.patches import Patches
from dlviz.views.unit import Unit
from dlviz_models.data.samples import ListedSamples, Numbers, Picture, Sample, Several, Sound, Text, Tree
from dlviz_models.data.synthetic import MOTIF, motifs
from dlviz_models.errors import UserError
from dlviz_models.layers.text import Text as TextLayer
from dlviz_models.layers.trees import TreeCell, tree_network
from dlviz_models.networks.conv1d import Conv1DNet
from tests.every_network import NETWORKS
from tests.scenes import scene_of

RANDOM = np.random.default_rng(0)


def _last(view: View, network: Network, layer: str, samples: list[Any], units: tuple[int, ...] = ()) -> Sheet:
    data = ListedSamples("data", samples[0].kind, samples)
    last = list(view.run(scene_of(network, layer, units, samples[:1], data)))[-1]
    assert isinstance(last, Sheet)
    return last


def _panel(sheet: Sheet, kind: type) -> Any:
    return next(panel for panel in sheet.panels if isinstance(panel, kind))


# -- texts -------------------------------------------------------------------------------------------------------------


def test_information_of_letters() -> None:
    """Schneider and Stephens, 1990: log2 s - (H - -e), with the correction for small samples."""
    windows = [("A", "A")] * 50 + [("A", "C")] * 50
    found = logos.heights(logos.counts(windows, "ACGT"))
    correction = 3 / (2 * np.log(2) * 100)
    np.testing.assert_allclose(found, [[2 - correction, 0, 0, 0], [(1 - correction) / 2] * 2 + [0, 0]])
    assert not logos.heights(logos.counts([("A",), ("C",), ("G",), ("T",)], "ACGT")).any()
    assert not logos.heights(logos.counts([("",)], "ACGT")).any()


def test_the_motif_can_be_read_in_the_logo() -> None:
    """A filter that is the motif has the motif as its logo, and letters at random beside it; another never responds."""
    letters = "ACGT"
    model = Conv1DNet(vocabulary=letters, classes=2, widths=(7,), filters=2)
    kernel, bias = model.get_layer("conv1").get_weights()
    kernel[:] = 0
    bias[:] = -5.0, -1.0
    for place, letter in enumerate(MOTIF):
        kernel[place, 4 + letters.index(letter), 0] = 1
    model.get_layer("conv1").set_weights([kernel, bias])
    data = motifs().test
    texts = [data.sample(i) for i in range(150)]
    sheet = _last(Patches(), Network(model), "conv1", texts)
    panel = _panel(sheet, Logos)
    (logo,) = panel.logos
    start, stop = logo.seen
    assert "".join(panel.letters[i] for i in logo.heights[start:stop].argmax(axis=1)) == MOTIF
    assert logo.heights[start:stop].sum(axis=1).min() > 1.8
    assert logo.heights[:start].sum(axis=1).max() < 0.4
    assert sheet.summary.endswith("Unit 1 never responds.")
    rows = _panel(sheet, Passages).rows
    assert {row.seen for row in rows if row.key == 0} == {MOTIF}
    for row, number in zip(rows, sheet.arrays["index"][0], strict=False):
        assert row.before + row.seen + row.after == texts[number].text
    assert [row.caption for row in rows if row.key == 1] == ["never responds"]


def test_words_in_context() -> None:
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    words = ["bad", "film", "good", "very"]
    x = layers.Embedding(8, 8, "identity", name="embedding")(TextLayer(words, unit="words", name="text")(tokens))
    x = layers.Conv1D(1, 2, use_bias=False, name="conv")(x)
    network = Network(keras.Model(tokens, layers.GlobalMaxPooling1D()(x)))
    kernel = np.zeros((2, 8, 1))
    kernel[0, 4 + 3] = kernel[1, 4 + 2] = 1
    network.keras_layer("conv").set_weights([kernel])
    texts = [Text(t) for t in ("a very good film", "film film", "bad film very good", "very bad")]
    sheet = _last(Patches(per_unit=2), network, "conv", texts)
    assert [(r.before, r.seen, r.after) for r in _panel(sheet, Passages).rows] == [
        ("[unknown]", "very good", "film"),
        ("bad film", "very good", ""),
    ]
    assert sheet.arrays["box"].tolist() == [[[1, 3], [2, 4]]]
    assert sheet.arrays["position"].tolist() == [[[1], [2]]]
    with pytest.raises(UserError, match="tokens"):
        _last(Patches(reconstruct="deconv"), network, "conv", texts)
    assert any(isinstance(panel, Passages) for panel in _last(Unit(), network, "conv", texts).panels)


def test_phrases_of_trees() -> None:
    network = Network(tree_network(TreeCell(3, name="cell"), ["a", "b", "c"], 3, 2, 0.0, "tree"))
    trees = [Tree(("a", "b", "c"), np.array([(1, 2), (0, 3)])), Tree(("c", "a"), np.array([(0, 1)]))]
    sheet = _last(Patches(per_unit=2), network, "cell", trees)
    spans = [[(0, 1), (1, 2), (2, 3), (1, 3), (0, 3)], [(0, 1), (1, 2), (0, 2)]]
    for index, position, box in zip(*(sheet.arrays[n][0] for n in ("index", "position", "box")), strict=True):
        assert tuple(box) == spans[index][position[0]]


# -- sounds and numbers ------------------------------------------------------------------------------------------------


def _sound_network() -> Network:
    keras.utils.set_random_seed(1)
    sound = keras.Input((None, 1), name="samples")
    x = layers.Conv1D(2, 5, strides=2, use_bias=False, name="conv")(sound)
    return Network(keras.Model(sound, layers.GlobalMaxPooling1D()(x)))


def test_stretches_of_sound_and_what_was_sent_back() -> None:
    network = _sound_network()
    sounds = [Sound(RANDOM.normal(size=20 + 2 * i).astype(np.float32), 1000) for i in range(6)]
    sheet = _last(Patches(per_unit=3, reconstruct="gradient"), network, "conv", sounds)
    kernel = np.asarray(network.keras_layer("conv").kernel)
    curves = [panel for panel in sheet.panels if isinstance(panel, Curves)]
    sent_back = "What unit {} responds to (gradient)"
    assert [panel.title for panel in curves] == ["Unit 0", sent_back.format(0), "Unit 1", sent_back.format(1)]
    for unit, place in np.ndindex(2, 3):
        number, (start, stop) = sheet.arrays["index"][unit, place], sheet.arrays["box"][unit, place]
        assert stop - start == 5
        seen = sounds[number].samples[start:stop]
        np.testing.assert_allclose(list(curves[2 * unit].series.values())[place], seen)
        assert sheet.arrays["score"][unit, place] == pytest.approx(seen @ kernel[:, 0, unit], abs=1e-5)
        expected = np.zeros((30, 1))
        expected[start:stop, 0] = kernel[:, 0, unit] * sheet.arrays["score"][unit, place]
        np.testing.assert_allclose(sheet.arrays["reconstruction"][unit, place], expected, atol=1e-5)
        np.testing.assert_allclose(
            list(curves[2 * unit + 1].series.values())[place], expected[start:stop, 0], atol=1e-5
        )
    assert "cut to the 5 samples" in sheet.summary
    assert "grey" not in sheet.summary


def test_rows_of_a_table() -> None:
    rows = [Numbers(RANDOM.normal(size=4).astype(np.float32), ("a", "b", "c", "d")) for _ in range(9)]
    network = Network(keras.Sequential([keras.Input((4,)), layers.Dense(2, name="dense")]))
    sheet = _last(Patches(per_unit=2, reconstruct="gradient"), network, "dense", rows)
    kernel = np.asarray(network.keras_layer("dense").kernel)
    sent_back = sheet.panels[1]
    assert isinstance(sent_back, Matrix)
    np.testing.assert_allclose(sent_back.values, sheet.arrays["score"][0][:, None] * kernel[:, 0], atol=1e-5)
    matrix = _panel(sheet, Matrix)
    assert matrix.column_labels == ("a", "b", "c", "d")
    np.testing.assert_array_equal(matrix.values, [rows[i].values for i in sheet.arrays["index"][0]])
    standard = StandardScaler().fit_transform([row.values for row in rows])
    np.testing.assert_allclose(matrix.colouring, standard[sheet.arrays["index"][0]], rtol=1e-4, atol=1e-5)


def test_volumes_slice_by_slice() -> None:
    keras.utils.set_random_seed(2)
    volume = keras.Input((6, 8, 8, 1))
    x = layers.Conv3D(2, (2, 3, 4), name="conv")(volume)
    network = Network(keras.Model(volume, layers.Dense(2)(layers.Flatten()(x))))
    volumes: list[Sample] = [Numbers(RANDOM.normal(size=(6, 8, 8, 1)).astype(np.float32)) for _ in range(5)]
    sheet = _last(Patches(per_unit=2), network, "conv", volumes)
    tiles = _panel(sheet, Tiles)
    assert tiles.columns == 2
    assert len(tiles.images) == 2 * 2 * 2
    first = sheet.arrays["position"]
    np.testing.assert_array_equal(sheet.arrays["box"], np.concatenate([first, first + np.array([2, 3, 4])], axis=-1))


def test_both_inputs_of_a_layer_that_sees_both() -> None:
    a, b = keras.Input((8, 8, 1), name="a"), keras.Input((8, 8, 1), name="b")
    shared = layers.Conv2D(2, 3, name="shared")
    both = layers.Subtract(name="both")([shared(a), layers.AveragePooling2D(3, 1, "same")(shared(b))])
    network = Network(keras.Model([a, b], layers.Dense(1)(layers.Flatten()(both))))
    pairs = [Several({n: Picture(RANDOM.integers(0, 256, (8, 8, 1), np.uint8)) for n in "ab"}) for _ in range(6)]
    sheet = _last(Patches(per_unit=2), network, "both", pairs)
    assert [panel.title[:2] for panel in sheet.panels] == ["a:", "b:"]
    size = sheet.arrays["box"][..., 2:] - sheet.arrays["box"][..., :2]
    wider = sheet.arrays["box:b"][..., 2:] - sheet.arrays["box:b"][..., :2]
    assert (size == 3).all()
    assert (wider >= 4).all()


# -- the map over the picture, and methods that fall together ----------------------------------------------------------


def test_tokens_of_a_patchifying_convolution_over_the_picture() -> None:
    image = keras.Input((12, 8, 1))
    tokens = layers.Reshape((6, 2), name="tokens")(layers.Conv2D(2, 4, strides=4)(image))
    mixed = layers.MultiHeadAttention(1, 2, name="mixed")(tokens, tokens)
    network = Network(keras.Model(image, layers.Dense(2)(layers.Flatten()(mixed))))
    pictures = [Picture(RANDOM.integers(0, 256, (12, 8, 1), np.uint8)) for _ in range(3)]
    sheet = _last(Unit(reconstruct="none"), network, "tokens", pictures, (0,))
    response = sheet.arrays["activation"]
    lit = np.maximum(response, 0) / max(response.max(), 1e-12)
    np.testing.assert_allclose(_panel(sheet, Image).heat, np.kron(lit.reshape(3, 2), np.ones((4, 4))), rtol=1e-6)
    beside = _last(Unit(reconstruct="none"), network, "mixed", pictures, (0,))
    assert _panel(beside, Image).heat is None
    np.testing.assert_allclose(_panel(beside, Matrix).values[0], beside.arrays["activation"])


@pytest.mark.parametrize(
    ("activations", "sentence"),
    [
        (("relu", "relu"), ""),
        (("swish", "tanh"), "deconv equals the gradient here: there is no ReLU on the way, but 2 activations"),
        (("relu", "gelu"), "deconv differs from the gradient at 1 of the 2 activations on the way"),
        ((None, None), "deconv equals the gradient here: there is no ReLU on the way."),
    ],
)
def test_where_methods_fall_together(activations: tuple[str, str], sentence: str) -> None:
    model = keras.Sequential([keras.Input((9, 9, 1))])
    keras.utils.set_random_seed(4)
    for activation in activations:
        model.add(layers.Conv2D(3, 3, activation=activation))
    model.add(layers.Conv2D(2, 3, activation="relu", name="last"))
    network = Network(model)
    said = gradient_equivalence(network, "last", "deconv")
    assert said.startswith(sentence) if sentence else not said
    assert not gradient_equivalence(network, "last", "gradient")
    x = np.random.default_rng(3).uniform(0, 1, (1, 9, 9, 1)).astype(np.float32)
    answer = np.asarray(network.activations({network.input: x})["last"])
    unit = int(answer.max(axis=(0, 1)).argmax())
    at = np.array([np.unravel_index(answer[..., unit].argmax(), answer.shape[:2])])
    deconv, gradient = (Reconstruction(network, "last", m)(x, np.array([unit]), at) for m in ("deconv", "gradient"))
    assert np.allclose(deconv, gradient, atol=1e-6) == ("equals" in sentence)


@pytest.mark.parametrize("backwards", [False, True])
def test_the_token_at_which_a_recurrent_unit_responds_is_marked(backwards: bool) -> None:
    keras.utils.set_random_seed(4)
    given = keras.Input((6,), dtype="int32")
    embedded = layers.Embedding(20, 4, mask_zero=True)(given)
    steps = layers.GRU(3, return_sequences=True, go_backwards=backwards, name="gru")(embedded)
    model = keras.Model(given, layers.Dense(2, "softmax")(steps))
    rows = RANDOM.integers(1, 20, (9, 6))
    states = np.asarray(keras.Model(given, steps)(rows))  # (samples, steps, units), from the end where backwards
    sheet = _last(Patches(per_unit=3), Network(model), "gru", [Numbers(row, name="row") for row in rows])
    order = states.max(axis=1).argsort(axis=0)[::-1]  # (samples, units)
    expected = []
    for unit in range(3):
        for sample in order[:3, unit]:
            step = states[sample, :, unit].argmax()
            expected.append(str(rows[sample, 5 - step if backwards else step]))
    assert [row.seen for row in _panel(sheet, Passages).rows] == expected
    assert "the token at which it responds" in sheet.summary


@pytest.mark.parametrize("masks", [True, False])
def test_of_padding_that_is_masked_nothing_is_seen(masks: bool) -> None:
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((6,), dtype="int32"), layers.Embedding(20, 4, mask_zero=masks),
                              layers.LSTM(3, name="lstm"), layers.Dense(2, "softmax", name="last")])  # fmt: skip
    rows = [np.array([7, 3, 9, 0, 0, 0]), np.array([5, 8, 0, 0, 0, 0])]
    for layer in ("lstm", "last"):
        sheet = _last(Patches(per_unit=2), Network(model), layer, [Numbers(row, name="row") for row in rows])
        seen = {row.seen for row in _panel(sheet, Passages).rows}
        assert seen == ({"7 3 9", "5 8"} if masks else {"7 3 9 · · ·", "5 8 · · · ·"})


def test_single_frames_of_a_video_stand_beside_each_other(tmp_path):
    keras.utils.set_random_seed(0)
    network = Network(NETWORKS["video"]())
    for view, options in (("patches", {}), ("maximise", {"steps": 2})):
        panels = dlviz.show(view, network, layer="frames", limit=12, out=tmp_path / f"{view}.png", **options).panels
        assert all(isinstance(panel, Tiles) for panel in panels)
        assert panels[-1].row_labels == ("unit 0", "unit 1", "unit 2")
        assert panels[-1].columns == 3
        assert "frame" in panels[-1].captions[0]
    assert panels[0].captions[0].startswith("unit 0: ")


@pytest.mark.parametrize("layer", ["bag", "category"])
def test_of_texts_that_are_not_split_into_tokens_all_is_shown(layer: str) -> None:
    keras.utils.set_random_seed(2)
    known = ["good", "bad", "film"]
    encode = {
        "bag": layers.TextVectorization(vocabulary=known, output_mode="multi_hot"),
        "category": layers.StringLookup(vocabulary=known, output_mode="one_hot"),
    }[layer]
    given = keras.Input((1,), dtype="string")
    model = keras.Model(given, layers.Dense(2, name="out")(layers.Dense(3, name="units")(encode(given))))
    texts = ["good", "bad", "film"] if layer == "category" else ["good film of a bad day", "bad film", "film film"]
    rows = _panel(_last(Patches(per_unit=1), Network(model), "units", [Text(t) for t in texts]), Passages).rows
    responses = np.asarray(
        keras.Model(given, model.get_layer("units").output)(keras.ops.convert_to_tensor(texts)[:, None])
    )
    assert [(r.before, r.seen, r.after) for r in rows] == [("", texts[n], "") for n in responses.argmax(axis=0)]


def test_under_the_frames_of_a_patch_stands_what_was_sent_back() -> None:
    """Of a linear convolution that is its kernel, frame by frame."""
    keras.utils.set_random_seed(0)
    given = keras.Input((4, 6, 6, 1))
    maps = layers.Conv3D(2, (2, 3, 3), name="conv")(given)
    network = Network(keras.Model(given, layers.Dense(2)(layers.GlobalMaxPooling3D()(maps))))
    videos = [Numbers(RANDOM.uniform(size=(4, 6, 6, 1)).astype(np.float32), name="v") for _ in range(5)]
    tiles = _panel(_last(Patches(per_unit=1, reconstruct="gradient"), network, "conv", videos), Tiles)
    assert tiles.columns == 2
    assert tiles.row_labels[1::2] == ("gradient", "gradient")
    kernel = network.keras_layer("conv").get_weights()[0][..., 0, :]  # (2, 3, 3, units)
    for unit in range(2):
        shown = np.stack([tile[8::16, 8::16, 0] for tile in tiles.images[4 * unit + 2 : 4 * unit + 4]])
        np.testing.assert_array_equal(shown, grey_at_zero(kernel[..., unit]))


def test_which_windows_a_logo_is_made_of_is_said():
    sheet = dlviz.show("patches", "motifs", layer="conv1", limit=100, units=[0])
    assert "windows that lie within a text" in _panel(sheet, Logos).title
