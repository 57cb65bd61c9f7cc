"""Scenes for tests of single views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dlviz.view import Scene
from dlviz_models.data.samples import Sample, Samples


def scene_of(network: Any, layer: str = "", units: tuple[int, ...] = (), samples: Any = (), data: Any = None) -> Scene:
    """What a view would be given by a session."""
    given = {"network": network, "layer": layer, "sample": tuple(samples), "data": data}
    return Scene({need: value for need, value in given.items() if value}, units)  # type: ignore[misc]


class Listed(Samples):
    """Samples in a list."""

    def __init__(self, samples: Sequence[Sample], name: str = "listed") -> None:
        self.kind = samples[0].kind  # type: ignore[misc]
        self.name = name
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def sample(self, index: int) -> Sample:
        return replace(self.samples[index], name=f"{self.name}:{index}")
