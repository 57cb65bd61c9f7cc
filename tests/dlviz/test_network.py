import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image as Pillow

from dlviz import targets, truth
from dlviz.memory import Memory
from dlviz.network import Network
from dlviz.preprocessing.modes import MODES
from dlviz.sheet import Sheet
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    x = keras.Input((8, 8, 3), name="pixels")
    y = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    y = layers.MaxPooling2D(name="pool")(y)
    y = layers.Flatten(name="flat")(y)
    return keras.Model(x, layers.Dense(5, activation="softmax", name="out")(y), name="small")


@pytest.fixture(scope="module")
def network(model):
    return Network(model, classes=("a", "b", "c", "d", "e"), mode="unit")


def test_layers_are_described(network, model):
    assert list(network.layers) == ["pixels", "conv", "pool", "flat", "out"]
    conv = network.layer("conv")
    assert (conv.kind, conv.shape, conv.parameters, conv.units) == ("Conv2D", (6, 6, 4), 3 * 3 * 3 * 4 + 4, 4)
    assert conv.has_kernel
    assert conv.is_map
    assert conv.parents == ("pixels",)
    assert not network.layer("pool").has_kernel
    assert not network.layer("out").is_map
    assert sum(la.parameters for la in network.layers.values()) == model.count_params()
    assert (network.first_kernel, network.input, network.output) == ("conv", "pixels", "out")


def test_a_wrong_layer_name_brings_the_nearest(network):
    with pytest.raises(UserError, match=r"small has no layer convv: try conv"):
        network.layer("convv")


def test_activations_are_kerass(network, model):
    x = RANDOM.random((8, 8, 3), np.float32)
    theirs = keras.Model(model.input, [la.output for la in model.layers])(x[None])
    ours = network.activations({"pixels": x[None]})
    assert list(ours) == ["conv", "pool", "flat", "out"]
    for layer, expected in list(zip(model.layers, theirs, strict=True))[1:]:
        np.testing.assert_allclose(ours[layer.name], np.asarray(expected)[0], atol=1e-6)
    other = network.activations({"pixels": x[None] + 1})
    assert not np.allclose(other["conv"], ours["conv"])


def test_of_samples_browsed_at_one_layer_it_alone_is_computed(model, monkeypatch):
    network, computed = Network(model, mode="unit"), []
    function = network.function
    monkeypatch.setattr(network, "function", lambda taps: computed.append(tuple(taps)) or function(taps))
    samples = RANDOM.random((6, 1, 8, 8, 3), np.float32)
    first_layer = keras.Model(model.input, model.get_layer("conv").output)
    for x in samples[:5]:
        ours = network.activation({"pixels": x}, "conv")
        np.testing.assert_allclose(ours, np.asarray(first_layer(x))[0], atol=1e-6)
    assert computed == [network.visible] * 3 + [("conv",)] * 2
    out = network.activation({"pixels": samples[4]}, "out")  # another layer of the same sample
    np.testing.assert_allclose(out, np.asarray(model(samples[4]))[0], atol=1e-6)
    network.activation({"pixels": samples[4]}, "pool")
    network.activation({"pixels": samples[5]}, "pool")
    assert computed[5:] == [network.visible] * 2


def test_predictions_are_probabilities_in_any_batch(network, model):
    x = RANDOM.random((7, 8, 8, 3), np.float32)
    np.testing.assert_allclose(network.predict(x, batch=3), model(x), atol=1e-6)


@pytest.mark.parametrize("units", [1, 4])
@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_logits_become_probabilities(units, activation):
    net = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(units, activation=activation)])
    x = RANDOM.random((3, 4, 4, 1), np.float32)
    answer, raw = Network(net).predict(x), np.asarray(net(x))
    assert answer.shape == (3, max(units, 2))
    if units == 1:
        p = raw if activation else 1 / (1 + np.exp(-raw))
        np.testing.assert_allclose(answer, np.concatenate([1 - p, p], axis=1), atol=1e-6)
    elif activation is None:
        np.testing.assert_allclose(answer, keras.ops.softmax(raw), atol=1e-6)


