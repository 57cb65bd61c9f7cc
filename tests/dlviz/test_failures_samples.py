"""The view of failure cases, for samples, answers and number types of every kind."""

import keras
import numpy as np
import pytest

from dlviz.applies import obstacle
from dlviz.attacks import METHODS
from dlviz.attacks.layers import LayerChanges
from dlviz.attacks.objective import Objective
from dlviz.describe import describe
from dlviz.network import Network
from dlviz.options import configure
from dlviz.sheet import Matrix
from dlviz.views.failures import Failures
from dlviz_models.data.samples import Numbers, Picture, Several, Sound
from dlviz_models.errors import UserError
from tests.scenes import Given, scene_of

RANDOM = np.random.default_rng(4)


def shown(model, samples, fed=(), **settings):
    """The last sheet for a network and a list of samples."""
    view = configure(Failures, settings)
    network = Network(model, mode="unit")
    described = describe(network)
    assert not obstacle(Failures, described)
    *_, sheet = view.run(scene_of(network, samples=fed, data=Given(samples)))
    return network, sheet


def rows(count, shape=(3,), **known):
    return [Numbers(RANDOM.normal(size=shape).astype(np.float32), name=f"row {n}", **known) for n in range(count)]


def linear(units=1, activation=None, shape=(3,), loss=None):
    x = keras.Input(shape)
    model = keras.Model(x, keras.layers.Dense(units, activation, name="answer")(keras.layers.Flatten()(x)))
    if loss:
        model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    ("name", "units", "said"),
    [("price", 1, "moves price of"), (None, 1, "moves the answer of"), (None, 2, "moves answer 0 of")],
)
def test_what_is_moved_is_the_answer_unless_its_layer_was_given_a_name(name, units, said):
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(units, name=name)(x))
    model.compile("sgd", "mse")
    _, sheet = shown(model, rows(3), count=2, control=False)
    assert said in sheet.summary


@pytest.mark.parametrize("method", ["universal", "fgsm"])
def test_an_own_sample_that_is_in_the_data_as_well_counts_once(method):
    data = rows(4)
    own = Numbers(data[2].values.copy(), name="mine")
    _, sheet = shown(linear(loss="mse"), data, fed=[own], method=method, count=5)
    assert sheet.arrays["index"].tolist() == [0, 1, 2, 4]


def test_a_number_is_moved_by_the_distance_that_a_linear_network_has():
    """In standard deviations: change / |w * deviations|, at right angles to the level lines."""
    model, samples = linear(loss="mse"), rows(8)
    _, sheet = shown(model, samples, count=4, change=0.5, control=False)
    w, a = model.get_weights()[0][:, 0], sheet.arrays
    deviations = np.std([s.values for s in samples], axis=0)
    np.testing.assert_allclose(a["l2"], 0.5 / np.linalg.norm(w * deviations), rtol=5e-3)
    np.testing.assert_allclose(np.abs(model(a["adversarial"]) - model(a["original"])), 0.5, rtol=5e-3)
    assert a["success"].all()
    assert "moves answer" in sheet.summary
    table, before = sheet.panels[0], sheet.arrays["original"][0]
    change = sheet.arrays["adversarial"][0] - before
    np.testing.assert_allclose(table.values, np.stack([before, change, before + change], axis=1), rtol=1e-5)
    standard = (before - np.mean([s.values for s in samples], axis=0)) / deviations
    expected = np.stack([standard, change / deviations, standard + change / deviations], axis=1)
    np.testing.assert_allclose(table.colouring, expected, rtol=1e-4, atol=1e-5)
    *_, upwards = configure(Failures, {"target": "up", "change": 0.5}).run(
        scene_of(Network(model), data=Given(samples))
    )
    assert (upwards.arrays["predicted_after"] > upwards.arrays["predicted_before"]).all()


