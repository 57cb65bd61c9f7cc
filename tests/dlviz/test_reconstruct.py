"""The ways back against an implementation of their own in numpy: transposed convolutions and recorded switches."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.reconstruct import Reconstruction, empty_reconstructions
from dlviz.network import Network
from dlviz.scan import Scan
from dlviz_models.data import ArrayPictures
from dlviz_models.errors import UserError

MODES = ("deconv", "guided", "gradient")


class Convolution:
    """y = x * kernel + bias with strides and TensorFlow's `same` padding, and its transpose."""

    def __init__(self, layer: layers.Conv2D) -> None:
        self.kernel, self.bias = (np.asarray(w, np.float64) for w in layer.get_weights())
        self.stride, self.same = layer.strides[0], layer.padding == "same"

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape, (kh, kw) = x.shape, self.kernel.shape[:2]
        s, (h, w) = self.stride, x.shape[:2]
        self.out = (-(-h // s), -(-w // s)) if self.same else ((h - kh) // s + 1, (w - kw) // s + 1)
        needed = [(o - 1) * s + k - n for o, k, n in zip(self.out, (kh, kw), (h, w), strict=True)]
        self.pad = [max(n, 0) if self.same else 0 for n in needed]
        x = np.pad(x, [(p // 2, p - p // 2) for p in self.pad] + [(0, 0)])
        y = np.zeros((*self.out, self.kernel.shape[3]))
        for i, j in np.ndindex(kh, kw):
            y += (
                x[i : i + s * self.out[0] : s, j : j + s * self.out[1] : s][: self.out[0], : self.out[1]]
                @ self.kernel[i, j]
            )
        return y + self.bias

    def backward(self, signal: np.ndarray, mode: str) -> np.ndarray:
        s, (kh, kw) = self.stride, self.kernel.shape[:2]
        h, w, c = self.shape
        x = np.zeros((h + self.pad[0] + kh + s, w + self.pad[1] + kw + s, c))
        for i, j in np.ndindex(kh, kw):
            x[i : i + s * self.out[0] : s, j : j + s * self.out[1] : s] += signal @ self.kernel[i, j].T
        top, left = self.pad[0] // 2, self.pad[1] // 2
        return x[top : top + h, left : left + w]


class Rectifier:
    def forward(self, x: np.ndarray) -> np.ndarray:
        self.open = x > 0
        return np.maximum(x, 0)

    def backward(self, signal: np.ndarray, mode: str) -> np.ndarray:
        if mode in ("deconv", "guided"):
            signal = np.maximum(signal, 0)
        return signal if mode == "deconv" else signal * self.open


class Pooling:
    """Max pooling that records its switches."""

    def __init__(self, layer: layers.MaxPooling2D) -> None:
        self.size, self.stride = layer.pool_size[0], layer.strides[0]

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        rows, columns = ((n - self.size) // self.stride + 1 for n in x.shape[:2])
        y, self.switches = np.zeros((rows, columns, x.shape[2])), {}
        for r, c, unit in np.ndindex(y.shape):
            top, left = r * self.stride, c * self.stride
            window = x[top : top + self.size, left : left + self.size, unit]
            i, j = np.unravel_index(window.argmax(), window.shape)
            self.switches[r, c, unit] = (top + i, left + j, unit)
            y[r, c, unit] = window[i, j]
        return y

    def backward(self, signal: np.ndarray, mode: str) -> np.ndarray:
        x = np.zeros(self.shape)
        for place, switch in self.switches.items():
            x[switch] += signal[place]
        return x


def _reference(model: keras.Model, x: np.ndarray, unit: int, position: tuple[int, int], mode: str) -> np.ndarray:
    steps: list = []
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            steps.append(Convolution(layer))
        elif isinstance(layer, layers.MaxPooling2D):
            steps.append(Pooling(layer))
        if isinstance(layer, layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu:
            steps.append(Rectifier())
    y = x.astype(np.float64)
    for step in steps:
        y = step.forward(y)
    signal = np.zeros_like(y)
    signal[(*position, unit)] = y[(*position, unit)]
    for step in reversed(steps):
        signal = step.backward(signal, mode)
    return signal


def _fused() -> list[keras.Layer]:
    return [
        layers.Conv2D(8, 5, activation="relu"),
        layers.MaxPooling2D(3, 2),
        layers.Conv2D(12, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(6, 3, activation="relu"),
    ]


def _separate() -> list[keras.Layer]:
    return [
        layers.Conv2D(8, 4, strides=2, padding="same"),
        layers.ReLU(),
        layers.MaxPooling2D(3, 1),
        layers.Conv2D(12, 3),
        layers.Activation("relu"),
        layers.MaxPooling2D(3, 2),
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("build", [_fused, _separate])
def test_equal_to_transposed_convolutions_and_switches(build: Callable[[], list[keras.Layer]], mode: str) -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((22, 25, 3)), *build()])
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            layer.bias.assign(np.random.default_rng(2).normal(0, 0.2, layer.bias.shape))
    network = Network(model)
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, (5, 22, 25, 3)).astype(np.float32)
    maps = np.asarray(model(x))
    places = np.array([np.unravel_index(m.argmax(), m.shape) for m in maps])
    positions, units = places[:, :2], places[:, 2]
    images = Reconstruction(network, network.output, mode)(x, units, positions)
    assert images.dtype == np.float32
    for i in range(5):
        expected = _reference(model, x[i], units[i], tuple(positions[i]), mode)
        largest = np.abs(expected).max()
        assert largest > 1e-4
        np.testing.assert_allclose(images[i], expected, rtol=0, atol=1e-4 * min(1, largest))
    assert model.layers[0].activation is build()[0].activation  # the network is left as it was


def _branched() -> Network:
    keras.utils.set_random_seed(5)
    inputs = keras.Input((10, 10, 1))
    x = layers.Conv2D(6, 3, padding="same", activation="relu")(inputs)
    y = layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(x))
    x = keras.ops.relu(layers.Concatenate()([layers.Add()([x, y]), layers.AveragePooling2D(3, 1, padding="same")(x)]))
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    return Network(keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.Dense(9, activation="relu")(x))))


def test_gradient_through_branches_is_the_gradient() -> None:
    """By central differences of the response, times the response."""
    network = _branched()
    x = np.random.default_rng(0).normal(0, 1, (1, 10, 10, 1)).astype(np.float32)
    image = Reconstruction(network, network.output, "gradient")(x, np.array([2]), np.array([[0, 0]]))[0]
    nudges = 1e-2 * np.eye(100, dtype=np.float32).reshape(100, 10, 10, 1)
    after, before = (np.asarray(network.model(x + sign * nudges))[:, 2] for sign in (1, -1))
    response = np.asarray(network.model(x))[0, 2]
    slope = ((after - before) / 2e-2 * response).reshape(10, 10)
    np.testing.assert_allclose(image[..., 0], slope, atol=2e-3 * np.abs(slope).max() + 2e-5)


@pytest.mark.parametrize("mode", MODES)
def test_what_no_rectifier_meets_is_the_same_in_every_mode(mode: str) -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.MaxPooling2D(2)])
    kernel = np.asarray(model.layers[0].kernel)
    x = np.random.default_rng(0).normal(0, 1, (1, 8, 8, 1)).astype(np.float32)
    maps = np.asarray(model.layers[0](x))[0]
    image = Reconstruction(Network(model), model.layers[1].name, mode)(x, np.array([1]), np.array([[1, 2]]))[0]
    i, j = np.unravel_index(maps[2:4, 4:6, 1].argmax(), (2, 2))
    expected = np.zeros((8, 8))
    expected[2 + i : 5 + i, 4 + j : 7 + j] = kernel[:, :, 0, 1] * maps[2 + i, 4 + j, 1]
    np.testing.assert_allclose(image[..., 0], expected, atol=1e-5)


def test_top_pictures_in_batches() -> None:
    """What is filled in batch by batch equals one call for each."""
    network = _branched()
    noise = np.random.default_rng(0).integers(0, 256, (40, 10, 10, 1)).astype(np.uint8)
    pictures, layer = ArrayPictures("noise", noise), network.first_kernel
    scan = Scan(network, (layer,), pictures, k=9)
    list(scan.run())
    responses, units = scan.top_responses[layer], (5, 0, 3, 1, 2, 4, 0, 1)
    reconstruction = Reconstruction(network, layer, "deconv")
    into = empty_reconstructions(network.input_shape, len(units), 9)
    reports = list(reconstruction.fill(pictures, responses, units, into))
    assert reports[-1].done == reports[-1].total == 72
    for row, place in [(0, 0), (2, 3), (7, 8)]:
        u = units[row]
        x = network.feed_pictures([pictures[int(responses.index[u, place])]])
        alone = reconstruction(x, np.array([u]), responses.position[u, place][None])[0]
        np.testing.assert_allclose(into[row, place], alone, atol=1e-6)


def test_refusals() -> None:
    network = _branched()
    with pytest.raises(UserError, match="reconstruct=backwards is unknown"):
        Reconstruction(network, network.output, "backwards")
    with pytest.raises(UserError, match="choose some units"):
        empty_reconstructions(network.input_shape, 1_000_000, 9)


@pytest.mark.parametrize("mode", MODES)
def test_cut_to_what_a_unit_sees_everywhere_on_its_map(mode: str) -> None:
    """Strides, both kinds of padding, overlapping windows, a branch: every position, borders included, against the
    whole picture."""
    keras.utils.set_random_seed(1)
    x = inputs = keras.Input((46, 37, 3))
    x = layers.Conv2D(4, 5, strides=2, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    x = layers.Add()([layers.Conv2D(4, 3, padding="same", activation="relu")(x), layers.Conv2D(4, 1)(x)])
    network = Network(keras.Model(inputs, layers.BatchNormalization(name="last")(x)), mode="none")
    cut, whole = Reconstruction(network, "last", mode), Reconstruction(network, "last", mode)
    assert cut.crop is not None
    assert np.prod(cut.crop.size) < 0.7 * 46 * 37
    whole.crop = None
    rows, columns, units = network.layers["last"].shape
    positions = np.stack(np.meshgrid(range(rows), range(columns), indexing="ij"), axis=-1).reshape(-1, 2)
    fed = np.random.default_rng(0).random((len(positions), 46, 37, 3)).astype(np.float32)
    unit = np.arange(len(positions)) % units
    expected = whole(fed, unit, positions)
    assert (expected != 0).any(axis=(1, 2, 3)).mean() > 0.5
    np.testing.assert_allclose(cut(fed, unit, positions), expected, rtol=1e-4, atol=1e-6)


def test_not_cut_where_positions_differ_in_more_than_their_pixels() -> None:
    def crop_after(*some: layers.Layer) -> object:
        model = keras.Sequential([keras.Input((64, 64, 3)), *some, layers.Conv2D(2, 3, name="last")])
        return Reconstruction(Network(model, mode="none"), "last", "deconv").crop

    model = keras.Sequential([keras.Input((64, 64, 3), name="pixels"), layers.ReLU()])
    assert Reconstruction(Network(model, mode="none"), "pixels", "deconv").crop is None
    assert crop_after() is not None
    assert crop_after(layers.LayerNormalization(axis=(1, 2))) is None
    assert crop_after(layers.PReLU()) is None  # a slope for each position
    assert crop_after(layers.Conv2D(2, 3), layers.BatchNormalization(axis=1)) is None
    assert crop_after(layers.Conv2D(2, 56)) is None  # it sees most of the picture
