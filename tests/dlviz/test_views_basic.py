import re
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.applies import obstacle_of_layer
from dlviz.draw.pixels import to_rgb
from dlviz.lessons import lessons
from dlviz.network import Network
from dlviz.options import configure
from dlviz.session import describe
from dlviz.sheet import Bars, Diagram, Matrix, Paragraph, Sheet, Tiles
from dlviz.views import view, views
from dlviz.views.architecture import layered
from dlviz_models.data.samples import Picture
from tests.scenes import scene_of

RANDOM = np.random.default_rng(0)


def sheet(name: str, network: Network, layer: str = "", units=(), inputs=(), **settings) -> Sheet:
    found = configure(view(name), settings)
    sheets = [s for s in found.run(scene_of(network, layer, tuple(units), tuple(inputs))) if isinstance(s, Sheet)]
    return sheets[-1]


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    x = keras.Input((10, 10, 3), name="pixels")
    y = layers.Conv2D(4, 3, name="colour")(x)
    y = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(y)
    a = layers.Conv2D(5, 3, padding="same", name="deep")(y)
    b = layers.Conv2D(6, 1, name="point")(y)
    y = layers.Concatenate(name="join")([a, b])
    y = layers.Flatten(name="flat")(y)
    y = layers.Dense(7, name="laid")(y)
    return Network(keras.Model(x, layers.Dense(4, activation="softmax", name="out")(y), name="net"), mode="unit")


