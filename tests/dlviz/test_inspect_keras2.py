"""Networks that Keras 2 saved answer as they did there; its checkpoints are read as TensorFlow reads them."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from dlviz.inspect import inspect_file, load_network
from dlviz.inspect.checkpoint import Checkpoint
from dlviz_models.errors import UserError
from tests.dlviz.hostile_data import varint

NAMES = (
    "pictures", "ends_in_a_network", "two_sequences", "without_input", "functions", "photographs", "left_out", "nodes",
    "cudnn",
)  # fmt: skip
NOT_WRITTEN = ("photographs.keras", "nodes.keras", "cudnn", "cudnn.keras")
FORMS = [name + ending for name in NAMES for ending in ("", ".h5", ".keras") if name + ending not in NOT_WRITTEN]
CHECKPOINT = ("variables", "variables")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keras2")
    script = Path(__file__).with_name("keras2.py")
    subprocess.run([sys.executable, script, folder], check=True, capture_output=True, env=os.environ)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """A folder to do damage to."""
    return shutil.copytree(saved / "ends_in_a_network", tmp_path / "net")


@pytest.mark.parametrize("name", FORMS)
def test_answers_as_in_keras_2(saved: Path, name: str) -> None:
    path = saved / name
    assert inspect_file(path).kind == {"": "savedmodel", ".h5": "h5", ".keras": "keras"}[path.suffix]
    model, card = load_network(path)
    assert card is None
    with np.load(saved / f"{path.stem}.npz") as given:
        inputs = [given[each] for each in given.files if each != "answer"]
        answer = np.asarray(model(inputs if len(inputs) > 1 else inputs[0], training=False))
        assert np.allclose(answer, given["answer"], rtol=1e-5, atol=1e-5)


def test_what_was_made_of_it_is_said(saved: Path) -> None:
    assert "for NVIDIA's cuDNN are opened as LSTM and GRU." in inspect_file(saved / "cudnn.h5").summary


def test_unknown_functions_are_refused_by_name(saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved / "functions.h5", tmp_path / "net.h5")
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace("math.reduce_sum", "io.read_file")
    with pytest.raises(UserError, match=r"net\.h5 calls TensorFlow's function io\.read_file,.*save again"):
        inspect_file(tmp_path / "net.h5")


def test_layers_that_were_removed_are_named(saved: Path, tmp_path: Path) -> None:
    shutil.copy(saved / "left_out.h5", tmp_path / "net.h5")
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace("ThresholdedReLU", "LocallyConnected1D")
    with pytest.raises(UserError, match="LocallyConnected1D, a layer that was removed in Keras 3"):
        inspect_file(tmp_path / "net.h5")


def test_kernels_of_theano_are_turned(tmp_path: Path) -> None:
    """In layers, in a network in the network, and wrapped: Theano convolves where the others correlate."""
    inner = keras.Sequential([keras.Input((6, 6, 2)), layers.Conv2DTranspose(2, 3), layers.Conv2D(3, 3)])
    film = keras.Input((2, 8, 8, 1))
    x = layers.TimeDistributed(inner)(layers.TimeDistributed(layers.Conv2D(2, 3))(film))
    model = keras.Model(film, layers.Conv1D(2, 2)(layers.Reshape((12, 18))(layers.Conv3D(3, 2, padding="same")(x))))
    model.save(tmp_path / "net.h5")

    def turn(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim > 2:
            item[...] = item[...][tuple([slice(None, None, -1)] * (item.ndim - 2))]

    with h5py.File(tmp_path / "net.h5", "r+") as file:
        file.attrs["keras_version"], file.attrs["backend"] = "2.0.8", "theano"
        file["model_weights"].visititems(turn)
    assert "written with Theano" in inspect_file(tmp_path / "net.h5").summary
    given = np.random.default_rng(0).random((2, 2, 8, 8, 1))
    np.testing.assert_array_equal(load_network(tmp_path / "net.h5")[0](given), model(given))


def test_checkpoint_has_what_tensorflow_finds(saved: Path, tmp_path: Path) -> None:
    """In a real one and in one of many arrays, whose index takes several blocks."""
    many = {f"layer_{number}": tf.Variable(np.full((number % 3, 2), number, "int16")) for number in range(1500)}
    written = tf.train.Checkpoint(**many).write(str(tmp_path / "many"))
    for path in (Path(written), saved.joinpath("pictures", *CHECKPOINT)):
        reader = tf.train.load_checkpoint(str(path))
        checkpoint = Checkpoint(path)
        keys = [each.key for each in checkpoint.objects if each.key]
        assert sorted(keys) == sorted(k.encode() for k in reader.get_variable_to_shape_map() if not k.startswith("_CH"))
        for key in keys:
            expected = reader.get_tensor(key.decode())
            assert checkpoint.array(key).dtype == expected.dtype
            assert np.array_equal(checkpoint.array(key), expected)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("variables/variables.index", b"\0" * 100, "damaged"),
        ("variables/variables.index", b"", "without its weights"),
        ("variables/variables.data-00000-of-00001", b"short", "damaged"),
        ("variables/variables.data-00000-of-00001", b"", "without its weights"),
        ("keras_metadata.pb", b"\xff" * 50, "damaged"),
        ("keras_metadata.pb", b"\n\x02\x10\0", "of a subclassed network"),
    ],
)
def test_damaged_folders_are_refused(copy: Path, file: str, content: bytes, says: str) -> None:
    """Without content the file is missing."""
    (copy / file).unlink()
    if content:
        (copy / file).write_bytes(content)
    with pytest.raises(UserError, match=f"^net .*{says}"):
        load_network(copy)


def block(entries: Mapping[bytes, bytes]) -> bytes:
    """A block of a table: keys, none of them shortened, and values; packing (none), checksum (left out)."""
    lines = [varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries.items()]
    return b"".join(lines) + struct.pack("<II", 0, 1) + bytes(5)


def table(*blocks: bytes) -> bytes:
    starts = np.cumsum([0, *map(len, blocks)]).tolist()
    places = {b"%04d" % i: varint(starts[i]) + varint(len(each) - 5) for i, each in enumerate(blocks)}
    index = block(places)
    footer = varint(0) + varint(0) + varint(starts[-1]) + varint(len(index) - 5)
    return b"".join(blocks) + index + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def test_index_of_empty_blocks_is_refused(copy: Path) -> None:
    index = copy / "variables" / "variables.index"
    whole = block({key: bytes(value) for key, value in Checkpoint(copy.joinpath(*CHECKPOINT))._entries.items()})
    index.write_bytes(table(whole))
    assert inspect_file(copy).kind == "savedmodel"
    index.write_bytes(table(whole, *[block({})] * 3))
    with pytest.raises(UserError, match="damaged"):
        inspect_file(copy)


def test_every_shorter_index_is_refused(copy: Path) -> None:
    index = copy / "variables" / "variables.index"
    whole = index.read_bytes()
    for size in range(1, len(whole), len(whole) // 12):
        index.write_bytes(whole[:size])
        with pytest.raises(UserError, match="damaged"):
            inspect_file(copy)


def test_weights_from_elsewhere_are_refused(copy: Path, tmp_path: Path) -> None:
    data = copy / "variables" / "variables.data-00000-of-00001"
    data.rename(tmp_path / "elsewhere")
    data.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="a link to somewhere else"):
        inspect_file(copy)


def test_weights_without_an_order_are_refused(saved: Path) -> None:
    with pytest.raises(UserError, match="save_traces"):
        inspect_file(saved / "unordered")


def test_the_graph_is_looked_through(copy: Path) -> None:
    graph = copy / "saved_model.pb"
    operation = b"MatMul"
    assert operation in graph.read_bytes()
    graph.write_bytes(graph.read_bytes().replace(b"\x12\x06MatMul", b"\x12\x06PyFunc"))
    with pytest.raises(UserError, match="PyFunc"):
        inspect_file(copy)
