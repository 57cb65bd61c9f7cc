"""Serialise registered dataclasses to JSON and arrays, without pickle. Sequences come back as tuples."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Logo, Node, Passage, Place, Sheet, ShownWeight
from dlviz.sheet.panel_registry import PANEL_KINDS

_TYPES: dict[str, type] = {}


def register(*types: type) -> None:
    """Register dataclasses, identified by their class names."""
    _TYPES.update({t.__name__: t for t in types})


register(*PANEL_KINDS, Node, ArrayBox, Logo, Passage, Place, Sheet, ShownWeight, Progress)


def pack(value: Any) -> tuple[bytes, list[np.ndarray]]:
    """Serialise `value` to JSON and the arrays, of any shape, that it refers to by number."""
    arrays: list[np.ndarray] = []

    def encode(v: Any) -> Any:
        if isinstance(v, np.ndarray):
            arrays.append(np.ascontiguousarray(v))
            return {"array": len(arrays) - 1}
        if dataclasses.is_dataclass(v) and not isinstance(v, type):
            fields = {f.name: encode(getattr(v, f.name)) for f in dataclasses.fields(v)}
            return {"type": type(v).__name__, "fields": fields}
        if isinstance(v, Mapping):
            return {"map": [[encode(k), encode(w)] for k, w in v.items()]}
        if isinstance(v, Sequence) and not isinstance(v, str):
            return [encode(w) for w in v]
        if isinstance(v, np.generic):
            return v.item()
        if v is None or isinstance(v, bool | int | float | str):
            return v
        raise TypeError(f"{type(v).__name__} does not travel")

    return json.dumps(encode(value)).encode(), arrays


def unpack(text: bytes, arrays: Sequence[np.ndarray]) -> Any:
    """The inverse of `pack`, from JSON and arrays of any shape."""

    def decode(v: Any) -> Any:
        if isinstance(v, list):
            return tuple(decode(w) for w in v)
        if not isinstance(v, dict):
            return v
        if "array" in v:
            return arrays[v["array"]]
        if "map" in v:
            return {decode(k): decode(w) for k, w in v["map"]}
        return _TYPES[v["type"]](**{k: decode(w) for k, w in v["fields"].items()})

    return decode(json.loads(text))