@pytest.mark.parametrize("names", [views(), lessons()], ids=["views", "lessons"])
def test_the_readme_has_a_line_for_every_view(names):
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert set(names) <= set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def test_the_view_in_contributing_runs(network, tmp_path, monkeypatch):
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text("utf-8")
    (tmp_path / "averages.py").write_text(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    picture = Picture(RANDOM.integers(0, 256, (10, 10, 3), np.uint8), name="noise")
    chosen = import_module("averages").Averages(most=2)
    *_, seen = chosen.run(scene_of(network, "colour", samples=[picture]))
    means = network.activations(network.feed([picture]))["colour"].mean(axis=(0, 1))
    assert np.allclose(seen.arrays["mean"], means)
    assert np.allclose(seen.panels[0].values, np.sort(means)[:-3:-1])


def test_filters_are_the_weights(network):
    for name in ("colour", "depthwise", "deep", "point", "laid", "out"):
        shown = sheet("filters", network, name)
        assert np.array_equal(shown.arrays["weights"], network.keras_layer(name).get_weights()[0])


def test_three_inputs_are_colours_and_bgr_is_turned_round(network):
    weights = network.keras_layer("colour").get_weights()[0]
    (panel,) = sheet("filters", network, "colour", units=(2, 0)).panels
    assert isinstance(panel, Tiles)
    assert (panel.scale, panel.keys, panel.selects) == ("signed", (2, 0), "unit")
    assert np.array_equal(panel.images[0], weights[..., 2])
    (turned,) = sheet("filters", network.with_mode("caffe"), "colour").panels
    assert np.array_equal(turned.images[1], weights[:, :, ::-1, 1])


@pytest.mark.parametrize("mode", ["unit", "caffe"])
def test_the_colours_of_a_filter_as_drawn_excite_it_and_their_opposites_inhibit_it(network, mode):
    (panel,) = sheet("filters", network.with_mode(mode), "colour").panels
    assert panel.title == "grey is 0, the colours shown excite, their opposites inhibit"
    drawn = to_rgb(panel.images, panel.scale).astype(np.float64)  # (units, h, w, 3)
    weights = np.moveaxis(network.keras_layer("colour").get_weights()[0], -1, 0)
    fed = drawn[..., ::-1] if mode == "caffe" else drawn
    excited, inhibited = (((x - 127.5) * weights).sum(axis=(1, 2, 3)) for x in (fed, 255 - fed))
    assert (excited > 0).all()
    assert (inhibited < 0).all()


def test_three_inputs_that_are_no_colours_are_said_to_be_drawn_as_such():
    x = keras.Input((8, 8, 1))
    model = keras.Model(x, layers.Conv2D(2, 3, name="second")(layers.Conv2D(3, 3)(x)))
    (panel,) = sheet("filters", Network(model), "second").panels
    assert panel.title.startswith("inputs as red, green and blue:")


def test_units_with_one_input_are_grey(network):
    weights = network.keras_layer("depthwise").get_weights()[0]  # (h, w, inputs, multiplier)
    (panel,) = sheet("filters", network, "depthwise").panels
    assert panel.images.shape == (8, 3, 3, 1)
    assert np.array_equal(panel.images[5, ..., 0], weights[:, :, 2, 1])


def test_many_inputs_are_a_row_for_each_unit(network):
    weights = network.keras_layer("deep").get_weights()[0]
    (panel,) = sheet("filters", network, "deep", units=(3, 1), slices=5).panels
    assert (panel.columns, panel.row_labels, panel.keys) == (5, ("3", "1"), (3,) * 5 + (1,) * 5)
    tile, peak = weights[:, :, 4, 1], np.abs(weights[:, :, :5, 1]).max()
    assert np.abs(panel.images[5 + 4, ..., 0] - (127.5 + 127.5 * tile / peak)).max() <= 0.51


def test_single_points_are_numbers(network):
    (panel,) = sheet("filters", network, "point").panels
    assert isinstance(panel, Matrix)
    assert np.array_equal(panel.values, network.keras_layer("point").get_weights()[0][0, 0].T)


def test_dense_weights_are_laid_out_as_the_map_before_them(network):
    weights = network.keras_layer("laid").get_weights()[0]  # (6 * 6 * 11, 7)
    (panel,) = sheet("filters", network, "laid", slices=512).panels
    assert panel.columns == 11
    tile = weights.reshape(6, 6, 11, 7)[:, :, 10, 6]
    shown = panel.images[-1, ..., 0]
    peak = np.abs(weights[:, 6]).max()
    assert np.abs(shown - (127.5 + 127.5 * tile / peak)).max() <= 0.51
    (after,) = sheet("filters", network, "out").panels
    assert isinstance(after, Matrix)


def test_dense_on_the_picture_itself():
    net = Network(keras.Sequential([keras.Input((6, 5, 1)), layers.Flatten(), layers.Dense(3, name="out")]))
    (panel,) = sheet("filters", net, "out").panels
    assert panel.images.shape == (3, 6, 5, 1)
    assert np.array_equal(panel.images[1], net.keras_layer("out").get_weights()[0][:, 1].reshape(6, 5, 1))


def test_layers_without_weights_name_those_that_have(network):
    refusal = obstacle_of_layer(view("filters"), describe(network), network.layer("join"))
    assert "join is a Concatenate without weights: net has colour, depthwise, deep" in refusal


def test_architecture_agrees_with_keras(network):
    shown = sheet("architecture", network)
    graph, text = shown.panels
    assert isinstance(graph, Diagram)
    assert isinstance(text, Paragraph)
    assert shown.arrays["parameters"].sum() == network.model.count_params()
    assert f"{network.model.count_params():,}" in text.text
    edges = {(graph.nodes[a].name, graph.nodes[b].name) for a, b in graph.edges}
    assert edges == {(p, la.name) for la in network.layers.values() for p in la.parents}
    fields = dict(zip(shown.arrays["layer"], shown.arrays["receptive_field"].tolist(), strict=True))
    assert (fields["colour"], fields["depthwise"], fields["deep"], fields["point"]) == ([3, 3], [5, 5], [7, 7], [5, 5])


def test_parameters_of_a_shared_layer_count_once():
    x = keras.Input((4, 4, 1))
    conv = layers.Conv2D(1, 3, padding="same")
    model = keras.Model(x, conv(conv(x)))
    shown = sheet("architecture", Network(model))
    assert f"with {model.count_params():,} parameters" in shown.summary
    assert "40 bytes" in shown.panels[1].text
    assert "Preprocessing" in shown.panels[1].text


def test_numbers_are_not_preprocessed():
    x = keras.Input((3,))
    shown = sheet("architecture", Network(keras.Model(x, layers.Dense(2)(x))))
    assert "Preprocessing" not in shown.panels[1].text


def test_layers_stand_below_their_parents_and_apart():
    parents = {"in": (), "a": ("in",), "b": ("in",), "c": ("b",), "sum": ("a", "c"), "skip": ("sum", "in")}
    places = layered(parents)
    assert [places[n][0] for n in parents] == [0, 1, 1, 2, 3, 4]
    assert len(set(places.values())) == len(places)
    assert places["a"][1] == places["b"][1] - 1
    assert places["in"][1] == 0.5


def test_predictions_are_the_likeliest_classes(network):
    pixels = RANDOM.integers(0, 255, (10, 10, 3), np.uint8)
    answer = np.asarray(network.model(pixels[None] / np.float32(255)))[0]
    label = int(np.argsort(-answer)[1])
    shown = sheet("predictions", network, inputs=[Picture(pixels, name="noise", target=label)], count=3)
    bars = shown.panels[1]
    assert isinstance(bars, Bars)
    np.testing.assert_allclose(bars.values, np.sort(answer)[::-1][:3], atol=1e-6)
    assert (bars.right, bars.labels[1]) == (1, str(label))
    np.testing.assert_allclose(shown.arrays["probabilities"][0], answer, atol=1e-6)
