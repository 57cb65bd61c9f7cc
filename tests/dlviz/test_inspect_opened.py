"""Real files open, and what was opened answers as the original did."""

import argparse
import importlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from PIL import Image

from dlviz.__main__ import main
from dlviz.cli import inspect as command
from dlviz.inspect import inspect_file, load_arrays, load_image, load_network, load_parts, load_weights
from dlviz.inspect.allowed import ALLOWED
from dlviz.network import Network
from dlviz_models.cards import Card, write_card
from dlviz_models.errors import UserError
from dlviz_models.networks.lenet import LeNet5
from tests.dlviz import hostile, hostile_networks


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((8, 8, 2)),
            layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2", groups=2),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", kernel_constraint="max_norm"),
        ]
    )


def branches() -> keras.Model:
    one, two = keras.Input((6,), name="one"), keras.Input((6,), name="two")
    shared = layers.Dense(4, activation=layers.LeakyReLU(0.1))
    return keras.Model([one, two], [layers.Add()([shared(one), shared(two)]), layers.Concatenate()([one, two])])


def nested() -> keras.Model:
    image = keras.Input((8, 8, 2))
    return keras.Model(image, layers.Dense(2)(sequential()(layers.GaussianNoise(0.1)(image))))


def recurrent() -> keras.Model:
    words = keras.Input((5,), dtype="int32")
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True))(layers.Embedding(10, 4)(words))
    x = layers.MultiHeadAttention(2, 4)(x, x)
    return keras.Model(words, layers.LSTM(5)(layers.TimeDistributed(layers.Dense(3))(x)))


def mobilenet() -> keras.Model:
    return keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3))


def operations() -> keras.Model:
    image = keras.Input((8, 8, 2))
    x = keras.ops.mean(layers.Conv2D(4, 3)(image) + 1.0, axis=(1, 2))
    return keras.Model(image, keras.ops.softmax(keras.ops.concatenate([x, x * 2])[:, :5]))


def parts_of_applications() -> keras.Model:
    from keras.src.applications.convnext import LayerScale, StochasticDepth
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    image = keras.Input((4, 4, 2))
    x = StochasticDepth(0.2)(LayerScale(0.5, 2)(image)) * 0.5 + 3.0
    return keras.Model(image, CustomScaleLayer(0.2)([image, x]))


def channels_first() -> keras.Model:
    image = keras.Input((2, 8, 8))
    return keras.Model(image, layers.Conv2D(3, 3, data_format="channels_first")(image))


def half_precision() -> keras.Model:
    image = keras.Input((6,))
    return keras.Model(image, layers.Dense(3, dtype="mixed_bfloat16")(layers.Dense(4, dtype="bfloat16")(image)))


def assert_same(one: keras.Model, two: keras.Model) -> None:
    assert [weight.shape for weight in one.weights] == [weight.shape for weight in two.weights]
    for left, right in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    random = np.random.default_rng(0)
    if one.inputs[0].shape[1:] == (2, 8, 8):
        return  # TensorFlow on a CPU does not convolve channels first
    fed = [random.integers(0, 9, (2, *tensor.shape[1:])).astype(tensor.dtype) for tensor in one.inputs]
    fed = fed if len(fed) > 1 else fed[0]
    for left, right in zip(_list(one(fed, training=False)), _list(two(fed, training=False)), strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(left), keras.ops.convert_to_numpy(right))


def _list(outputs: object) -> list[object]:
    return outputs if isinstance(outputs, list) else [outputs]


INITIALISER_STRINGS = {"normal", "one", "uniform", "zero"}  # short names that only stand as texts
NETWORKS = [sequential, branches, nested, recurrent, mobilenet]


@pytest.mark.parametrize("build", [*NETWORKS, operations, parts_of_applications, channels_first, half_precision])
def test_keras_archive(build: Callable[[], keras.Model], tmp_path: Path) -> None:
    model = build()
    model.compile("adam", "mse")
    model.save(tmp_path / "net.keras")
    opened, card = load_network(tmp_path / "net.keras")
    assert_same(model, opened)
    assert card is None
    assert not opened.compiled


@pytest.mark.parametrize("build", [*NETWORKS, parts_of_applications])
def test_legacy_hdf5(build: Callable[[], keras.Model], tmp_path: Path) -> None:
    model = build()
    model.save(tmp_path / "net.h5")
    assert_same(model, load_network(tmp_path / "net.h5")[0])


