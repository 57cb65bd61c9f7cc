"""What outputs are told to be, against Keras's own answers and closed forms."""

import json

import keras
import numpy as np
import pytest
from keras import layers, losses, ops

from dlviz.inspect import inspect_file, keras2, open_network
from dlviz.inspect.losses import compiled_with, losses_in
from dlviz.network import Network

RANDOM = np.random.default_rng(3)
SHAPE = (6, 6, 1)
X = RANDOM.uniform(size=(5, *SHAPE)).astype(np.float32)


def of(make, shape=SHAPE, **known) -> Network:
    """A network of what `make` makes of its input."""
    x = keras.Input(shape, name="x")
    return Network(keras.Model(x, make(x), name="net"), mode="none", **known)


def dense(units, activation=None, name=None):
    return lambda x: layers.Dense(units, activation, name=name)(layers.Flatten()(x))


def conv(channels, activation=None, strides=1):
    return lambda x: layers.Conv2D(channels, 3, strides, "same", activation=activation)(x)


# -- what is a distribution already -----------------------------------------------------------------------------------


def soft(x):
    return layers.Dense(4, "softmax", kernel_initializer=keras.initializers.RandomNormal(0, 3))(layers.Flatten()(x))


def mean_of_maps(x):
    maps = layers.Conv2D(4, 3, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(0, 3))(x)
    return layers.GlobalAveragePooling2D()(maps)


BEHIND = {
    "reshape": lambda x: layers.Reshape((4,))(layers.Reshape((1, 2, 2))(soft(x))),
    "cast": lambda x: ops.cast(soft(x), "float32"),
    "dropout": lambda x: layers.Dropout(0.5)(soft(x)),
    "average": lambda x: layers.Average()([soft(x), soft(x)]),
    "half the sum": lambda x: (soft(x) + soft(x)) * 0.5,
    "mean over places": mean_of_maps,
    "shares and the rest": lambda x: (lambda p: ops.concatenate([1 - p, p], axis=-1))(dense(1, "sigmoid")(x)),
    "nested": lambda x: layers.Flatten()(keras.Sequential([layers.Flatten(), layers.Dense(4), layers.Softmax()])(x)),
}


@pytest.mark.parametrize("behind", BEHIND)
def test_what_is_a_distribution_stays_one(behind):
    network = of(BEHIND[behind])
    answer = np.asarray(network.model(X))
    assert network.final == "softmax"
    assert not network.chosen_output.labels
    np.testing.assert_allclose(network.predict(X), answer.reshape(5, -1), atol=1e-6)
    np.testing.assert_allclose(ops.softmax(network.logits(X)), answer.reshape(5, -1), atol=1e-5)


def test_logits_behind_a_reshaped_softmax_are_the_layers_own():
    network = of(BEHIND["reshape"])
    layer = next(step.layer for step in network.graph.steps.values() if isinstance(step.layer, layers.Dense))
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(network.logits(X), X.reshape(5, -1) @ kernel + bias, atol=1e-5)


@pytest.mark.parametrize(
    "make",
    [lambda x: soft(x) + soft(x), lambda x: soft(x) * 2, lambda x: layers.Dense(4)(soft(x))],
    ids=["sum", "twice", "another layer"],
)
def test_what_is_none_is_none(make):
    assert of(make).final == "linear"


def test_the_logarithm_of_a_softmax_is_logits():
    network = of(dense(6, "log_softmax"))
    np.testing.assert_allclose(network.predict(X), np.exp(network.model(X)), atol=1e-6)


# -- kinds of answers -------------------------------------------------------------------------------------------------

