"""Broken and hostile networks, pictures and files of other kinds, with words of the sentence that refuses each."""

import copy
import gzip
import io
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.dlviz.hostile import (
    Made,
    bomb,
    doubled,
    encrypted,
    functional,
    hidden_lambda,
    lambda_in_call,
    lambda_layer,
    lambda_of_layer_class,
    layer,
    legacy_lambda,
    linked,
    members,
    nested_calls,
    network,
    object_arrays,
    pickled,
    plain_h5,
    torch_archive,
    truncated,
    truncated_h5,
    with_bytes,
    with_layers,
    with_members,
    with_weights,
    write_zip,
)
from tests.dlviz.hostile_weights import (
    doubled_groups,
    external_array,
    external_link,
    group_loop,
    named_type,
    null_array,
    object_array,
    promised_array,
    record_array,
    reference_array,
    soft_link,
    unknown_filter,
    varied_array,
    virtual_array,
    zeros,
)


def pipe(folder: Path, marker: Path) -> Path:
    os.mkfifo(folder / "net.keras")
    return folder / "net.keras"


def huge_picture(folder: Path, marker: Path) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return with_bytes(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b""), "big.png")(folder, marker)


def npz_bomb(folder: Path, marker: Path) -> Path:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (3 * 2**30,)})
    path = write_zip(folder / "data.npz", {"x.npy": header.getvalue()}, packed=True)
    content = path.read_bytes()
    at = content.find(b"PK\x01\x02") + 24
    path.write_bytes(content[:at] + struct.pack("<I", 3 * 2**30) + content[at + 4 :])
    return path


def npz_promise(folder: Path, marker: Path) -> Path:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**9,)})
    return write_zip(folder / "data.npz", {"x.npy": header.getvalue() + bytes(16)})


def deep_config() -> bytes:
    return b'{"class_name":' * 200_000


def without(name: str) -> Made:
    return lambda folder, marker: write_zip(
        folder / "net.keras", {key: data for key, data in members().items() if key != name}
    )


def dense(**config: Any) -> dict[str, Any]:
    return layer("Dense", {"name": "d", "units": 3, **config})


def function(name: str, module: str) -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def long_number(folder: Path, marker: Path) -> Path:
    content = json.dumps(network(dense(units="UNITS"))).replace('"UNITS"', "9" * 10_000)
    return write_zip(folder / "net.keras", members(content.encode()))


def wrong_units() -> Made:
    config = copy.deepcopy(network())
    config["config"]["layers"][-1]["config"]["units"] = 10**9
    return lambda folder, marker: write_zip(folder / "net.keras", members(config))


def called_with(value: Any) -> Made:
    """An operation that makes 500 million numbers of a value that is no layer's output."""
    full = layer("Full", {"shape": [50_000, 10_000]}, "keras.src.ops.numpy")
    return with_network(functional(full | {"name": "full", "inbound_nodes": [{"args": [value], "kwargs": {}}]}))


def with_network(config: dict[str, Any]) -> Made:
    return lambda folder, marker: write_zip(folder / "net.keras", members(config))


def of_tensorflow(name: str, **config: Any) -> Made:
    """A layer of Keras 2 that calls TensorFlow."""
    inbound = {"inbound_nodes": [["image", 0, 0, {}]]}
    return with_network(functional({"class_name": name, "name": "f", "config": {"name": "f"} | config} | inbound))


ONE = {"class_name": "__tensor__", "config": {"value": [1.0], "dtype": "float32"}}
SPLIT = layer("Split", {"indices_or_sections": 10**6}, "keras.src.ops.numpy")
HALF = layer("Split", {"indices_or_sections": 10**3}, "keras.src.ops.numpy")
LARGE = {"class_name": "__numpy__", "config": {"value": 0, "dtype": {"names": ["a"], "formats": ["S2000000000"]}}}

