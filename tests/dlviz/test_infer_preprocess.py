import keras
import numpy as np
import pytest
from keras import layers, ops

from dlviz.model.graph import Graph
from dlviz.network import Network
from dlviz.preprocessing.infer import UNTOLD, affine_fronts, infer
from dlviz.preprocessing.modes import MODES

RANDOM = np.random.default_rng(0)


def told(model):
    graph = Graph(model)
    mode, says = infer(graph, graph.inputs[0], (model.name,), None)
    return mode.mode, says


def behind(front, channels=3, **conv):
    """A small network with `front` before its first convolution."""
    image = keras.Input((16, 16, channels))
    x = layers.Conv2D(4, 3, **conv)(front(image))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def mobilenet(image):
    """As MobileNetV2 begins, with its layers' names."""
    x = layers.Conv2D(4, 3, strides=2, use_bias=False, name="Conv1")(image)
    x = layers.ReLU(6.0, name="Conv1_relu")(layers.BatchNormalization(name="bn_Conv1")(x))
    return layers.DepthwiseConv2D(3, name="expanded_conv_depthwise")(x)


def vgg(image):
    x = layers.Conv2D(4, 3, activation="relu", name="block1_conv1")(image)
    x = layers.Conv2D(4, 3, activation="relu", name="block1_conv2")(x)
    return layers.Conv2D(4, 3, activation="relu", name="block2_conv1")(layers.MaxPooling2D(name="block1_pool")(x))


def flat(body, image, front=lambda x: x):
    return keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(body(front(image)))), name="mine")


def nested(body, image, front=lambda x: x):
    inner = keras.Input((32, 32, 3))
    backbone = keras.Model(inner, body(inner), name="backbone")
    return keras.Model(image, layers.Dense(3)(layers.Flatten()(backbone(front(image)))), name="mine")


@pytest.mark.parametrize("form", [flat, nested])
@pytest.mark.parametrize(
    ("body", "front", "expected"),
    [
        (mobilenet, lambda x: x, "tf"),
        (mobilenet, layers.RandomFlip(), "tf"),
        (mobilenet, layers.Rescaling(1 / 127.5, -1), "none"),
        (mobilenet, layers.Rescaling(2.0, -1), "unit"),
        (mobilenet, lambda x: ops.subtract(ops.multiply(x, 2 / 255), 1.0), "none"),
        (mobilenet, keras.applications.mobilenet_v2.preprocess_input, "none"),
        (mobilenet, lambda x: keras.applications.mobilenet_v2.preprocess_input(layers.Rescaling(255)(x)), "unit"),
        (vgg, lambda x: x, "caffe"),
        (vgg, keras.applications.vgg16.preprocess_input, "none"),
        (vgg, lambda x: keras.applications.vgg16.preprocess_input((x + 1) * 127.5), "tf"),
        (vgg, layers.Rescaling(1 / 255), "none"),  # not as VGG was trained, but no other range lands better
    ],
)
def test_layers_of_keras_applications_get_what_they_were_trained_on(form, body, front, expected):
    mode, says = told(form(body, keras.Input((32, 32, 3)), front))
    assert mode == expected
    assert says.startswith(f"{mode}, pixels as ")


def test_a_convolution_of_ones_own_before_the_backbone_leaves_nothing_to_tell():
    image = keras.Input((32, 32, 1))
    assert told(flat(mobilenet, image, lambda x: layers.Conv2D(3, 1)(x))) == ("unit", UNTOLD)


def test_a_grey_picture_made_three_channels_is_followed():
    image = keras.Input((32, 32, 1))
    assert told(flat(mobilenet, image, lambda x: layers.Concatenate()([x, x, x])))[0] == "tf"


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: keras.applications.MobileNet((32, 32, 3), 0.25, weights=None, classes=3), "tf"),
        (lambda: keras.applications.MobileNetV3Small((32, 32, 3), 0.75, True, weights=None, classes=3), "none"),
    ],
)
def test_keras_applications_themselves(build, expected):
    assert told(build())[0] == expected