KINDS = {
    "softmax": (dense(3, "softmax"), {}, "classes"),
    "many linear": (dense(10), {}, "classes"),
    "few linear": (dense(4), {}, "numbers"),
    "one linear": (dense(1), {}, "numbers"),
    "logit": (dense(1), {"losses": {"": "binary_crossentropy from logits"}}, "classes"),
    "hinge": (dense(1), {"losses": {"": "squared_hinge"}}, "classes"),
    "regression of many": (dense(10), {"losses": {"": "mse"}}, "numbers"),
    "boxes": (dense(8, name="bbox"), {}, "numbers"),
    "embedding": (dense(64, name="embedding"), {}, "numbers"),
    "unit length": (lambda x: layers.UnitNormalization()(dense(16)(x)), {}, "numbers"),
    "divided by its length": (lambda x: (y := dense(16)(x)) / ops.norm(y, axis=-1, keepdims=True), {}, "numbers"),
    "class names": (dense(3), {"classes": ("a", "b", "c")}, "classes"),
    "pooled features": (lambda x: layers.GlobalAveragePooling2D()(conv(32, "relu")(x)), {}, "numbers"),
    "autoencoder": (conv(1, "sigmoid"), {}, "picture"),
    "flat autoencoder": (dense(36, "sigmoid"), {"losses": {"": "binary_crossentropy"}}, "picture"),
    "class a pixel": (conv(4, "softmax"), {}, "pixels"),
    "logits a pixel": (conv(4), {}, "pixels"),
    "feature maps": (conv(12, "relu", 2), {}, "numbers"),
    "colourised": (conv(3), {"losses": {"": "mae"}}, "picture"),
    "generator": (lambda x: layers.Reshape((4, 4, 1))(layers.Dense(16, "tanh")(x)), {}, "picture"),
    "class a step": (lambda x: layers.Dense(3, "softmax")(x), {}, "steps"),
    "numbers per step": (lambda x: layers.Dense(3)(x), {}, "numbers"),
}
SHAPES = {"generator": (5,), "class a step": (7, 2), "numbers per step": (7, 2)}


@pytest.mark.parametrize("what", KINDS)
def test_kinds_of_answers(what):
    make, known, kind = KINDS[what]
    answered = of(make, SHAPES.get(what, SHAPE), **known).chosen_output
    assert (answered.kind, bool(answered.evidence)) == (kind, True)


def test_the_output_of_a_chain_has_the_name_of_its_last_layer():
    chain = keras.Sequential([keras.Input((2,)), layers.Dense(1, name="price")], name="houses")
    assert list(Network(chain).outputs) == ["price"]


def test_a_mask_of_one_class_is_told_by_its_colours():
    assert of(conv(1, "sigmoid"), (6, 6, 3)).chosen_output.kind == "pixels"


@pytest.mark.parametrize(
    ("make", "known", "labels"),
    [
        (dense(4, "sigmoid"), {}, True),
        (dense(1, "sigmoid"), {}, False),
        (dense(4, "sigmoid"), {"losses": {"": "categorical_crossentropy"}}, False),
        (dense(6), {"losses": {"": "binary_crossentropy from logits"}}, True),
    ],
)
def test_several_labels_keep_their_own_probabilities(make, known, labels):
    network = of(make, **known)
    assert network.chosen_output.labels is labels
    answer = np.asarray(network.model(X))
    if labels:
        expected = answer if network.final == "sigmoid" else 1 / (1 + np.exp(-answer))
        np.testing.assert_allclose(network.predict(X), expected, atol=1e-6)


# -- losses -----------------------------------------------------------------------------------------------------------


def compiled(loss) -> keras.Model:
    x = keras.Input((3,), name="x")
    outputs = {"a": layers.Dense(1, name="a")(x), "b": layers.Dense(1, name="b")(x)}
    model = keras.Model(x, outputs)
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_losses_come_from_the_file(suffix, tmp_path):
    model = compiled({"a": "mse", "b": losses.BinaryCrossentropy(from_logits=True)})
    model.save(tmp_path / f"net.{suffix}")
    loaded = open_network(tmp_path / f"net.{suffix}")
    expected = {"a": "mse", "b": "binary_crossentropy from logits"}
    assert loaded.losses == expected
    for network in (Network(loaded.model, losses=loaded.losses), Network(model)):
        assert {name: output.kind for name, output in network.outputs.items()} == {"a": "numbers", "b": "classes"}
    assert inspect_file(tmp_path / f"net.{suffix}").facts["losses"] == expected
    assert not loaded.model.compiled


def test_only_names_of_kerass_losses_are_taken():
    evil = {"module": "os", "class_name": "system", "config": {"from_logits": True}}
    assert losses_in([evil, "rm -rf /", {"class_name": "Custom>Huber"}, 3, None, "x" * 100_000]) == {"2": "huber"}
    assert losses_in(json.loads('{"class_name": "function", "config": "mean_squared_error"}')) == {
        "": "mean_squared_error"
    }


def test_every_loss_of_keras_is_known():
    found = [item for item in vars(losses).values() if isinstance(item, type) and issubclass(item, losses.Loss)]
    names = {loss.__name__ for loss in found} - {"Loss"}
    assert len(names) > 20
    assert [name for name in names if not losses_in({"class_name": name, "config": {}})] == []


def test_losses_come_from_savedmodel_folders_of_keras_2():
    noted = {"class_name": "Sequential", "config": {"layers": []}, "training_config": {"loss": "huber"}}
    network = keras2._network({0: ("root", json.dumps(noted).encode())})
    assert compiled_with(network["compile_config"]) == {"": "huber"}