REFUSED: dict[str, tuple[Made, str]] = {
    # computed while the network is built
    "operation on a number": (called_with(1.0), "Full"),
    "operation on a value": (called_with(ONE), "Full"),
    "networks called twice": (with_network(nested_calls(30)), "20,000 times"),
    "value of a type of two gigabytes": (with_layers(layer("Rescaling", {"name": "r", "scale": LARGE})), "number type"),
    "parts without number": (with_layers(layer("Unstack", {"axis": 1}, "keras.src.ops.core")), "Unstack"),
    "parts by the million": (with_layers(SPLIT), "indices_or_sections"),
    "parts below zero": (
        with_layers(layer("Split", {"indices_or_sections": -(10**9)}, "keras.src.ops.numpy")),
        "a negative number of parts",
    ),
    "parts of parts": (with_layers(*[HALF] * 50), "20,000 parts"),
    # programs in the configuration
    "lambda": (lambda_layer, "Lambda"),
    "lambda whose function is a layer": (lambda_of_layer_class, "Lambda"),
    "lambda as initialiser": (hidden_lambda, "lambda function"),
    "lambda as argument of a call": (lambda_in_call, "lambda function"),
    "lambda in h5": (legacy_lambda, "Lambda"),
    "function of os": (with_layers(dense(activation=function("system", "os"))), "system"),
    "function of Keras": (with_layers(dense(kernel_initializer=function("get_file", "keras.utils"))), "function"),
    "activation from elsewhere": (with_layers(dense(activation=function("evil", "builtins"))), "evil"),
    "activation by name": (with_layers(dense(activation="my_own")), "my_own"),
    "initialiser by name": (with_layers(dense(kernel_initializer="my_own")), "my_own"),
    "class of subprocess": (with_layers(layer("Popen", {"args": "true"}, "subprocess")), "Popen"),
    "class of Keras that is no layer": (with_layers(layer("get_file", {"origin": "x"}, "keras.utils")), "get_file"),
    "module of the same beginning": (with_layers(layer("Dense", {"units": 1}, "keras_evil.layers")), "Dense"),
    "TFSMLayer": (with_layers(layer("TFSMLayer", {"filepath": "/x"})), "TFSMLayer"),
    "TorchModuleWrapper": (with_layers(layer("TorchModuleWrapper", {"module": "x"})), "TorchModuleWrapper"),
    "TFOpLambda": (with_layers(layer("TFOpLambda", {"name": "f", "function": "io.read_file"})), "TFOpLambda"),
    "function of TensorFlow that reads a file": (of_tensorflow("TFOpLambda", function="io.read_file"), "io.read_file"),
    "function of TensorFlow that is none": (of_tensorflow("TFOpLambda", function={"a": "__import__"}), "TensorFlow's"),
    "node of TensorFlow that reads a file": (
        of_tensorflow("TensorFlowOpLayer", node_def={"name": "f", "op": "ReadFile"}, constants={}),
        "ReadFile",
    ),
    "nodes of TensorFlow that are damaged": (
        of_tensorflow("TensorFlowOpLayer", node_def={"op": "StridedSlice"}, constants={"x": 1}),
        "net.keras",
    ),
    "vocabulary in a file": (with_layers(layer("StringLookup", {"vocabulary": "/etc/passwd"})), "vocabulary"),
    "typespec": (with_layers(dense(units={"class_name": "__typespec__", "config": []})), "__typespec__"),
    "map operation": (with_layers(layer("Map", {"name": "m"}, "keras.src.ops.core")), "Map"),
    "custom layer": (with_layers(layer("Mine", {}, "mine", registered_name="Custom>Mine")), "--trust mine:Mine"),
    "escape codes in a name": (with_layers(layer("\x1b[31mEvil\n\nx" + "y" * 5000, {}, "z")), "Evil"),
    "class name that is a list": (with_layers(layer(["Dense"], {})), "class"),  # type: ignore[arg-type]
    "subclassed network": (lambda f, m: write_zip(f / "n.keras", members(layer("Net", {}, "net"))), "Net"),
    "Model without layers": (lambda f, m: write_zip(f / "n.keras", members(layer("Model", {}, "keras"))), "layers"),
    "layer instead of network": (lambda f, m: write_zip(f / "n.keras", members(dense())), "not a network"),
    "too many layers": (with_layers(*[layer("ReLU", {"name": f"r{i}"}) for i in range(5001)]), "5,000"),
    "config too deep": (lambda f, m: write_zip(f / "n.keras", members(deep_config())), "JSON"),
    "config nested": (with_layers(dense(units=json.loads("[" * 200 + "]" * 200))), "deep"),
    "config no JSON": (lambda f, m: write_zip(f / "n.keras", members(b"\xff{")), "JSON"),
    "config a list": (lambda f, m: write_zip(f / "n.keras", members(b"[1]")), "no network"),
    "lambda inside TimeDistributed": (
        with_layers(layer("TimeDistributed", {"layer": layer("Lambda", {"function": "x"})})),
        "Lambda",
    ),
    "lambda in a nested network": (with_layers(network(layer("Lambda", {"function": "x"}))), "Lambda"),
    "lambda under a name of ours": (with_layers(layer("Lambda", {}, registered_name="dlviz>RBM")), "Lambda"),
    "typespec under a name of ours": (
        with_layers(layer("__typespec__", {}, registered_name="dlviz>RBM", spec_name="x")),
        "net.keras",
    ),
    "switch of safe mode": (
        with_layers(dense(activation=function("enable_unsafe_deserialization", "keras.config"))),
        "enable_unsafe",
    ),
    "function that a name registers": (
        with_layers(dense(kernel_regularizer={**function("exec", "builtins"), "registered_name": "builtins>exec"})),
        "exec",
    ),
    "function by a dotted name": (with_layers(dense(activation="os.system")), "os.system"),
    "class by a dotted name": (with_layers(layer("os.system", {})), "os.system"),
    "class of Keras's inside": (with_layers(layer("Layer", {}, "keras.src.layers.layer")), "Layer"),
    "numbers of gigabytes": (
        with_layers(dense(units={"class_name": "__numpy__", "config": {"value": 0, "dtype": "S4000000000"}})),
        "S4000000000",
    ),
    "vocabulary of texts in a file": (with_layers(layer("TextVectorization", {"vocabulary": "v.txt"})), "vocabulary"),
    "Jax layer": (with_layers(layer("JaxLayer", {"call_fn": "x"})), "JaxLayer"),
    "Flax layer": (with_layers(layer("FlaxLayer", {"module": "x"})), "FlaxLayer"),
    "layer without a configuration": (with_layers({"class_name": "Dense", "module": "keras.layers"}), "configuration"),
    "a thousand million words unknown": (
        with_layers(layer("StringLookup", {"vocabulary": ["a"], "num_oov_indices": 10**9})),
        "num_oov_indices",
    ),
    "split into ten million": (
        with_layers(layer("Split", {"indices_or_sections": 10**7, "axis": 1}, "keras.src.ops.numpy")),
        "indices_or_sections",
    ),
    "input of 10,000,000,000 numbers": (with_layers(dense(target_shape=[10**10])), "more than any"),
    "object as configuration": (with_layers(layer("Dense", layer("Lambda", {}))), "without a configuration"),
    "layers that are no list": (
        lambda f, m: write_zip(f / "n.keras", members(layer("Sequential", {"layers": {"a": 1}}, "keras"))),
        "layers",
    ),
    "layers that are numbers": (
        lambda f, m: write_zip(f / "n.keras", members(layer("Sequential", {"layers": [1, 2]}, "keras"))),
        "n.keras",
    ),
    "number of 10,000 digits": (long_number, "JSON"),
    # archives
    "absolute member": (with_members(**{"/tmp/evil": b"x"}), "evil"),
    "parent member": (with_members(**{"../evil": b"x"}), "evil"),
    "asset": (with_members(**{"assets/layers/vocabulary.txt": b"x"}), "assets"),
    "odd member": (with_members(**{"run.py": b"x"}), "run.py"),
    "doubled member": (doubled, "twice"),
    "encrypted member": (encrypted, "encrypted"),
    "link as member": (linked, "link"),
    "bomb": (bomb, "200:1"),
    "without weights": (without("model.weights.h5"), "model.weights.h5"),
    "without config": (without("config.json"), "config.json"),
    "truncated": (truncated, "damaged"),
    "zip of texts": (lambda f, m: write_zip(f / "n.keras", {"a.txt": b"x"}), "zip"),
    # weights
    "external link": (with_weights(more=external_link), "link"),
    "soft link": (with_weights(more=soft_link), "link"),
    "groups in a circle": (with_weights(more=group_loop), "several places"),
    "external array": (with_weights(more=external_array), "another file"),
    "virtual array": (with_weights(more=virtual_array), "another file"),
    "array of texts": (with_weights(more=object_array), "numbers"),
    "array of records": (with_weights(more=record_array), "numbers"),
    "array that is not there": (with_weights(more=promised_array), "shape"),
    "group linked twice many times": (with_weights(more=doubled_groups), "several places"),
    "array of references": (with_weights(more=reference_array), "numbers"),
    "array of bytes of any length": (with_weights(more=varied_array), "numbers"),
    "array without a shape": (with_weights(more=null_array), "numbers"),
    "named type": (with_weights(more=named_type), "not an array"),
    "unpacks 1000:1": (with_weights(more=zeros), "does not hold"),
    "unknown filter": (with_weights(more=unknown_filter), "packs"),
    "weights of another shape": (with_weights(np.ones((4, 2), np.float32)), "shape"),
    "a thousand million units": (wrong_units(), "1000000000"),
    "weights are no HDF5": (lambda f, m: write_zip(f / "n.keras", members(stored=b"x" * 999)), "damaged"),
    "truncated h5": (truncated_h5, "damaged"),
    "h5 without a network": (lambda f, m: plain_h5(f / "data.h5"), "without a Keras network"),
    # other files
    "empty": (with_bytes(b""), "empty"),
    "missing": (lambda f, m: f / "nothing.keras", "does not exist"),
    "folder": (lambda f, m: f, "folder"),
    "pipe": (pipe, "pipe"),
    "HTML": (with_bytes(b"\n<!DOCTYPE html><html><body>404</body></html>"), "HTML"),
    "Git LFS": (with_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), "git lfs pull"),
    "pickle": (pickled, "pickle"),
    "PyTorch": (torch_archive, "PyTorch"),
    "old PyTorch": (with_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."), "PyTorch"),
    "ONNX": (with_bytes(b"\x08\x08\x12\x07pytorch\x1a\x031.0" + bytes(50)), "ONNX"),
    "TFLite": (with_bytes(b"\x1c\0\0\0TFL3" + bytes(50)), "TFLite"),
    "safetensors": (with_bytes(struct.pack("<Q", 60) + b'{"a":{"dtype":"F32"}}' + bytes(50)), "safetensors"),
    "JSON of a network with code": (
        with_bytes(json.dumps(network(layer("Lambda", {"function": "x"}))).encode(), "net.json"),
        "Lambda",
    ),
    "text": (with_bytes(b"hello, world\n"), "text"),
    "noise": (with_bytes(bytes(range(200, 256)) * 3), "not of a kind"),
    "gzip": (with_bytes(gzip.compress(b"\xfe" * 50)), "gzip"),
    "broken gzip": (with_bytes(b"\x1f\x8b" + bytes(50)), "damaged"),
    # pictures and arrays
    "EPS named png": (with_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n", "a.png"), "PostScript"),
    "TIFF": (with_bytes(b"II*\0" + bytes(50), "a.png"), "TIFF"),
    "broken PNG": (with_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50), "a.png"), "a.png"),
    "100,000 x 100,000 pixels": (huge_picture, "40 megapixels"),
    "objects in npz": (object_arrays, "objects"),
    "npz of 3 GiB": (npz_bomb, "2 GiB"),
    "npz that is not there": (npz_promise, "shape"),
}