@pytest.mark.parametrize(
    ("front", "channels", "expected"),
    [
        (layers.Rescaling(1 / 255), 3, "none"),
        (layers.Rescaling(1 / 127.5, -1), 1, "none"),
        (layers.Rescaling(-1 / 255, 1), 1, "none"),
        (layers.Normalization(mean=33.3, variance=78.6**2), 1, "none"),  # of MNIST as 0..255
        (layers.Normalization(mean=0.1307, variance=0.3081**2), 1, "unit"),  # of MNIST as 0..1
        (layers.Normalization(mean=-0.7386, variance=0.6162**2), 1, "tf"),  # of MNIST as -1..1
        (layers.Normalization(mean=[0.485, 0.456, 0.406], variance=[0.0524, 0.0502, 0.0506]), 3, "unit"),
        (layers.Normalization(mean=[0.5] * 3, variance=[0.25] * 3), 3, "unit"),
        (lambda x: x - 0.5, 3, "unit"),
        (lambda x: x / 2 + 0.5, 3, "tf"),
        (lambda x: ops.flip(x, -1) / 255.0, 3, "none"),
        (lambda x: ops.stack([x[..., 2], x[..., 1], x[..., 0]], -1) - np.float32([104, 117, 124]), 3, "none"),
        (lambda x: ops.clip(x / 255.0, 0, 1), 3, "none"),
        (lambda x: layers.Rescaling(1 / 255)(layers.Resizing(8, 8)(layers.RandomRotation(0.1)(x))), 3, "none"),
    ],
)
def test_the_range_is_chosen_that_lands_sensibly(front, channels, expected):
    mode, says = told(behind(front, channels))
    assert (mode, says != UNTOLD) == (expected, True)


def test_a_batch_normalization_in_front_remembers_its_range():
    normalization = layers.BatchNormalization(epsilon=1e-6)
    model = behind(normalization)
    assert told(model) == ("unit", UNTOLD)  # before it has seen any
    normalization.set_weights([np.ones(3), np.zeros(3), np.full(3, 118.0), np.full(3, 60.0**2)])
    assert told(model)[0] == "none"


@pytest.mark.parametrize(
    "front", [lambda x: x[:, :14], lambda x: x[..., ::-1], layers.ZeroPadding2D(), layers.Resizing(8, 8)]
)
def test_what_leaves_the_range_alone_tells_nothing(front):
    assert told(behind(front)) == ("unit", UNTOLD)


def test_other_first_layers_with_weights_tell_nothing():
    image = keras.Input((16, 16, 3))
    x = layers.Add()([layers.SeparableConv2D(3, 3, padding="same")(image), image])
    assert told(keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))) == ("unit", UNTOLD)


def test_whole_numbers_are_pixels():
    image = keras.Input((16, 16, 3), dtype="uint8")
    x = layers.Flatten()(ops.cast(image, "float32"))
    assert told(keras.Model(image, layers.Dense(2)(x)))[0] == "none"


def test_the_map_before_the_first_weights_is_exact():
    def front(x):
        return layers.Rescaling(0.5, 3)(keras.applications.imagenet_utils.preprocess_input(x, mode="torch"))[..., ::-1]

    graph = Graph(behind(front, name="first"))
    affine = affine_fronts(graph, graph.inputs[0])["first"]
    pixels = RANDOM.integers(0, 256, (5, 3)).astype(np.float32)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = (((pixels / 255 - mean) / deviation) * 0.5 + 3)[:, ::-1]
    np.testing.assert_allclose(affine(pixels), expected, atol=1e-5)


def test_each_input_has_its_own():
    first, second = keras.Input((16, 16, 1), name="a"), keras.Input((16, 16, 1), name="b")
    tower = layers.Conv2D(2, 3)
    x = layers.Subtract()([tower(layers.Rescaling(1 / 255)(first)), tower(second - 0.5)])
    graph = Graph(keras.Model([first, second], layers.Dense(1)(layers.Flatten()(x))))
    modes = {name: infer(graph, name, (), None)[0].mode for name in graph.inputs}
    assert modes == {"a": "none", "b": "unit"}


def test_the_card_counts_first():
    graph = Graph(behind(layers.Rescaling(1 / 255)))
    assert infer(graph, graph.inputs[0], (), "tf") == (MODES["tf"], "tf, as the network's card says")


def test_a_vector_and_an_open_size_are_followed():
    vector = keras.Sequential([keras.Input((784,)), layers.Rescaling(1 / 255), layers.Dense(2)])
    assert Network(vector).preprocess.mode == "none"
    image = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3)(layers.Rescaling(1 / 127.5, -1)(image)))
    assert told(keras.Model(image, x))[0] == "none"
