"""Changes to a network, held to twins whose weights were changed by hand in Keras."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.ablation import DownstreamNetwork
from dlviz.analysis.surgery import apply_changes
from dlviz.api import open_model, show
from dlviz.cache_keys import of_network
from dlviz.cli.requests import read_command
from dlviz.jobs import Request
from dlviz.model.changes import edit
from dlviz.network import Network
from dlviz.request_text import command, python
from dlviz.session import Session
from dlviz_models.errors import UserError

OFF = "off=conv2:3"


@pytest.fixture(scope="module")
def twin() -> keras.Model:
    """LeNet-5 in which conv3 does not listen to unit 3 of conv2."""
    model = open_model("lenet5").model
    found = keras.models.clone_model(model)
    found.set_weights(model.get_weights())
    kernel, bias = found.get_layer("conv3").get_weights()  # (height, width, inputs, units)
    kernel[:, :, 3] = 0
    found.get_layer("conv3").set_weights([kernel, bias])
    return found


@pytest.mark.parametrize(
    ("view", "array", "how"),
    [
        ("attribution_graph", "value", {"input": "digits:7"}),
        ("activations", "activation", {"layer": "conv3", "input": "digits:7"}),
        ("saliency", "map", {"input": "digits:7"}),
        ("mistakes", "confusion", {"data": "digits", "limit": 200}),
        ("patches", "score", {"layer": "conv3", "data": "digits", "limit": 60}),
    ],
)
def test_every_view_follows_a_unit_that_is_off(twin, view, array, how):
    changed, by_hand = (
        show(view, model, **how, **given) for model, given in (("lenet5", {"changes": [OFF]}), (twin, {}))
    )
    np.testing.assert_allclose(changed.arrays[array], by_hand.arrays[array], rtol=1e-4, atol=1e-5)
    assert np.abs(changed.arrays[array] - show(view, "lenet5", **how).arrays[array]).max() > 1e-4
    assert changed.title.startswith("lenet5 with unit 3 of conv2 off")


def test_the_unit_itself_responds_nothing_and_gets_no_gradient():
    network = open_model("lenet5", changes=[OFF])
    feeds = network.feed(Session().samples(network, ["digits:7"]))
    assert not network.maps(feeds, "conv2")[..., 3].any()
    assert network.maps(feeds, "conv2")[..., 4].any()
    assert open_model("lenet5").maps(feeds, "conv2")[..., 3].any()


def test_changes_are_made_in_their_order():
    x = keras.Input((3,))
    model = keras.Model(x, layers.Dense(3, name="out")(layers.Activation("linear", name="same")(x)))
    model.layers[-1].set_weights([np.eye(3), np.zeros(3)])
    network = apply_changes(Network(model), ["scale=same:0:2", "swap=same:0:2", "scale=same:0:10"])
    answer = network.answer({network.input: np.array([[1, 2, 3]], np.float32)})
    np.testing.assert_allclose(answer, [[30, 2, 2]])
    assert network.name.endswith(
        "with unit 0 of same times 2, units 0 and 2 of same swapped and unit 0 of same times 10"
    )


def test_the_order_of_an_edit():
    both = edit(3, scale={0: 2.0}).swapped(0, 1)
    response = np.array([5.0, 7.0, 9.0])
    np.testing.assert_allclose(both.factor * response[both.source], [7, 10, 9])


def test_masks_of_padded_texts_go_on_past_a_changed_layer():
    tokens = keras.Input((5,), dtype="int32")
    embedded = layers.Embedding(9, 3, mask_zero=True, name="embedding")(tokens)
    model = keras.Model(tokens, layers.Dense(2, "softmax")(layers.LSTM(4)(embedded)))
    rows = np.array([[1, 2, 0, 0, 0], [3, 4, 5, 6, 7]])
    changed = apply_changes(Network(model), ["off=embedding:1"]).answer({tokens.name: rows})
    [weights] = model.get_layer("embedding").get_weights()
    model.get_layer("embedding").set_weights([weights * [1, 0, 1]])
    np.testing.assert_allclose(changed, model(rows), atol=1e-6)


def test_a_weight_is_set_in_a_model_of_its_own():
    change = "weight=conv1:kernel:0,1,0,3:0.5"
    changed, before = (show("filters", "lenet5", layer="conv1", changes=c).arrays["weights"] for c in ([change], []))
    assert changed[0, 1, 0, 3] == 0.5
    assert np.flatnonzero(changed != before).tolist() == [np.ravel_multi_index((0, 1, 0, 3), before.shape)]


def test_what_was_found_out_before_a_change_is_not_taken_up_after_it():
    changes = ([], [OFF], ["scale=conv2:3:0.5"], ["weight=conv1:bias:0:1"])
    assert len({of_network(open_model("lenet5", changes=each)) for each in changes}) == len(changes)


def test_a_request_says_what_was_changed():
    request = Request("filters", "lenet5", layer="conv1", changes=(OFF, "weight=conv1:kernel:0,1,0,3:0.5"))
    line = command(request)
    assert line == f"dlviz show filters lenet5 --layer conv1 --change {OFF} --change weight=conv1:kernel:0,1,0,3:0.5"
    assert read_command(line) == request
    assert f'changes=("{OFF}", "weight=conv1:kernel:0,1,0,3:0.5")' in python(request)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("off=conv1:6", "Layer conv1 has 6 units, numbered from 0: there is no 6"),
        ("swap=conv1:1:6", "Layer conv1 has 6 units, numbered from 0: there is no 6"),
        ("off=conv:1", "lenet5 has no layer conv: try conv3, conv2, conv1"),
        ("off=pixels:0", "pixels has no units to change"),
        ("off=probabilities:0", "probabilities gives the answer itself: choose a layer before it"),
        ("scale=conv1:0:nan", "scale=conv1:0:nan is not a change: write off=LAYER:UNIT, scale="),
        ("weight=conv1:core:0:1", "Layer conv1 has no weight called core: choose one of kernel, bias"),
        ("weight=pool1:kernel:0:1", "Layer pool1 has no weight called kernel: choose a layer with weights"),
        ("weight=conv1:kernel:5,0,0,0:1", "kernel of conv1 is 5×5×1×6: there is no [5, 0, 0, 0]"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(change, says):
    with pytest.raises(UserError, match=says.replace("[", r"\[")):
        show("predictions", "lenet5", input="digits:7", changes=[change])


def test_weights_of_a_model_in_memory_are_left_to_whoever_has_it(twin):
    with pytest.raises(UserError, match="is a model in memory"):
        show("filters", twin, layer="conv1", changes=["weight=conv1:bias:0:1"])


def several_outputs() -> keras.Model:
    """The logits are made of the output and the cell state of an LSTM, and of a layer that is used twice."""
    text, picture = keras.Input((5, 3), name="text"), keras.Input((4,), name="numbers")
    last, _, cell = layers.LSTM(4, return_state=True, name="lstm")(text)
    shared = layers.Dense(4, name="shared")
    joined = layers.Concatenate(name="joined")([last, cell, shared(picture), shared(layers.ReLU()(picture))])
    return keras.Model([text, picture], layers.Dense(3, "softmax", name="out")(joined))


@pytest.mark.parametrize(
    ("change", "row", "factor"),
    [("off=lstm:1", 1, 0), ("scale=lstm:2:3:-2", 4 + 3, -2), ("off=shared:2", 8 + 2, 0), ("off=shared#2:2", 12 + 2, 0)],
)
def test_each_output_of_a_layer_and_each_use_of_a_shared_one_has_units(change, row, factor):
    model = several_outputs()
    feeds = {t.name: np.random.default_rng(0).normal(size=(6, *t.shape[1:])).astype(np.float32) for t in model.inputs}
    network = Network(model)
    changed = apply_changes(network, [change]).answer(feeds)
    layer, unit = change.partition("=")[2].removesuffix(":-2").rsplit(":", 1)
    rest = DownstreamNetwork(network, layer)
    again = rest.answer(rest.batch(feeds), edit(rest.units, scale={int(unit): factor}))
    kernel, bias = model.get_layer("out").get_weights()
    kernel[row] *= factor
    model.get_layer("out").set_weights([kernel, bias])
    expected = np.asarray(model(feeds))
    np.testing.assert_allclose(changed, expected, atol=1e-6)
    np.testing.assert_allclose(again, expected, atol=1e-6)


def test_an_output_that_nothing_takes_is_not_changed():
    network = Network(several_outputs())
    says = "Nothing takes what lstm:1 gives, so that changing it changes no answer: choose one of lstm, lstm:2"
    with pytest.raises(UserError, match=says):
        apply_changes(network, ["off=lstm:1:0"])
    with pytest.raises(UserError, match="does not depend on lstm:1"):
        DownstreamNetwork(network, "lstm:1")


def test_scores_of_attention_can_be_switched_off_by_the_head():
    x = keras.Input((3, 4), name="x")
    y, scores = layers.MultiHeadAttention(2, 3, name="attention")(x, x, return_attention_scores=True)
    out = layers.Dense(2, name="out")(layers.Concatenate()([layers.Flatten()(y), layers.Flatten()(scores)]))
    model = keras.Model(x, out)
    fed = {"x": np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)}
    changed = apply_changes(Network(model), ["off=attention:1:1", "off=attention:3"]).answer(fed)
    kernel, bias = model.get_layer("out").get_weights()
    kernel[12 + 9 :] = 0  # (step, unit), then (head, query, key)
    kernel[3:12:4] = 0
    model.get_layer("out").set_weights([kernel, bias])
    np.testing.assert_allclose(changed, np.asarray(model(fed["x"])), atol=1e-6)
