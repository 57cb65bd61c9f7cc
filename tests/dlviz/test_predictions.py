"""What networks answer, as the view shows it, against Keras's own answers."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.network import Network
from dlviz.options import configure
from dlviz.session import Session
from dlviz.sheet import Bars, Diagram, Image, Matrix, Paragraph, Sheet, Tiles
from dlviz.views.predictions import Predictions
from dlviz_models.data.samples import Numbers, Picture, Tree
from dlviz_models.data.samples import Text as TextSample
from tests.scenes import scene_of

RANDOM = np.random.default_rng(5)
PIXELS = RANDOM.integers(0, 255, (6, 6, 1), np.uint8)


@pytest.fixture(scope="module")
def session():
    return Session()


def shown(network: Network, *samples, **settings) -> Sheet:
    view = configure(Predictions, settings)
    *_, sheet = view.run(scene_of(network, samples=samples))
    return sheet


def of(make, shape=(6, 6, 1), **known) -> Network:
    x = keras.Input(shape)
    return Network(keras.Model(x, make(x), name="net"), **{"mode": "unit"} | known)


def picture(**known):
    return Picture(PIXELS, name="noise", **known)


def flat(*after):
    return lambda x: keras.Sequential([layers.Flatten(), *after])(x)


# -- classes and labels -----------------------------------------------------------------------------------------------


def test_several_labels_each_have_their_own_probability():
    bias = keras.initializers.Constant([2.0, -3.0, 1.0])
    network = of(flat(layers.Dense(3, "sigmoid", kernel_initializer="zeros", bias_initializer=bias)))
    network.classes = ("cat", "dog", "outdoor")
    sheet = shown(network, picture(target=np.array([1, 0, 1])))
    expected = 1 / (1 + np.exp([-2.0, 3.0, -1.0]))
    np.testing.assert_allclose(sheet.arrays["probabilities"], [expected], atol=1e-6)
    bars = sheet.panels[1]
    assert isinstance(bars, Bars)
    assert bars.labels == ("cat (true)", "outdoor (true)", "dog")
    assert "finds cat 88%, outdoor 73% in noise" in sheet.summary
    assert "read as labels: its last activation is sigmoid" in sheet.note


def test_one_logit_answers_as_two_classes():
    make = flat(layers.Dense(1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(np.log(4))))
    network = of(make, losses={"": "binary_crossentropy from logits"})
    sheet = shown(network, picture())
    np.testing.assert_allclose(sheet.arrays["probabilities"], [[0.2, 0.8]], atol=1e-6)
    assert "classifies noise as class 1, 80% sure" in sheet.summary


# -- numbers ----------------------------------------------------------------------------------------------------------


def test_a_number_is_said_beside_the_true_one():
    dense = layers.Dense(1, name="age", kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(37))
    sheet = shown(of(flat(dense)), picture(target=40.0))
    bars = sheet.panels[1]
    assert isinstance(bars, Bars)
    np.testing.assert_allclose(bars.values, [37, 40])
    assert "= 37 for noise; the true number is 40" in sheet.summary
    assert "%" not in sheet.summary.split(".")[0]
    assert "probabilities" not in sheet.arrays


def test_several_numbers_are_a_table_with_their_errors():
    network = of(flat(layers.Dense(4, name="box")))
    true = np.float32([1, 2, 3, 4])
    sheet = shown(network, picture(target=true))
    table = sheet.panels[1]
    assert isinstance(table, Matrix)
    np.testing.assert_allclose(table.values[2], sheet.arrays["answer"][0] - true, atol=1e-6)


def test_feature_maps_are_tiles():
    network = of(lambda x: layers.Conv2D(5, 3, activation="relu")(x))
    tiles = shown(network, picture()).panels[1]
    assert isinstance(tiles, Tiles)
    np.testing.assert_allclose(
        tiles.images[2, ..., 0], network.model(PIXELS[None] / np.float32(255))[0, ..., 2], atol=1e-6
    )


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_given_and_answer_of_an_autoencoder_stand_side_by_side():
    network = of(lambda x: layers.AveragePooling2D(1)(x * 0.5), mode="none")
    sheet = shown(network, picture())
    (tiles,) = sheet.panels
    assert isinstance(tiles, Tiles)
    assert tiles.column_labels == ("given", "answer", "difference")
    given, answer, difference = tiles.images
    np.testing.assert_array_equal(given, PIXELS)
    np.testing.assert_array_equal(answer, np.rint(PIXELS / 2))
    np.testing.assert_array_equal(difference, np.rint(PIXELS / 2))
    error = np.square(PIXELS / 2 / 255).mean()
    assert f"the mean squared error is {error:.4f}" in sheet.summary


def test_a_flat_autoencoder_answers_with_a_picture():
    network = of(lambda x: layers.Dense(784, "sigmoid")(layers.Dense(3)(x)), (784,))
    digit = RANDOM.integers(0, 255, (28, 28, 1), np.uint8)
    sheet = shown(network, Picture(digit, name="digit"))
    answer = np.asarray(network.model(digit.reshape(1, 784) / np.float32(255))).reshape(28, 28, 1)
    np.testing.assert_allclose(sheet.panels[0].images[1], np.rint(255 * answer), atol=1)
    assert "probabilities" not in sheet.arrays


@pytest.mark.parametrize(("factor", "scale"), [(1.0, "0 to 1"), (4.0, "(black)")])
def test_answers_of_pictures_are_as_bright_as_they_are(factor, scale):
    network = of(lambda x: layers.Activation("linear")(x * factor))
    tiles = shown(network, picture()).panels[0]
    answer = PIXELS / 255 * factor
    shade = answer if factor == 1 else answer / answer.max()
    np.testing.assert_allclose(tiles.images[1], np.rint(255 * shade), atol=1)
    assert scale in tiles.title


# -- classes of pixels, steps, nodes ----------------------------------------------------------------------------------


def test_a_mask_lies_over_the_picture_with_the_area_of_each_class():
    network = of(lambda x: layers.Conv2D(3, 1, activation="softmax")(x))
    classes = np.asarray(network.model(PIXELS[None] / np.float32(255)))[0].argmax(axis=-1)
    sheet = shown(network, picture(target=classes))
    _, mask, true, legend = sheet.panels
    assert isinstance(mask, Image)
    assert isinstance(true, Image)
    np.testing.assert_array_equal(true.pixels, mask.pixels)  # everything is right
    assert isinstance(legend, Bars)
    np.testing.assert_array_equal(sheet.arrays["classes"][0], classes)
    area = np.sort(np.bincount(classes.ravel()))[::-1]
    np.testing.assert_allclose(legend.values, (area / 36)[area > 0])
    assert f", {area[0]} pixels)" in legend.labels[0]
    assert "100% of the pixels are right" in sheet.summary
    same_class = classes == classes[0, 0]
    tint = (mask.pixels - 0.4 * PIXELS.astype(float))[same_class]
    np.testing.assert_allclose(tint - tint[0], 0, atol=1)


def test_pixels_of_no_class_are_black_in_the_true_mask():
    network = of(lambda x: layers.Conv2D(3, 1, activation="softmax")(x))
    target = np.full((6, 6), 255)
    target[0] = 1
    *_, true, _ = shown(network, picture(target=target)).panels
    none = 0.4 * PIXELS[1:].astype(float)
    np.testing.assert_allclose(true.pixels[1:], np.broadcast_to(none, (5, 6, 3)), atol=1)
    assert (np.abs(true.pixels[0] - 0.4 * PIXELS[0]) > 1).any()


def test_a_class_for_each_step():
    network = of(lambda x: layers.Dense(2, "softmax")(x), (7, 3))
    values = RANDOM.normal(size=(7, 3)).astype(np.float32)
    expected = np.asarray(network.model(values[None]))[0]
    sheet = shown(network, Numbers(values, name="row", target=expected.argmax(axis=-1)))
    np.testing.assert_allclose(sheet.panels[-1].values, expected.T, atol=1e-6)
    np.testing.assert_array_equal(sheet.arrays["classes"][0], expected.argmax(axis=-1))
    assert "100% of them are right" in sheet.summary


def test_padding_is_neither_shown_nor_counted():
    network = of(lambda x: layers.Dense(2, "softmax")(layers.Masking(0.0)(x)), (5, 3))
    values = RANDOM.normal(size=(5, 3)).astype(np.float32)
    values[3:] = 0
    expected = np.asarray(network.model(values[None]))[0]
    target = expected.argmax(axis=-1)
    target[[2, 3, 4]] = 1 - target[[2, 3, 4]]
    sheet = shown(network, Numbers(values, name="row", target=target))
    np.testing.assert_allclose(sheet.panels[-1].values, expected[:3].T, atol=1e-6)
    assert sheet.arrays["read"].tolist() == [[True, True, True, False, False]]
    assert "3 steps of row, padding left out; 66.7% of them are right" in sheet.summary


def test_every_phrase_of_a_tree_has_its_class(session):
    network = session.network("tree_lstm")
    short = Tree(("good", "film"), np.array([[0, 1]]), name="short")
    long = Tree(("not", "very", "good", "film"), np.array([[1, 2], [4, 3], [0, 5]]), name="long")
    alone = shown(network, short)
    graph, matrix = alone.panels
    assert isinstance(graph, Diagram)
    assert isinstance(matrix, Matrix)
    assert [node.name for node in graph.nodes][:2] == ["good", "film"]
    assert [node.row for node in graph.nodes] == [1, 1, 0]
    assert graph.edges == ((2, 0), (2, 1))
    assert all(node.colour.startswith("#") for node in graph.nodes)
    together = shown(network, short, long)  # filled up to the longer one
    np.testing.assert_allclose(together.panels[1].values, matrix.values, atol=1e-5)
    assert together.panels[3].row_labels[-1] == "not very good film"


# -- texts ------------------------------------------------------------------------------------------------------------


def test_the_text_that_it_writes_and_what_else_it_might_have(session):
    network = session.network("sums")
    sheet = shown(network, TextSample("74+8", name="sum", target="82"))
    assert list(sheet.arrays["text"]) == ["82"]
    assert "turns “74+8” into “82”: right" in sheet.summary
    *_, written, alternatives = sheet.panels
    assert written == Paragraph("82", title="Written")
    assert alternatives.labels[0] == "82"
    assert alternatives.right == 0
    assert (np.diff(alternatives.values) <= 0).all()
    assert 0 < alternatives.values.sum() <= 1 + 1e-6


# -- several outputs --------------------------------------------------------------------------------------------------


def test_every_output_is_shown_and_can_be_chosen():
    x = keras.Input((6, 6, 1))
    y = layers.Flatten()(x)
    outputs = {"digit": layers.Dense(10, "softmax", name="digit")(y), "slant": layers.Dense(1, name="slant")(y)}
    network = Network(keras.Model(x, outputs, name="net"), mode="unit")
    answers = {name: np.asarray(value) for name, value in network.model(PIXELS[None] / np.float32(255)).items()}
    sheet = shown(network, picture())
    for name, answer in answers.items():
        np.testing.assert_allclose(sheet.arrays[f"answer:{name}"], answer, atol=1e-6)
    assert [getattr(p, "title", "") for p in sheet.panels] == ["noise", "digit", "slant"]
    assert "slant: predicts slant = " in sheet.summary
    by_name = shown(network, picture(target={"digit": 3, "slant": 0.5}))
    assert "it is class 3" in by_name.summary or "right" in by_name.summary
    assert "the true number is 0.5" in by_name.summary
    assert "true number" not in shown(network, picture(target=3)).summary
    slanted = shown(network.with_output("slant"), picture(), every_output=False)
    np.testing.assert_allclose(slanted.arrays["answer"], answers["slant"], atol=1e-6)
    assert "probabilities" not in slanted.arrays
    assert len(slanted.panels) == 2
