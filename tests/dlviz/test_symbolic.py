"""Subclassed models are opened as the graph of layers that their `call` makes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlviz.api import open_model
from dlviz.model.graph import Graph
from dlviz_models.errors import UserError


class Block(keras.Model):
    """A residual block that is a model of its own."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.inner = keras.Sequential([layers.Dense(4, "relu", name="in"), layers.Dense(4, name="out")], name="inner")

    def call(self, x: Any) -> Any:
        return self.inner(x) + x


class Net(keras.Model):
    def __init__(self, blocks: int = 2, **config: Any) -> None:
        super().__init__(**config)
        self.first, self.norm, self.last = layers.Dense(4), layers.BatchNormalization(), layers.Dense(3, name="last")
        self.blocks = [Block(name=f"block_{number}") for number in range(blocks)]

    def call(self, x: Any, training: bool | None = None) -> Any:
        x = ops.tanh(self.norm(self.first(x), training=training))
        for block in self.blocks:
            x = block(x)
        return self.last(x)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"blocks": len(self.blocks)}


class Named(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.shared = layers.Dense(3, name="shared")

    def call(self, inputs: dict[str, Any]) -> Any:
        return {"sum": self.shared(inputs["one"]) + self.shared(inputs["two"])}


class NeedsNumbers(Named):
    def call(self, x: Any) -> Any:
        return self.shared(x) if float(ops.sum(x)) > 0 else x


def test_layers_of_the_model_and_of_those_in_it() -> None:
    model, given = Net(), np.random.default_rng(0).random((2, 5), np.float32)
    answer = model(given)
    network = open_model(model)
    assert {"block_0/inner/in", "block_1/inner/out", "last"} <= set(network.layers)
    np.testing.assert_allclose(network.model(given), answer, rtol=1e-6)
    model.first.kernel.assign(model.first.kernel * 2)
    np.testing.assert_allclose(network.model(given), model(given), rtol=1e-6)


def test_named_inputs_and_outputs_and_a_shared_layer() -> None:
    model = Named()
    model({"one": np.ones((1, 4)), "two": np.ones((1, 4))})
    graph = Graph(model)
    assert graph.inputs == ("one", "two")
    assert {"shared", "shared#2"} <= set(graph.steps)


def test_from_a_file_where_it_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, given = Net(blocks=1), np.random.default_rng(0).random((2, 5), np.float32)
    answer = model(given)
    model.save(tmp_path / "net.keras")
    with pytest.raises(UserError, match=r"uses “Net”.*--trust tests\.dlviz\.test_symbolic:Net"):
        open_model(tmp_path / "net.keras")
    network = open_model(tmp_path / "net.keras", trust=(f"{__name__}:Net",))
    np.testing.assert_allclose(network.model(given), answer, rtol=1e-6)
    assert len([name for name in network.layers if name.startswith("block_0/")]) == 3


@pytest.mark.parametrize(
    ("build", "given", "says"),
    [(Net, None, "has no input shape yet"), (NeedsNumbers, np.ones((1, 4)), "cannot be followed")],
)
def test_what_cannot_be_opened(build: Callable[[], keras.Model], given: Any, says: str) -> None:
    model = build()
    if given is not None:
        model(given)
    with pytest.raises(UserError, match=says):
        open_model(model)