def test_hdf5_as_keras_2_wrote_it(tmp_path: Path) -> None:
    """Input shape in the first layer, axis as a list, `groups` of a depthwise convolution, names ending in :0."""
    config = {
        "class_name": "Sequential",
        "config": {
            "name": "old",
            "layers": [
                {
                    "class_name": "DepthwiseConv2D",
                    "config": {
                        "name": "conv",
                        "kernel_size": [3, 3],
                        "groups": 1,
                        "batch_input_shape": [None, 5, 5, 2],
                    },
                },
                {"class_name": "BatchNormalization", "config": {"name": "norm", "axis": [3]}},
                {"class_name": "Flatten", "config": {"name": "flat"}},
                {
                    "class_name": "Dense",
                    "config": {
                        "name": "dense",
                        "units": 2,
                        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                    },
                },
            ],
        },
    }
    shapes = {
        "conv": {"depthwise_kernel": (3, 3, 2, 1), "bias": (2,)},
        "norm": {"gamma": (2,), "beta": (2,), "moving_mean": (2,), "moving_variance": (2,)},
        "flat": {},
        "dense": {"kernel": (18, 2), "bias": (2,)},
    }
    random = np.random.default_rng(0)
    values = {name: {key: random.random(shape) for key, shape in of.items()} for name, of in shapes.items()}
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        file.attrs["keras_version"] = b"2.9.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in values]
        for name, arrays in values.items():
            part = group.create_group(name)
            part.attrs["weight_names"] = [f"{name}/{key}:0".encode() for key in arrays]
            for key, array in arrays.items():
                part[f"{name}/{key}:0"] = array.astype(np.float32)
    model, _ = load_network(tmp_path / "old.h5")
    x = random.random((1, 5, 5, 2))
    kernel, norm = values["conv"]["depthwise_kernel"][..., 0], values["norm"]
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (3, 3), (0, 1))  # (3, 3, channel, kh, kw)
    maps = np.einsum("ijckl,klc->ijc", windows, kernel) + values["conv"]["bias"]
    maps = (maps - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 1e-3) * norm["gamma"] + norm["beta"]
    expected = maps.reshape(-1) @ values["dense"]["kernel"] + values["dense"]["bias"]
    np.testing.assert_allclose(model(x)[0], expected, rtol=1e-4)


def test_weights_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, other = sequential(), sequential()
    model.save_weights(tmp_path / "net.weights.h5")
    other.save(tmp_path / "other.keras")
    assert inspect_file(tmp_path / "net.weights.h5").kind == "weights"
    with pytest.raises(UserError, match=r"net\.weights\.h5 holds weights without their network.*--with"):
        load_network(tmp_path / "net.weights.h5")
    load_weights(other, tmp_path / "net.weights.h5")
    assert_same(model, other)
    words = ["inspect", str(tmp_path / "net.weights.h5"), "--with", str(tmp_path / "other.keras")]
    assert main([*words, "--out", str(tmp_path / "whole.keras")]) == 0
    assert "They fit" in capsys.readouterr().out
    assert_same(model, load_network(tmp_path / "whole.keras")[0])
    with pytest.raises(UserError, match=r"net\.weights\.h5 has weights that do not fit"):
        load_weights(branches(), tmp_path / "net.weights.h5")