@pytest.mark.parametrize("size", [(8, 8), (16, 16), (5, 9), (30, 12)])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_of_any_size_are_made_to_fit(network, size, channels):
    pixels = RANDOM.integers(0, 255, (*size, channels), np.uint8)
    fitted = network.resize_to_input(pixels)
    assert fitted.shape == (8, 8, 3)
    if size == (8, 8):
        assert np.array_equal(fitted, np.broadcast_to(pixels, (8, 8, 3)))
    x = network.feed_pictures([pixels])
    np.testing.assert_allclose(x[0], fitted / np.float32(255), atol=1e-6)


def test_grey_is_made_as_pillow_does():
    net = Network(keras.Sequential([keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(2)]))
    pixels = RANDOM.integers(0, 255, (6, 6, 3), np.uint8)
    assert np.array_equal(net.resize_to_input(pixels)[..., 0], np.asarray(Pillow.fromarray(pixels).convert("L")))


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe"])
def test_preprocessing_is_kerass(mode):
    pixels = RANDOM.integers(0, 255, (2, 5, 5, 3), np.uint8)
    theirs = keras.applications.imagenet_utils.preprocess_input(pixels.astype(np.float32), mode=mode)
    ours = MODES[mode].apply(pixels)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    np.testing.assert_allclose(MODES[mode].pixels(ours), pixels, atol=1e-3)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (None, "tf"),
        (keras.applications.mobilenet_v2.preprocess_input, "none"),
        (keras.applications.resnet50.preprocess_input, "none"),
        (layers.Rescaling(1 / 127.5, offset=-1), "none"),
    ],
)
def test_preprocessing_of_a_network_built_on_another(inside, expected):
    image = keras.Input((32, 32, 3))
    x = layers.RandomFlip()(image)
    backbone = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None)
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(backbone(inside(x) if inside else x))))
    assert Network(model).preprocess.mode == expected


def test_what_takes_no_pictures_says_so():
    net = Network(keras.Sequential([keras.Input((7,)), layers.Dense(2)], name="vectors"))
    assert not net.takes_pictures
    with pytest.raises(UserError, match="vectors takes numbers, not pictures"):
        _ = net.input_shape


def test_channels_first_is_known():
    net = Network(
        keras.Sequential([keras.Input((3, 8, 9)), layers.MaxPooling2D(data_format="channels_first", name="pool")])
    )
    assert net.channels_first("pool")
    assert net.layer("pool").units == 3


@pytest.mark.parametrize("shape", [(28, 28), (784,)])
def test_rows_and_vectors_are_fed_with_pictures(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
    network = Network(model, mode="unit")
    assert network.input_shape == (28, 28, 1)
    picture = rng.integers(0, 256, (28, 28, 1), dtype=np.uint8)
    x = network.feed_pictures([picture])
    expected = model((picture / 255).reshape(1, *shape).astype(np.float32)).numpy()
    np.testing.assert_allclose(network.predict(x), expected, atol=1e-6)
    assert network.as_fed(x[0]).shape == shape


def test_what_was_found_with_other_weights_is_forgotten(model):
    network = Network(model, mode="unit")
    x = {"pixels": RANDOM.random((1, 8, 8, 3), np.float32)}
    network.forget_if_trained()
    before = network.activations(x)["conv"].copy()
    network.memory["a source",] = Memory()
    network.forget_if_trained()
    assert network.memory
    kernel, bias = model.get_layer("conv").get_weights()
    model.get_layer("conv").set_weights([2 * kernel, bias])
    try:
        network.forget_if_trained()
        assert not network.memory
        np.testing.assert_allclose(network.activations(x)["conv"], 2 * before, atol=1e-5)
    finally:
        model.get_layer("conv").set_weights([kernel, bias])


def test_scripts_find_sentences_under_their_earlier_names(network):
    assert network.preprocess_says == network.preprocess_note
    assert Sheet("a title", "what is seen", ()).says == "what is seen"
    assert truth.outputs_of_classes is targets.outputs_of_classes
