"""The way back of a response: each stage by brute force, and its end as reconstructions know it."""

import keras
import numpy as np
import pytest
from keras import layers

import dlviz
from dlviz.analysis.deconvnet import stages
from dlviz.analysis.reconstruct import MODES, Reconstruction
from dlviz.jobs import Request
from dlviz.network import Network
from dlviz.session import Session
from dlviz.sheet import Sheet


@pytest.fixture(scope="module")
def network() -> Network:
    keras.utils.set_random_seed(1)
    x = keras.Input((12, 12, 2), name="pixels")
    y = layers.MaxPooling2D(name="pool")(layers.Conv2D(3, 3, activation="relu", name="first")(x))
    return Network(keras.Model(x, layers.Conv2D(4, 3, activation="relu", name="second")(y)))


@pytest.fixture(scope="module")
def fed() -> dict[str, np.ndarray]:
    return {"pixels": np.random.default_rng(0).normal(size=(1, 12, 12, 2)).astype(np.float32)}


def transposed(network: Network, layer: str, signal: np.ndarray) -> np.ndarray:
    """Each value of a signal (height, width, units) laid down as its unit's filter."""
    kernel = network.keras_layer(layer).get_weights()[0]  # (3, 3, inputs, units)
    height, width, _ = signal.shape
    found = np.zeros((height + 2, width + 2, kernel.shape[2]), np.float32)
    for row, column in np.ndindex(height, width):
        found[row : row + 3, column : column + 3] += kernel @ signal[row, column]
    return found


def unpooled(before: np.ndarray, signal: np.ndarray) -> np.ndarray:
    """Each value of a signal where the maximum of its window of 2 × 2 of `before` was."""
    found = np.zeros_like(before)
    for row, column, unit in np.ndindex(*signal.shape):
        window = before[2 * row : 2 * row + 2, 2 * column : 2 * column + 2, unit]
        down, right = np.unravel_index(window.argmax(), (2, 2))
        found[2 * row + down, 2 * column + right, unit] = signal[row, column, unit]
    return found


def test_each_stage_by_brute_force(network, fed):
    found = stages(network, "second", fed, 1, (2, 1), "deconv")
    assert [stage.operation for stage in found] == [
        "unit 1 alone", "second filters", "pool switches", "first ReLU", "first filters",
    ]  # fmt: skip
    alone = np.zeros_like(found[0].forward)
    alone[2, 1, 1] = found[0].forward[2, 1, 1]
    assert alone.max() > 0
    signals = [alone, transposed(network, "second", alone)]
    signals.append(unpooled(network.maps(fed, "first"), signals[-1]))
    signals.append(np.maximum(signals[-1], 0))
    signals.append(transposed(network, "first", signals[-1]))
    for stage, signal in zip(found, signals, strict=True):
        np.testing.assert_allclose(stage.signal, signal, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_it_ends_where_reconstructions_do(network, fed, mode):
    found = stages(network, "second", fed, 2, (0, 2), mode)
    end = Reconstruction(network, "second", mode)(fed, np.array([2]), np.array([[0, 2]]))[0]
    np.testing.assert_allclose(found[-1].signal, end, atol=1e-5)


def test_branches_are_gone_through_in_one_stage():
    found = dlviz.show("deconvnet", "squeezenet", layer="fire2_concat", units=[5], input="photos:0")
    _, stages_shown = found.panels
    assert [label.split()[-1] for label in stages_shown.column_labels][:2] == ["alone", "branches"]
    assert stages_shown.column_labels[-1] == "conv1 filters"
    assert found.arrays["sent_back"].shape == (227, 227, 3)
    assert 0 < np.count_nonzero(found.arrays["sent_back"]) < 3 * 30 * 30


@pytest.fixture(scope="module")
def frames() -> list[Sheet]:
    request = Request("deconvnet", "lenet5", layer="conv2", units=(7,), inputs=("digits:7",))
    return [found for found in Session().show(request) if isinstance(found, Sheet)]


def test_each_frame_goes_one_stage_further(frames):
    """What stood there before, one more picture, and grey where the signal has not come yet."""
    backs = [frame.panels[1].images[len(frames) :] for frame in frames]
    assert [frame.steps for frame in frames] == [len(backs)] * 5
    for at, back in enumerate(backs):
        assert (back[: at + 1] == backs[-1][: at + 1]).all()
        assert [np.ptp(image) > 0 for image in back] == [number <= at for number in range(len(backs))]
        assert (frames[at].panels[0].images[1] == back[at]).all()


def test_the_frame_in_the_picture_is_what_the_unit_sees(frames):
    """conv2 sees 14 × 14 of 28 × 28 pixels, fewer at the border, and nothing outside them is sent back."""
    ends = frames[-1].panels[0]
    start, stop = (ends.images[0] != 127).any(axis=(1, 2)).nonzero()[0][[0, -1]]
    top, left, bottom, right = (ends.boxes[0] - start) / ((stop + 1 - start) / 28)
    assert 12 <= bottom - top <= 14.001
    assert 12 <= right - left <= 14.001
    rows, columns, _ = frames[-1].arrays["sent_back"].nonzero()
    assert top - 0.001 <= rows.min() <= rows.max() < bottom
    assert left - 0.001 <= columns.min() <= columns.max() < right