def test_the_nearest_of_several_labels_is_flipped():
    model, samples = linear(4, "sigmoid"), rows(6)
    network, sheet = shown(model, samples, count=6, control=False)
    w, b = model.get_weights()
    deviations = np.std([s.values for s in samples], axis=0)[:, None]
    logits = np.stack([s.values for s in samples]) @ w + b
    distances = np.abs(logits) / np.linalg.norm(w * deviations, axis=0)
    ranked = np.argsort(np.abs(logits), axis=1)[:, :3]
    nearest = np.take_along_axis(distances, ranked, axis=1).min(axis=1)
    np.testing.assert_allclose(sheet.arrays["l2"], nearest, rtol=2e-2)
    flipped = sheet.arrays["predicted_before"] != sheet.arrays["predicted_after"]
    assert flipped.any(axis=1).all()
    assert network.chosen_output.labels


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["two channels", "siamese", "sound", "sequence"])
def test_inputs_of_every_kind(kind, method):
    layers = keras.layers
    if kind == "sequence":
        model, samples = linear(3, "softmax", (6, 2)), rows(4, (6, 2))
    elif kind == "sound":
        x = keras.Input((1200, 1))
        model = keras.Model(x, layers.Dense(3, "softmax")(layers.GlobalAveragePooling1D()(layers.Conv1D(4, 9)(x))))
        samples = [Sound(RANDOM.uniform(-0.5, 0.5, 1200).astype(np.float32), name="s") for _ in range(3)]
    elif kind == "siamese":
        a, b = keras.Input((5, 5, 1), name="a"), keras.Input((5, 5, 1), name="b")
        tower = keras.Sequential([keras.Input((5, 5, 1)), layers.Flatten(), layers.Dense(4)])
        model = keras.Model([a, b], layers.Dense(1, "sigmoid")(layers.Subtract()([tower(a), tower(b)])))
        pictures = RANDOM.integers(60, 200, (6, 5, 5, 1), np.uint8)
        pairs = zip(pictures, pictures[::-1], strict=True)
        samples = [Several({"a": Picture(p), "b": Picture(q)}, name="pair") for p, q in pairs]
    else:
        model = linear(3, "softmax", (5, 5, 2))
        samples = [Picture(p, name="p") for p in RANDOM.integers(60, 200, (4, 5, 5, 2), np.uint8)]
    network, sheet = shown(model, samples, count=2, method=method)
    a = sheet.arrays
    assert a["success"][: 1 if method == "universal" else 2].all()  # made from the first, added to both
    fed = network.feed(samples[:2]) | {network.input: a["adversarial"]}
    arrays = [fed[name] for name in network.inputs]
    after = network.probabilities(np.asarray(model(arrays if len(arrays) > 1 else arrays[0])))
    np.testing.assert_array_equal(after.argmax(axis=1), a["predicted_after"])
    np.testing.assert_allclose(a["original"], network.feed(samples[:2])[network.input])
    if kind == "siamese":
        assert "Only a is changed; b stays as it is." in sheet.summary
    if kind == "sound":
        assert list(sheet.panels[0].series) == ["before", "change"]  # neither covers the other


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16", "float16", "float64", "float8"])
def test_number_types(policy, method):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if policy == "float8" else policy)
    try:
        model = linear(4, "softmax", (4, 4, 1))
    finally:
        keras.config.set_dtype_policy(before)
    if policy == "float8":
        model.layers[-1].quantize("float8")
    samples = [Picture(p, name="p") for p in RANDOM.integers(60, 200, (3, 4, 4, 1), np.uint8)]
    _, sheet = shown(model, samples, count=2, method=method)
    assert sheet.arrays["success"][: 1 if method == "universal" else 2].all()
    assert np.isfinite(sheet.arrays["l2"]).all()


def test_tokens_are_refused():
    layers = keras.layers
    x = keras.Input((9,))
    model = keras.Model(x, layers.Dense(2, "softmax")(layers.GlobalAveragePooling1D()(layers.Embedding(50, 3)(x))))
    assert "tokens, which cannot be changed a little" in obstacle(Failures, describe(Network(model)))


def test_what_has_no_gradient_is_refused():
    x = keras.Input((5, 5, 1))
    model = keras.Model(x, keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(keras.ops.sign(x))))
    with pytest.raises(UserError, match="is not differentiable in its input"):
        shown(model, [Picture(np.full((5, 5, 1), 99, np.uint8), name="p")])


@pytest.mark.parametrize(("count", "said"), [(4, False), (6, True)])
def test_rows_that_are_not_shown_are_said(count, said):
    samples = rows(count)
    _, sheet = shown(linear(), samples, count=count)
    assert ("The first 4 are shown." in sheet.summary) == said
    assert sum(isinstance(panel, Matrix) for panel in sheet.panels) == 4


def test_classes_without_names_are_called_class():
    model = linear(3, "softmax")
    sample = rows(1, target=0)
    _, sheet = shown(model, sample, fed=sample)
    before, after = (int(np.argmax(model(sheet.arrays[key]))) for key in ("original", "adversarial"))
    told = "gets this one of class 0 right" if after == 0 else f"takes this one of class 0 for class {after} "
    assert told in sheet.summary
    assert ("wrong before" in sheet.summary) == (before != 0)


def test_lbfgs_leaves_a_picture_of_one_colour():
    """The numbers in each max-pooling are tied there, and the gradient at it leads to nothing better."""
    keras.utils.set_random_seed(0)
    stack = [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
    stack += [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([keras.Input((12, 12, 3)), *stack, keras.layers.Dense(3, "softmax", name="answer")])
    red = Picture(np.tile(np.uint8([255, 0, 0]), (12, 12, 1)))
    _, sheet = shown(model, [red], count=1)
    before, after = (model.predict_on_batch(sheet.arrays[key]).argmax() for key in ("original", "adversarial"))
    assert before != after


@pytest.mark.parametrize("branches", [1, 2])
def test_layers_of_parallel_branches_are_not_joined_by_a_line(branches):
    pixels = keras.Input((8, 8, 1), name="pixels")
    stem = keras.layers.Conv2D(2, 3, name="stem")(pixels)
    ways = [keras.layers.Conv2D(2, 3, name=f"way{n}")(stem) for n in range(branches)]
    merged = keras.layers.Concatenate()(ways) if branches > 1 else ways[0]
    answer = keras.layers.Dense(2, "softmax", name="answer")(keras.layers.Flatten()(merged))
    network = Network(keras.Model(pixels, answer), "net")
    changes = LayerChanges(Objective(network, network.inputs["pixels"], np.zeros((2, 8, 8, 1), np.float32)))
    assert changes.layers == ("pixels", "stem", *(f"way{n}" for n in range(branches)), "answer")
    assert changes.form_a_chain == (branches == 1)
