"""The flattened graph against Keras's own outputs."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.model.graph import Graph
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.normal(size=(3, 8, 8, 2)).astype(np.float32)


def sequential():
    return keras.Sequential(
        [keras.Input((8, 8, 2), name="in"), layers.Conv2D(3, 3, activation="relu", name="conv"),
         layers.BatchNormalization(name="bn"), layers.Dropout(0.5, name="drop"), layers.Flatten(name="flat"),
         layers.Dense(4, name="out")]
    )  # fmt: skip


def branches():
    x = keras.Input((8, 8, 2), name="in")
    a = layers.Conv2D(3, 3, padding="same", name="a")(x)
    b = layers.Conv2D(3, 1, name="b")(x)
    y = layers.Add(name="sum")([a, b])
    y = layers.Concatenate(name="join")([y, a])
    return keras.Model(x, layers.Dense(4, name="out")(layers.GlobalAveragePooling2D(name="mean")(y)))


def nested():
    inner = keras.Sequential(
        [keras.Input((8, 8, 2)), layers.Conv2D(3, 3, name="conv"), layers.ReLU(name="relu")], name="body"
    )
    y = keras.Input((6, 6, 3))
    head = keras.Model(y, layers.Dense(4, name="out")(layers.Flatten(name="flat")(y)), name="head")
    x = keras.Input((8, 8, 2), name="in")
    return keras.Model(x, head(inner(x)))


def shared():
    x = keras.Input((8, 8, 2), name="in")
    conv = layers.Conv2D(2, 3, padding="same", name="conv")
    return keras.Model(x, layers.Add(name="sum")([conv(conv(x)), x]))


def operations():
    x = keras.Input((8, 8, 2), name="in")
    y = keras.ops.relu(x * 2 - 1)
    return keras.Model(x, keras.ops.mean(y, axis=(1, 2)))


MAKERS = [sequential, branches, nested, shared, operations]


@pytest.mark.parametrize("make", MAKERS)
def test_the_output_is_kerass(make):
    model = make()
    graph = Graph(model)
    (output,) = graph.run({graph.inputs[0]: PICTURES}, list(graph.outputs.values()))
    np.testing.assert_allclose(output, model(PICTURES, training=False), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", MAKERS)
def test_every_layer_comes_after_its_parents_and_can_be_run_on_from(make):
    model = make()
    graph = Graph(model)
    expected = np.asarray(model(PICTURES, training=False))
    seen: set[str] = set()
    for name, parents in graph.parents.items():
        assert set(parents) <= seen
        seen.add(name)
    names = list(graph.steps)
    values = dict(zip(names, graph.run({graph.inputs[0]: PICTURES}, names), strict=True))
    for name in names:
        feeds = {p: values[p] for p in graph.parents[name]} or {name: PICTURES}
        np.testing.assert_allclose(graph.run(feeds, [name])[0], values[name], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(values[next(iter(graph.outputs.values()))], expected, rtol=1e-5, atol=1e-6)


def test_layers_answer_as_kerass_own_submodels_do():
    model = branches()
    graph = Graph(model)
    names = ["a", "b", "sum", "join", "mean", "out"]
    theirs = keras.Model(model.input, [model.get_layer(n).output for n in names])(PICTURES)
    for ours, expected in zip(graph.run({"in": PICTURES}, names), theirs, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


def test_nested_layers_are_named_by_where_they_are():
    assert list(Graph(nested()).steps) == ["in", "body/conv", "body/relu", "head/flat", "head/out"]


def test_a_shared_layer_stands_there_twice():
    graph = Graph(shared())
    assert list(graph.steps) == ["in", "conv", "conv#2", "sum"]
    assert graph.parents["sum"] == ("conv#2", "in")
    assert graph.steps["conv"].layer is graph.steps["conv#2"].layer


def test_calls_can_be_replaced():
    graph = Graph(sequential())

    def call(step, *args, **kwargs):
        return args[0] if step.name == "bn" else step.layer(*args, **kwargs)

    conv, bn = graph.run({"in": PICTURES}, ["conv", "bn"], call)
    assert np.array_equal(conv, bn)


def test_only_what_is_needed_is_run():
    assert [s.name for s in Graph(branches()).ancestors(["sum"])] == ["in", "a", "b", "sum"]
    assert [s.name for s in Graph(branches()).ancestors(["out"], stop=["join"])] == ["join", "mean", "out"]


class Subclassed(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(("model", "says"), [(Subclassed, "subclassed"), (keras.Sequential, "input shape")])
def test_networks_without_a_graph_are_refused(model, says):
    with pytest.raises(UserError, match=says):
        Graph(model())
