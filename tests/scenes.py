"""Scenes for tests of single views."""

from __future__ import annotations

from typing import Any

from dlviz.view import Scene


def scene_of(network: Any, layer: str = "", units: tuple[int, ...] = (), samples: Any = (), data: Any = None) -> Scene:
    """What a view would be given by a session."""
    given = {"network": network, "layer": layer, "sample": tuple(samples), "data": data}
    return Scene({need: value for need, value in given.items() if value}, units)  # type: ignore[misc]
