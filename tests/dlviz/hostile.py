"""Broken and hostile files, made by code; what would run, were one believed, leaves a marker file and nothing else."""

import base64
import io
import json
import marshal
import os
import pickle
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Made = Callable[[Path, Path], Path]
"""Makes a file in the folder (first argument) that would create the marker (second), and returns its path."""

METADATA = json.dumps({"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}).encode()


def layer(name: str, config: dict[str, Any], module: str = "keras.layers", **more: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None, **more}


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a Sequential of an input of 3 numbers, the given layers, and a Dense of 2 units."""
    first = layer("InputLayer", {"batch_shape": [None, 3], "dtype": "float32", "name": "image"})
    last = layer(
        "Dense", {"name": "dense", "units": 2, "activation": "linear"}, build_config={"input_shape": [None, 3]}
    )
    return layer("Sequential", {"name": "net", "layers": [first, *layers, last]}, "keras")


def tensor(name: str) -> dict[str, Any]:
    """The first output of a layer's first call, of 3 numbers."""
    config = {"shape": [None, 3], "dtype": "float32", "keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def functional(*layers: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a network as `network` whose other layers are on no path to its output."""
    image, dense = network()["config"]["layers"]
    image |= {"name": "image", "inbound_nodes": []}
    dense |= {"name": "dense", "inbound_nodes": [{"args": [tensor("image")], "kwargs": {}}]}
    config = {"name": "net", "input_layers": ["image", 0, 0], "output_layers": ["dense", 0, 0]}
    return layer("Functional", config | {"layers": [image, dense, *layers]}, "keras")


def nested_calls(depth: int) -> dict[str, Any]:
    """A network that calls one twice that calls one twice, and so on."""
    network = layer("Dense", {"name": "dense", "units": 3})
    for number in range(depth):
        inner = network | {"name": network["config"]["name"]}
        inner["inbound_nodes"] = [{"args": [tensor("image")], "kwargs": {}}] * 2
        network = functional(inner)
        network["config"]["name"] = f"net{number}"
    return network


def weights(kernel: Any = None, more: Callable[[h5py.File], None] | None = None) -> bytes:
    """A weights file with the Dense layer's kernel (3, 2) and bias, and what `more` adds."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        group = file.create_group("layers/dense/vars")
        group["0"] = np.ones((3, 2), np.float32) if kernel is None else kernel
        group["1"] = np.zeros(2, np.float32)
        if more:
            more(file)
    return buffer.getvalue()


def members(config: Any = None, stored: bytes | None = None) -> dict[str, bytes]:
    content = config if isinstance(config, bytes) else json.dumps(config or network()).encode()
    return {"metadata.json": METADATA, "config.json": content, "model.weights.h5": stored or weights()}


def write_zip(path: Path, content: dict[str, bytes], packed: bool = False) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def good_keras(folder: Path) -> Path:
    return write_zip(folder / "good.keras", members())


def with_layers(*layers: dict[str, Any]) -> Made:
    return lambda folder, marker: write_zip(folder / "net.keras", members(network(*layers)))


def with_members(**extra: bytes) -> Made:
    return lambda folder, marker: write_zip(folder / "net.keras", members() | extra)


def with_weights(kernel: Any = None, more: Callable[[h5py.File], None] | None = None) -> Made:
    return lambda folder, marker: write_zip(folder / "net.keras", members(stored=weights(kernel, more)))


def with_bytes(content: bytes, name: str = "net.keras") -> Made:
    def make(folder: Path, marker: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def code(marker: Path) -> str:
    """A function that creates the marker, as Keras stores lambdas."""
    program = compile(f"lambda x: open({str(marker)!r}, 'w').close() or x", "payload", "eval")
    (function,) = (part for part in program.co_consts if isinstance(part, types.CodeType))
    return base64.b64encode(marshal.dumps(function)).decode()


def lambda_layer(folder: Path, marker: Path) -> Path:
    function = {"class_name": "__lambda__", "config": {"code": code(marker), "defaults": None, "closure": None}}
    return with_layers(layer("Lambda", {"name": "evil", "function": function}))(folder, marker)


def lambda_of_layer_class(folder: Path, marker: Path) -> Path:
    """The way around `safe_mode`: a class is named where Lambda expects a function."""
    config = {"name": "evil", "function": layer("Lambda", {"function": [code(marker), None, None]})}
    return with_layers(layer("Lambda", config))(folder, marker)


def hidden_lambda(folder: Path, marker: Path) -> Path:
    inner = {"class_name": "__lambda__", "config": {"code": code(marker), "defaults": None, "closure": None}}
    return with_layers(layer("Dense", {"name": "d", "units": 3, "kernel_initializer": inner}))(folder, marker)


def lambda_in_call(folder: Path, marker: Path) -> Path:
    inner = {"class_name": "__lambda__", "config": {"code": code(marker), "defaults": None, "closure": None}}
    nodes = [{"args": [inner], "kwargs": {}}]
    return with_layers(layer("Add", {"name": "add"}, "keras.src.ops.numpy", inbound_nodes=nodes))(folder, marker)


def legacy_lambda(folder: Path, marker: Path) -> Path:
    evil = {"class_name": "Lambda", "config": {"name": "evil", "function": [code(marker), None, None]}}
    return write_h5(folder / "net.h5", {"class_name": "Sequential", "config": {"name": "net", "layers": [evil]}})


def write_h5(path: Path, config: Any) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.create_group("model_weights").attrs["layer_names"] = np.empty(0)
    return path


def plain_h5(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file["data"] = np.arange(3)
    return path


class Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)


def pickled(folder: Path, marker: Path) -> Path:
    return with_bytes(pickle.dumps(Payload(marker)), "net.h5")(folder, marker)


def torch_archive(folder: Path, marker: Path) -> Path:
    return write_zip(folder / "net.pt", {"archive/data.pkl": pickle.dumps(Payload(marker)), "archive/version": b"3"})


def object_arrays(folder: Path, marker: Path) -> Path:
    np.savez(folder / "data.npz", x=np.array([Payload(marker)], object))
    return folder / "data.npz"


def compile_payload(folder: Path, marker: Path) -> Path:
    """Harmless to dlviz, which drops compile_config: it opens."""
    function = {"class_name": "__lambda__", "config": {"code": code(marker), "defaults": None, "closure": None}}
    return write_zip(folder / "net.keras", members(network() | {"compile_config": {"loss": function}}))


def truncated(folder: Path, marker: Path) -> Path:
    return with_bytes(good_keras(folder).read_bytes()[:-200])(folder, marker)


def truncated_h5(folder: Path, marker: Path) -> Path:
    return with_bytes(weights()[:1500], "net.h5")(folder, marker)


def encrypted(folder: Path, marker: Path) -> Path:
    content = bytearray(good_keras(folder).read_bytes())
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(magic)
        while start >= 0:
            content[start + flags] |= 1
            start = content.find(magic, start + 4)
    return with_bytes(bytes(content))(folder, marker)


def doubled(folder: Path, marker: Path) -> Path:
    path = write_zip(folder / "net.keras", members() | {"CONFIG.json": b"{}"})
    return with_bytes(path.read_bytes().replace(b"CONFIG.json", b"config.json"))(folder, marker)


def linked(folder: Path, marker: Path) -> Path:
    path = folder / "net.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members().items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if name == "config.json" else 0o100644) << 16
            archive.writestr(info, data)
    return path


def bomb(folder: Path, marker: Path) -> Path:
    return write_zip(folder / "net.keras", members(b" " * 10_000_000 + json.dumps(network()).encode()), packed=True)
