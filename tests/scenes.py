"""Scenes for tests of single views."""

from __future__ import annotations

from typing import Any

from dlviz.view import Scene
from dlviz_models.data.samples import Samples


def scene_of(network: Any, layer: str = "", units: tuple[int, ...] = (), samples: Any = (), data: Any = None) -> Scene:
    """What a view would be given by a session."""
    given = {"network": network, "layer": layer, "sample": tuple(samples), "data": data}
    return Scene({need: value for need, value in given.items() if value}, units)  # type: ignore[misc]


class Given(Samples):
    """Samples in a list."""

    name = "given"

    def __init__(self, samples):
        self.kind = samples[0].kind
        self.samples = samples

    def __len__(self):
        return len(self.samples)

    def sample(self, index):
        return self.samples[index]
