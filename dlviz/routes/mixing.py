"""Rules of layers that mix all positions along an axis: dense layers, normalisation, tokens, attention, recurrence."""

from __future__ import annotations

from dlviz.routes import windows
from dlviz.routes.route import Route, Routes, StepInput, everywhere, mixed, pointwise, same, without_batch


def last_mixed(p: StepInput) -> Routes:
    return mixed([-1], p)


def softmax(p: StepInput) -> Routes:
    return mixed(without_batch(p.layer.axis, len(p.given)), p)


def activation(p: StepInput) -> Routes:
    name = getattr(p.layer.activation, "__name__", "")
    return last_mixed(p) if name in ("softmax", "log_softmax", "glu", "sparsemax") else pointwise(p)


def group_normalization(p: StepInput) -> Routes:
    return mixed(range(len(p.given)), p)


def einsum(p: StepInput) -> Routes | None:
    """Letters of the input's axes that the output has stay; the others are summed over."""
    given, _, after = p.layer.equation.replace(" ", "").partition("->")
    before = given.split(",")[0]
    if "." in before or len(before) != len(p.given) + 1 or before[0] != after[:1]:
        return None
    return [same(after.index(a) - 1) if a in after else Route(None) for a in before[1:]]


def matrix_product(p: StepInput) -> Routes:
    """The rows of the first factor and the columns of the second stay."""
    if len(p.step.tensors) == 1:
        return last_mixed(p)
    return mixed([-1] if p.tensor == 0 else [-2], p)


def category_encoding(p: StepInput) -> Routes:
    return pointwise_tokens(p) if len(p.output) > len(p.given) else last_mixed(p)


def pointwise_tokens(p: StepInput) -> Routes:
    """Each number becomes a vector along a new, last axis."""
    return [same(axis) for axis in range(len(p.given))]


def attention(p: StepInput) -> Routes:
    """A query looks at itself and at all keys, or in a causal layer at those up to its own place."""
    if p.number:
        return everywhere(p)
    if p.tensor == 0:
        return last_mixed(p)
    if p.step.kwargs.get("use_causal_mask") and len(p.given) == len(p.output):
        return [Route(0, windows.up_to), *(Route(None) for _ in p.given[1:])]
    return everywhere(p)


def recurrent(p: StepInput) -> Routes:
    """Everything up to a step, or from it on where the layer reads backwards; the state, where it is asked for, all."""
    if p.number or p.tensor or not p.layer.return_sequences:
        return everywhere(p)
    so_far = (lambda seen: windows.up_to(seen[::-1])) if p.layer.go_backwards else windows.up_to
    return [Route(0, so_far), *(Route(None) for _ in p.given[1:])]
