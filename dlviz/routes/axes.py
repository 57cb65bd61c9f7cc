"""Rules of operations that move, select, split or reduce axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import keras
import numpy as np

from dlviz.routes.route import Route, Routes, StepInput, by_taps, pointwise, reduced, same, without_batch
from dlviz.routes.windows import gathered


def _permuted(order: Iterable[int], p: StepInput) -> Routes:
    """Axis k after the layer was axis order[k]."""
    places = list(order)
    return [same(places.index(axis)) for axis in range(len(p.given))]


def permute(p: StepInput) -> Routes:
    return _permuted((dim - 1 for dim in p.layer.dims), p)


def _moved(change: Callable[[np.ndarray], np.ndarray], p: StepInput) -> Routes | None:
    """Routes of an operation that moves axes as `change` moves those of an array; None where the batch is moved."""
    ranks = change(np.empty(range(2, len(p.given) + 3))).shape  # each axis has a size of its own
    return None if ranks[0] != 2 else _permuted((n - 3 for n in ranks[1:]), p)


def transpose(p: StepInput) -> Routes | None:
    return _moved(lambda x: np.transpose(x, p.layer.axes), p)


def moveaxis(p: StepInput) -> Routes | None:
    return _moved(lambda x: np.moveaxis(x, p.layer.source, p.layer.destination), p)


def swapaxes(p: StepInput) -> Routes | None:
    return _moved(lambda x: np.swapaxes(x, p.layer.axis1, p.layer.axis2), p)


def item(p: StepInput) -> Routes | None:
    """Indexing with whole numbers, slices, None and an ellipsis."""
    key = p.step.args[1] if len(p.step.args) > 1 else p.step.kwargs.get("key")
    parts = list(key) if isinstance(key, tuple | list) else [key]
    if not all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts):
        return None
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    at = parts.index(Ellipsis)
    missing = len(p.given) + 1 - sum(part is not None and part is not Ellipsis for part in parts)
    parts[at : at + 1] = [slice(None)] * missing
    if parts[0] != slice(None):
        return None
    found: Routes = []
    out = 0
    for part in parts[1:]:
        if part is None:
            out += 1
            continue
        places = np.atleast_1d(np.arange(p.given[len(found)])[part])[:, None]
        if isinstance(part, slice):
            found.append(by_taps(out, places))
            out += 1
        else:
            found.append(Route(None, partial(gathered, taps=places)))
    return found


def split(p: StepInput) -> Routes | None:
    axis = p.layer.axis % (len(p.given) + 1) - 1
    sizes = [tensor.shape[axis + 1] for tensor in keras.tree.flatten(p.step.outputs)]
    if axis < 0 or None in sizes:
        return None
    start = sum(sizes[: p.number])
    found = pointwise(p)
    found[axis] = by_taps(axis, np.arange(start, start + sizes[p.number])[:, None])
    return found


def flip(p: StepInput) -> Routes:
    axes = range(len(p.given)) if p.layer.axis is None else without_batch(p.layer.axis, len(p.given))
    found = pointwise(p)
    for axis in axes:
        found[axis] = Route(axis, lambda seen: seen[::-1])
    return found


def reduction(p: StepInput) -> Routes | None:
    axis = p.layer.axis
    if axis is None or 0 in np.atleast_1d(axis):
        return None
    return reduced(without_batch(axis, len(p.given)), p, bool(getattr(p.layer, "keepdims", False)))
