"""Everything that differs between Keras's backends: compiling a function and differentiating one.

Views run on TensorFlow; a second backend would be a second implementation of these few functions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # its warning of frequent tracing counts different networks as one function

Tensor = Any


def compiled(function: Callable[..., Any], *, jit: bool = False) -> Callable[..., Any]:
    """`function` traced once per input signature; `jit` pays for elementwise and reducing parts only."""
    return tf.function(function, jit_compile=jit, reduce_retracing=True, autograph=False)


def compiled_for_batches(function: Callable[..., Any], *like: Any) -> Callable[..., Any]:
    """`function` traced once for batches of any size.

    Args:
        like: for each argument a tensor, or a dict of tensors, of its number type and its shape behind the first axis.
    """
    signature = tf.nest.map_structure(lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), like)
    return tf.function(function, input_signature=signature, autograph=False)


def in_parts(function: Callable[[Tensor], Any], size: int) -> Callable[[Tensor], Any]:
    """`function` of tensors (m * size, ...), which gives tensors (m * size, ...), computed in parts of `size`, as many
    at once as there are processors: one part computes where another waits for a single thread."""
    of_part: Any = compiled(function)

    def whole(x: Tensor) -> Any:
        like = of_part.get_concrete_function(tf.TensorSpec((size, *x.shape[1:]), x.dtype)).structured_outputs
        signature = tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, t.dtype), like)
        parts = tf.reshape(x, (-1, size, *x.shape[1:]))
        found = tf.map_fn(of_part, parts, fn_output_signature=signature, parallel_iterations=os.cpu_count())
        return tf.nest.map_structure(lambda t: tf.reshape(t, (-1, *t.shape[2:])), found)

    return whole


def after(first: Any, tensor: Tensor) -> Tensor:
    """`tensor`, of any shape, with its mask; what is computed from it in a compiled function waits for the tensors in
    `first`."""
    with tf.control_dependencies(tf.nest.flatten(first)):
        waiting = tf.identity(tensor)
    if (mask := getattr(tensor, "_keras_mask", None)) is not None:
        waiting._keras_mask = mask
    return waiting


def compiled_for_sizes(
    function: Callable[..., Any], shapes: Mapping[str, tuple[int | None, ...]]
) -> Callable[[dict[str, Tensor]], Any]:
    """`function` of tensors (n, ...) by name, traced at once for batches of any size and any size along the axes that
    are left open: otherwise the second size would be traced anew, while somebody types.

    Args:
        shapes: of one sample by the tensor's name, None along an open axis.
    """
    traced: Any = compiled(function)
    known: set[frozenset[str]] = set()

    def call(tensors: dict[str, Tensor]) -> Any:
        names = frozenset(tensors)
        if names not in known:
            signature = {name: tf.TensorSpec((None, *shapes[name]), tensor.dtype) for name, tensor in tensors.items()}
            traced.get_concrete_function(signature)
            known.add(names)
        return traced(tensors)

    return call


def value_and_gradient(function: Callable[[Tensor], Any], x: Tensor) -> tuple[Any, Tensor]:
    """The value of `function` at `x`, of any shape, and the gradient of the sum of its elements there, of the same
    shape; None where it has none."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
    return value, tape.gradient(value, x)


def gradients_at(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A function of the same arguments that gives the gradient of `function`'s first result at the tensors or variables
    that are its second, each None where it has none."""
    found = places_and_gradients(function)
    return lambda *arguments: found(*arguments)[1]


def places_and_gradients(function: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    """The same as `gradients_at`, with the second result of `function` before it."""

    def both(*arguments: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            for argument in tf.nest.flatten(arguments):
                if tf.is_tensor(argument) and argument.dtype.is_floating:
                    tape.watch(argument)
            value, places = function(*arguments)
        return places, tape.gradient(value, places)

    return both


def derivative_along(function: Callable[[], Any], weights: Sequence[Any], direction: Sequence[Tensor]) -> np.ndarray:
    """How fast the tensor that `function` gives, of any shape, grows as variables move in a direction; float32, of its
    shape.

    Args:
        direction: for each variable a tensor of its shape.
    """
    with tf.autodiff.ForwardAccumulator(list(weights), list(direction)) as accumulator:
        value = function()
    found: np.ndarray = accumulator.jvp(value, tf.UnconnectedGradients.ZERO).numpy()
    return found


def dense(gradient: Any) -> Tensor:
    """A gradient that may name only the rows it is not zero in, as a tensor of its variable's shape."""
    return tf.convert_to_tensor(gradient)


def with_backward(y: Tensor, x: Tensor, backward: Callable[[Tensor], Tensor]) -> Tensor:
    """`y`, computed from `x` and of its shape, with `backward`, a plain function, in the place of its gradient.

    `backward` takes the signal that comes back to the value and returns the one that goes on to `x`.
    """
    through = _identity(backward)(x)
    through.set_shape(x.shape)
    return tf.stop_gradient(y) + (through - tf.stop_gradient(through))


@cache
def _identity(backward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """One function for all networks."""
    return with_gradient(tf.identity, lambda signal, x: backward(signal))


def with_gradient(function: Callable[..., Tensor], backward: Callable[..., Any]) -> Callable[..., Tensor]:
    """`function` of tensors or variables, of any shapes, with another way back.

    What is returned has to be kept and used again, since TensorFlow never lets go of it.

    Args:
        backward: takes the signal that comes back to the value, of its shape, and the tensors; it returns the gradient
            at each of these.
    """

    @tf.custom_gradient
    def both(*tensors: Tensor) -> tuple[Tensor, Callable[[Tensor], Any]]:
        return function(*tensors), lambda signal: backward(signal, *tensors)

    traced = tf.function(both, autograph=False)
    return lambda *given: traced(*map(tf.convert_to_tensor, given))


def inverse_fft(real: Tensor, imaginary: Tensor, size: tuple[int, ...]) -> Tensor:
    """The real pictures (n, *size, channel) of half spectra (n, height, width // 2 + 1, channel); differentiable."""
    spectra = tf.transpose(tf.complex(real, imaginary), (0, 3, 1, 2))
    return tf.transpose(tf.signal.irfft2d(spectra, size), (0, 2, 3, 1))


def constant(array: np.ndarray) -> Tensor:
    """`array`, of any shape, as a tensor on the device, float32 where it is floating."""
    return tf.constant(array, tf.float32 if np.issubdtype(array.dtype, np.floating) else None)


def fingerprints(arrays: np.ndarray) -> np.ndarray:
    """64 bits of a hash, FarmHash, of the bytes of each of the arrays (n, ...), (n,) uint64."""
    found: np.ndarray = tf.fingerprint(np.ascontiguousarray(arrays)).numpy()
    return found.view(np.uint64)[:, 0]