def test_weights_of_a_network_that_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, weights, whole = LeNet5(classes=7), str(tmp_path / "net.weights.h5"), str(tmp_path / "whole.keras")
    model.save_weights(weights)
    assert main(["inspect", weights, "--with", "lenet5", "--set", "classes=7", "--out", whole]) == 0
    assert "They fit lenet5" in capsys.readouterr().out
    for expected, found in zip(model.get_weights(), load_network(whole)[0].get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    for words, says in (
        (["--with", "lenet5"], "do not fit"),
        (["--with", whole, "--set", "classes=7"], "leave it off"),
        (["--out", whole], "--with MODEL"),
        (["--with", "lenet5", "--out", str(tmp_path / "whole.h5")], "does not end in .keras"),
    ):
        assert main(["inspect", weights, *words]) == 2
        assert says in capsys.readouterr().err


def test_configuration_and_weights_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, weights = recurrent(), str(tmp_path / "net.weights.h5")
    (tmp_path / "net.json").write_text(model.to_json())
    model.save_weights(weights)
    assert inspect_file(tmp_path / "net.json").kind == "configuration"
    with pytest.raises(UserError, match=r"net\.json holds a network without its weights.*--with net\.json"):
        load_network(tmp_path / "net.json")
    assert_same(model, load_parts(tmp_path / "net.json", weights))
    assert main(["inspect", weights, "--with", str(tmp_path / "net.json"), "--out", str(tmp_path / "new.keras")]) == 0
    assert_same(model, load_network(tmp_path / "new.keras")[0])
    (tmp_path / "other.json").write_text(sequential().to_json())
    assert main(["inspect", weights, "--with", str(tmp_path / "other.json")]) == 2
    assert "net.weights.h5 has " in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_fit_is_told_from_shapes_alone(ending: str, tmp_path: Path) -> None:
    """Without a framework, in a process of its own; the layer and both shapes are named."""
    for name, units in (("small", 3), ("large", 5)):
        x = keras.Input((4,))
        inner = keras.Model(x, layers.BatchNormalization()(layers.Dense(units, name="inner")(x)), name="within")
        keras.Model(x, layers.Dense(2)(layers.Dropout(0.1)(inner(x)))).save(tmp_path / f"{name}.{ending}")
    model = load_network(tmp_path / f"small.{ending}")[0]
    weights = tmp_path / ("net.weights.h5" if ending == "keras" else "net.h5")
    model.save_weights(weights) if ending == "keras" else model.save(weights)
    program = (
        "import sys; from dlviz.__main__ import main\n"
        f"print([main(['inspect', {str(weights)!r}, '--with', name]) for name in sys.argv[1:]],\n"
        "      {'tensorflow', 'keras'} & set(sys.modules))"
    )
    names = [str(tmp_path / f"{name}.{ending}") for name in ("small", "large")]
    done = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[0, 2] set()"
    layer = "inner" if ending == "keras" else "within"
    assert f"has an array 4 x 3 for “kernel” of the layer “{layer}”, which is 4 x 5" in done.stderr


@keras.saving.register_keras_serializable("course")
class OwnTraining(keras.Model):
    """A functional network whose class is a student's own, for the sake of its `train_step`."""


def test_a_functional_network_is_one_whatever_its_class(tmp_path: Path) -> None:
    """Within others as well, where the class names the place of the weights in the file."""
    x = keras.Input((4,))
    one, two, three = (cls(x, layers.Dense(n)(x)) for n, cls in ((2, OwnTraining), (3, keras.Model), (4, OwnTraining)))
    model = OwnTraining(x, layers.Concatenate()([two(x), one(x), three(x)]))
    model.save(tmp_path / "net.keras")
    opened = load_network(tmp_path / "net.keras")[0]
    assert_same(model, opened)
    assert type(opened) is type(keras.Model(x, x))


@pytest.mark.parametrize("name", ["softmax", "relu6", "silu", "leaky_relu", "log_softmax", "gelu", "tanh", "identity"])
def test_names_that_tensorflow_gives_kerass_functions(name: str, tmp_path: Path) -> None:
    given = np.linspace(-8, 8, 12, dtype=np.float32).reshape(3, 4)
    function = tf.identity if name == "identity" else getattr(tf.nn, name)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4, activation=function)])
    model.save(tmp_path / "net.keras")
    np.testing.assert_allclose(load_network(tmp_path / "net.keras")[0](given), model(given), rtol=1e-5, atol=1e-6)


def test_weights_to_begin_with_are_looked_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("external link", "external array"):
        path, says = hostile_networks.REFUSED[name][0](tmp_path, tmp_path / "marker"), hostile_networks.REFUSED[name][1]
        for doing in ("train", "search"):
            more = ["--over", "learning_rate=0.1,0.2"] if doing == "search" else []
            words = ["--data", "digits", "--out", str(tmp_path / "new.keras"), "--set", f"weights={path}"]
            assert main([doing, "lenet5", *words, *more]) == 2
            assert says in capsys.readouterr().err


def test_card_comes_along(tmp_path: Path) -> None:
    path = hostile.good_keras(tmp_path)
    write_card(path, Card(name="net", accuracy=0.5))
    card = load_network(path)[1]
    assert card is not None
    assert (card.name, card.accuracy) == ("net", 0.5)


def test_kind_is_told_by_content(tmp_path: Path) -> None:
    shutil.move(hostile.good_keras(tmp_path), tmp_path / "picture.png")
    assert inspect_file(tmp_path / "picture.png").kind == "keras"


