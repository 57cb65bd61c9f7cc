"""Every builder, by one harness; LeNet-5 against scipy."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from scipy.signal import correlate2d
from scipy.special import softmax

from dlviz_models.errors import UserError
from dlviz_models.networks import NETWORKS, network
from dlviz_models.networks.lenet import LeNet5
from dlviz_models.networks.sequence_networks import SEQUENCE_NETWORKS

RANDOM = np.random.default_rng(0)
TOY: dict[str, dict[str, object]] = {
    "logistic": {},
    "mlp": {"hidden": (6, 5)},
    "lenet5": {},
    "alexnet": {"input_shape": (67, 67, 3), "filters": (4, 4, 6, 6, 4), "hidden": (6, 5)},
    "alexnet32": {"filters": (3, 4, 5, 5, 4), "hidden": (6, 5)},
    "zfnet": {"input_shape": (53, 53, 3), "filters": (3, 4, 5, 5, 4), "hidden": (6, 5)},
    "vgg": {"depth": 7, "filters": (3, 4), "hidden": (6, 5)},
    "resnet": {"depth": 8, "filters": 3},
}
"""Options that make each classifier of pictures small."""
LENET = 5 * 5 * 6 + 6 + 5 * 5 * 6 * 16 + 16 + 5 * 5 * 16 * 120 + 120 + 120 * 84 + 84 + 84 * 10 + 10
ALEXNET32 = (
    (25 * 3 + 1) * 64 + (25 * 64 + 1) * 128 + (9 * 128 + 1) * 192 + (9 * 192 + 1) * 192 + (9 * 192 + 1) * 128
    + (16 * 128 + 1) * 512 + 513 * 512 + 513 * 10
)  # fmt: skip
PARAMETERS = {
    "logistic": 784 * 10 + 10,
    "mlp": 784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10,
    "lenet5": LENET,
    "alexnet": 60_965_224,
    "alexnet32": ALEXNET32,
    "zfnet": 62_357_608,
    "vgg": 138_357_544,
    "resnet": 269_722 + 2 * (7 * 16 + 6 * 32 + 6 * 64),  # what is learned, and batch normalisation's averages
}


def test_every_classifier_of_pictures_is_tested() -> None:
    others = {spec.name for spec in SEQUENCE_NETWORKS}
    pictures = {name for name, spec in NETWORKS.items() if spec.kind == "classifier"} - others
    assert set(TOY) == set(PARAMETERS) == pictures


@pytest.mark.parametrize("name", TOY)
def test_builds_fits_saves_and_loads(name: str, tmp_path: Path) -> None:
    settings = {"input_shape": (8, 8, 3), "classes": 4, **TOY[name]}
    model = network(name).build(**settings)
    shape = model.input_shape[1:]
    x = RANDOM.integers(0, 256, (8, *shape)).astype("float32")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy())
    before = model.get_layer("logits").get_weights()
    model.fit(x, np.arange(8) % 4, batch_size=4, verbose=0)  # two steps
    assert not np.array_equal(before[0], model.get_layer("logits").get_weights()[0])
    model.save(tmp_path / "net.keras")
    output = keras.ops.convert_to_numpy(model(x))
    assert np.array_equal(
        keras.saving.load_model(tmp_path / "net.keras").predict_on_batch(x), model.predict_on_batch(x)
    )
    assert np.allclose(output.sum(axis=1), 1, atol=1e-5)
    assert [model.layers[0].name, model.layers[1].name] == ["pixels", "scale"]
    assert [layer.name for layer in model.layers[-2:]] == ["logits", "probabilities"]
    assert isinstance(model, keras.Model)
    assert not isinstance(model, keras.Sequential)


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize("name", TOY)
def test_parameters_at_the_papers_size(name: str) -> None:
    spec = network(name)
    model = spec.build()
    assert spec.parameters == model.count_params() == PARAMETERS[name]
    assert spec.input_shape == model.input_shape[1:]
    assert model.name == name
    assert spec.summary.endswith(".")
    assert "DOI 10." in spec.paper


@pytest.mark.parametrize(("activation", "pooling"), [("tanh", "average"), ("relu", "max")])
def test_lenet_is_what_the_paper_says(activation: str, pooling: str) -> None:
    model = network("lenet5").build(activation=activation, pooling=pooling)
    picture = RANDOM.integers(0, 256, (28, 28, 1))
    squash = np.tanh if activation == "tanh" else lambda a: np.maximum(a, 0)
    pool = np.mean if pooling == "average" else np.max

    def convolve(x: np.ndarray, name: str) -> np.ndarray:
        kernel, bias = model.get_layer(name).get_weights()
        maps = [
            sum(correlate2d(x[..., i], kernel[..., i, o], "valid") for i in range(x.shape[-1])) + bias[o]
            for o in range(len(bias))
        ]
        return squash(np.stack(maps, axis=-1))

    def subsample(x: np.ndarray) -> np.ndarray:
        height, width, maps = x.shape
        return pool(x.reshape(height // 2, 2, width // 2, 2, maps), axis=(1, 3))

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        kernel, bias = model.get_layer(name).get_weights()
        return x @ kernel + bias

    x = np.pad(picture / 255, ((2, 2), (2, 2), (0, 0)))
    x = convolve(subsample(convolve(subsample(convolve(x, "conv1")), "conv2")), "conv3")
    expected = softmax(dense(squash(dense(x.ravel(), "dense1")), "logits"))
    assert np.allclose(model.predict_on_batch(picture[None])[0], expected, atol=1e-5)


def test_lenet_frames_small_pictures_only() -> None:
    assert "pad" not in [layer.name for layer in LeNet5((32, 32, 3)).layers]
    assert LeNet5((40, 36, 1)).get_layer("conv3").output.shape[1:] == (3, 2, 120)
    assert LeNet5((27, 28, 1)).get_layer("pad").output.shape[1:] == (32, 32, 1)


def test_lenet_takes_weights(tmp_path: Path) -> None:
    model = LeNet5((8, 8, 1), 3)
    model.save_weights(tmp_path / "lenet.weights.h5")
    again = LeNet5((8, 8, 1), 3, weights=str(tmp_path / "lenet.weights.h5"))
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)
    with pytest.raises(UserError, match=r"lenet5\.keras has weights that do not fit"):
        network("lenet5").build(classes=7, weights="mnist")


def test_builder_refuses_weights_from_another_file(tmp_path: Path) -> None:
    path = tmp_path / "linked.weights.h5"
    LeNet5((8, 8, 1), 3).save_weights(path)
    with h5py.File(path, "a") as file:
        kernel = file["layers/conv2d/vars"]
        del kernel["0"]
        kernel["0"] = h5py.ExternalLink("secret.h5", "kernel")
    with pytest.raises(UserError, match=r"linked\.weights\.h5 .*link"):
        LeNet5((8, 8, 1), 3, weights=str(path))


def test_options_come_from_the_builder() -> None:
    options = {option.name: option for option in network("lenet5").options}
    assert options["input_shape"].default == (28, 28, 1)
    assert options["activation"].choices == ("relu", "tanh")
    assert "name" not in options


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("mlp", {"hidden": "30, 20"}, (30, 20)),
        ("mlp", {"hidden": "64"}, (64,)),
        ("mlp", {"classes": "3"}, 3),
        ("lenet5", {"pooling": "average"}, "average"),
        ("lenet5", {"weights": "none"}, None),
        ("lenet5", {"weights": "mnist"}, "mnist"),
    ],
)
def test_options_are_read_from_text(name: str, given: dict[str, str], value: object) -> None:
    assert list(network(name).settings(given).values()) == [value]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"pooling": "median"}, "Option pooling=median is unknown: choose one of max, average"),
        ({"classes": "many"}, "Option classes=many is not a whole number"),
        ({"input_shape": "a,b"}, "Option input_shape=a,b is not whole numbers with commas"),
        ({"depth": "3"}, "lenet5 has no option depth; it has input_shape"),
    ],
)
def test_options_refused(given: dict[str, str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        network("lenet5").settings(given)


def test_unknown_network() -> None:
    with pytest.raises(UserError, match="Unknown network lenet; choose one of logistic, mlp, lenet5"):
        network("lenet")
