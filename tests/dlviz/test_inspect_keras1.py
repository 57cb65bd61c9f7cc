"""Networks as Keras 1 wrote them answer as the formulas of their layers say."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from dlviz.inspect import load_network
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)


def write(path: Path, config: dict[str, Any], arrays: dict[str, list[np.ndarray]]) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["model_config"], file.attrs["keras_version"] = json.dumps(config).encode(), b"1.2.2"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in arrays]
        for name, values in arrays.items():
            names = [f"{name}_{number}" for number in range(len(values))]
            part = group.create_group(name)
            part.attrs["weight_names"] = np.array(names, "S")
            for key, value in zip(names, values, strict=True):
                part[key] = value.astype(np.float32)
    return path


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.clip(0.2 * x + 0.5, 0, 1)


def test_pictures(tmp_path: Path) -> None:
    convolution = layer(
        "Convolution2D", name="c", nb_filter=2, nb_row=3, nb_col=2, subsample=[2, 1], border_mode="valid", bias=True,
        dim_ordering="tf", init="glorot_uniform", W_regularizer=None, activation="relu",
        batch_input_shape=[None, 7, 6, 3],
    )  # fmt: skip
    rest = [
        layer("Dropout", name="d", p=0.5),
        layer("Flatten", name="f"),
        layer("Dense", name="out", output_dim=4, init="uniform", bias=True, activation="linear", input_dim=None),
    ]
    kernel, bias = RANDOM.normal(size=(3, 2, 3, 2)), RANDOM.normal(size=2)
    dense, more = RANDOM.normal(size=(3 * 5 * 2, 4)), RANDOM.normal(size=4)
    arrays = {"c": [kernel, bias], "d": [], "f": [], "out": [dense, more]}
    path = write(tmp_path / "net.h5", layer("Sequential") | {"config": [convolution, *rest]}, arrays)
    x = RANDOM.normal(size=(1, 7, 6, 3))
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (3, 2), (0, 1))[::2]  # (3, 5, channel, kh, kw)
    maps = np.maximum(np.einsum("ijckl,klcf->ijf", windows, kernel) + bias, 0)
    np.testing.assert_allclose(load_network(path)[0](x)[0], maps.ravel() @ dense + more, rtol=1e-4)


def test_lstm(tmp_path: Path) -> None:
    """Twelve arrays: of input, cell, forget and output gate the kernel, the recurrent kernel and the bias."""
    lstm = layer(
        "LSTM", name="l", output_dim=3, inner_activation="hard_sigmoid", activation="tanh", return_sequences=False,
        inner_init="orthogonal", forget_bias_init="one", consume_less="cpu", batch_input_shape=[None, 5, 2],
    )  # fmt: skip
    arrays = [RANDOM.normal(size=shape) for _ in range(4) for shape in ((2, 3), (3, 3), (3,))]
    path = write(tmp_path / "net.h5", layer("Sequential") | {"config": [lstm]}, {"l": arrays})
    given, h, c = RANDOM.normal(size=(5, 2)), np.zeros(3), np.zeros(3)
    gates = [arrays[3 * n : 3 * n + 3] for n in range(4)]
    for x in given:
        i, new, f, o = (x @ w + h @ u + b for w, u, b in gates)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(new)
        h = sigmoid(o) * np.tanh(c)
    np.testing.assert_allclose(load_network(path)[0](given[None])[0], h, rtol=1e-4)


def test_branches_and_sentences(tmp_path: Path) -> None:
    def config(mode: str) -> dict[str, Any]:
        sides = [
            {**layer("Dense", name=name, output_dim=2, bias=False, activation="linear"), "name": name,
             "inbound_nodes": [[["x", 0, 0]]]}
            for name in ("a", "b")
        ]  # fmt: skip
        first = layer("InputLayer", name="x", batch_input_shape=[None, 3], input_dtype="float32", sparse=False)
        merge = layer("Merge", name="m", mode=mode, concat_axis=-1, dot_axes=-1, mode_type="raw", arguments={})
        merge |= {"name": "m", "inbound_nodes": [[["a", 0, 0], ["b", 0, 0]]]}
        nodes = {"layers": [first | {"name": "x", "inbound_nodes": []}, *sides, merge]}
        return layer("Model", name="net", **nodes, input_layers=[["x", 0, 0]], output_layers=[["m", 0, 0]])

    a, b, x = RANDOM.normal(size=(3, 2)), RANDOM.normal(size=(3, 2)), RANDOM.normal(size=(1, 3))
    arrays = {"x": [], "a": [a], "b": [b], "m": []}
    for mode, expected in (("sum", x @ a + x @ b), ("concat", np.hstack([x @ a, x @ b]))):
        model = load_network(write(tmp_path / f"{mode}.h5", config(mode), arrays))[0]
        np.testing.assert_allclose(model(x), expected, rtol=1e-4)
    with pytest.raises(UserError, match=r"cos\.h5 merges layers in a mode that Keras 3 does not have"):
        load_network(write(tmp_path / "cos.h5", config("cos"), arrays))