@pytest.mark.parametrize("name", ["a b%20'\"{}.keras", "größe 網.keras", os.fsdecode(b"\xff\xfe.keras"), "-x.keras"])
def test_odd_names(name: str, tmp_path: Path) -> None:
    shutil.move(hostile.good_keras(tmp_path), tmp_path / name)
    assert inspect_file(tmp_path / name).kind == "keras"


@pytest.mark.parametrize(
    ("suffix", "mode"), [("png", "RGB"), ("png", "L"), ("jpeg", "CMYK"), ("gif", "P"), ("webp", "RGB")]
)
def test_pictures(suffix: str, mode: str, tmp_path: Path) -> None:
    Image.new(mode, (7, 5), 0).save(tmp_path / f"a.{suffix}")
    pixels = load_image(tmp_path / f"a.{suffix}")
    assert pixels.dtype == np.uint8
    assert pixels.shape == (5, 7, 1 if mode == "L" else 3)
    assert inspect_file(tmp_path / f"a.{suffix}").facts["width"] == 7


def test_arrays(tmp_path: Path) -> None:
    arrays = {
        "x": np.random.default_rng(0).random((4, 3, 2)).astype(np.float32),
        "y": np.zeros(100_000, np.int64),
        "f": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "names": np.array(["cat", "dög"]),
        "none": np.empty((0, 3), np.uint8),
        "one": np.float64(3),
    }
    np.savez_compressed(tmp_path / "data.npz", **arrays)
    opened = load_arrays(tmp_path / "data.npz")
    assert opened.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(opened[name], array)
        assert opened[name].dtype == array.dtype
    np.save(tmp_path / "x.npy", arrays["x"])
    np.testing.assert_array_equal(load_arrays(tmp_path / "x.npy")["array"], arrays["x"])
    with pytest.raises(UserError, match=r"data\.npz does not hold a picture: 6 arrays"):
        load_image(tmp_path / "data.npz")


def test_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    path = hostile.good_keras(tmp_path)
    assert command.run(parser.parse_args([str(path), "--json"])) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["kind"] == "keras"
    assert answer["layers"] == 2
    assert answer["weights"] == 8


def test_layers_are_counted_as_the_window_shows_them(tmp_path: Path) -> None:
    inner = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3), keras.layers.ReLU()])
    keras.Sequential([keras.layers.Input((4,)), inner, keras.layers.Dense(2)]).save(tmp_path / "nested.keras")
    report = inspect_file(tmp_path / "nested.keras")
    assert report.facts["layers"] == len(Network(load_network(tmp_path / "nested.keras")[0]).layers) == 4


def test_allow_list_is_kerass_own() -> None:
    """Every name on the list is such a class of this Keras; every layer that is not on it was left out on purpose."""
    bases = {
        "keras.layers": keras.Layer,
        "keras.models": keras.Model,
        "keras.initializers": keras.Initializer,
        "keras.regularizers": keras.Regularizer,
        "keras.constraints": keras.constraints.Constraint,
        "keras.dtype_policies": object,
        "keras.quantizers": object,
    }
    for module, names in ALLOWED.items():
        found = importlib.import_module("keras.src.models" if module == "keras.models" else module)
        for name in names - INITIALISER_STRINGS:
            thing = getattr(found, name)
            if module == "keras.activations":
                assert callable(thing)
            else:
                assert issubclass(thing, bases.get(module, keras.Operation)), (module, name)
    assert all(isinstance(keras.initializers.get(name), keras.Initializer) for name in INITIALISER_STRINGS)
    everything = {
        name for name, of in vars(layers).items() if inspect.isclass(of) and issubclass(of, keras.Layer)
    } - ALLOWED["keras.layers"]
    assert everything == {"FlaxLayer", "JaxLayer", "Lambda", "Layer", "TFSMLayer", "TorchModuleWrapper", "Wrapper"}


def test_nothing_is_read_from_the_original_by_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hostile.good_keras(tmp_path)
    opened = []
    real = h5py.File.__init__

    def noting(self: h5py.File, name: object, *arguments: object, **options: object) -> None:
        if isinstance(name, str | Path):
            opened.append(Path(name).name)
        real(self, name, *arguments, **options)

    monkeypatch.setattr(h5py.File, "__init__", noting)
    monkeypatch.setattr(zipfile.ZipFile, "__init__", lambda *a, **k: pytest.fail("the archive was opened"))
    load_network(path)
    assert opened == ["clean.weights.h5"]
