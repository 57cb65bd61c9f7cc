"""Everything that depends on the Keras backend: compilation, differentiation and a few operations.

Views run on TensorFlow; another backend would need another implementation of these functions.
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
    """`function` traced once per input signature; `jit` pays only for elementwise operations and reductions."""
    return tf.function(function, jit_compile=jit, reduce_retracing=True, autograph=False)


def compiled_for_batches(function: Callable[..., Any], *like: Any) -> Callable[..., Any]:
    """`function` traced once for batches of any size.

    Args:
        like: for each argument a tensor, or a dict of tensors, of the same dtype and shape except for the batch axis.
    """
    signature = tf.nest.map_structure(lambda t: tf.TensorSpec((None, *t.shape[1:]), t.dtype), like)
    return tf.function(function, input_signature=signature, autograph=False)


def in_parts(function: Callable[[Tensor], Any], size: int) -> Callable[[Tensor], Any]:
    """Apply `function`, from (n, ...) to tensors (n, ...), in parallel parts of `size` samples; n is a multiple of it.

    Parts overlap, so that one uses the processors while another is in a single-threaded operation.
    """
    of_part: Any = compiled(function)

    def whole(x: Tensor) -> Any:
        like = of_part.get_concrete_function(tf.TensorSpec((size, *x.shape[1:]), x.dtype)).structured_outputs
        signature = tf.nest.map_structure(lambda t: tf.TensorSpec(t.shape, t.dtype), like)
        parts = tf.reshape(x, (-1, size, *x.shape[1:]))
        found = tf.map_fn(of_part, parts, fn_output_signature=signature, parallel_iterations=os.cpu_count())
        return tf.nest.map_structure(lambda t: tf.reshape(t, (-1, *t.shape[2:])), found)

    return whole


def with_dependency(first: Any, tensor: Tensor) -> Tensor:
    """`tensor`, of any shape, with its mask and a control dependency on the tensors in `first`."""
    with tf.control_dependencies(tf.nest.flatten(first)):
        waiting = tf.identity(tensor)
    if (mask := getattr(tensor, "_keras_mask", None)) is not None:
        waiting._keras_mask = mask
    return waiting


def compiled_for_sizes(
    function: Callable[..., Any], shapes: Mapping[str, tuple[int | None, ...]]
) -> Callable[[dict[str, Tensor]], Any]:
    """`function` of tensors (n, ...) by name, traced once for any batch size and any size along open axes, so that a
    text that grows while the user types is not traced again.

    Args:
        shapes: the shape of one sample by tensor name, None for open axes.
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
    """The value of `function` at `x`, of any shape, and the gradient of the sum of its elements, of the shape of `x`;
    None if `x` has no influence."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        value = function(x)
    return value, tape.gradient(value, x)


def gradients_at(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """A function of the same arguments that returns the gradient of the first result of `function` with respect to the
    tensors or variables in its second; None for those without influence."""
    both = outputs_and_gradients(function)
    return lambda *arguments: both(*arguments)[1]


def outputs_and_gradients(function: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    """Like `gradients_at`, but returns the second result of `function` together with the gradients."""

    def both(*arguments: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            for argument in tf.nest.flatten(arguments):
                if tf.is_tensor(argument) and argument.dtype.is_floating:
                    tape.watch(argument)
            value, outputs = function(*arguments)
        return outputs, tape.gradient(value, outputs)

    return both


def directional_derivative(
    function: Callable[[], Any], weights: Sequence[Any], direction: Sequence[Tensor]
) -> np.ndarray:
    """The derivative of the result of `function`, of any shape, along a direction in weight space (forward mode),
    float32 of the same shape.

    Args:
        direction: a tensor for each weight, of its shape.
    """
    with tf.autodiff.ForwardAccumulator(list(weights), list(direction)) as accumulator:
        value = function()
    found: np.ndarray = accumulator.jvp(value, tf.UnconnectedGradients.ZERO).numpy()
    return found


def dense(gradient: Any) -> Tensor:
    """A gradient that may be sparse (`IndexedSlices`) as a tensor of its variable's shape."""
    return tf.convert_to_tensor(gradient)


def with_backward(y: Tensor, x: Tensor, backward: Callable[[Tensor], Tensor]) -> Tensor:
    """`y`, computed from `x` and of its shape, with a custom gradient.

    Args:
        backward: from the gradient at `y` to the gradient at `x`; a plain function, for which one TensorFlow function
            is kept.
    """
    through = _identity(backward)(x)
    through.set_shape(x.shape)
    return tf.stop_gradient(y) + (through - tf.stop_gradient(through))


@cache
def _identity(backward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return with_gradient(tf.identity, lambda signal, x: backward(signal))


def with_gradient(function: Callable[..., Tensor], backward: Callable[..., Any]) -> Callable[..., Tensor]:
    """`function` of tensors or variables, of any shapes, with a custom gradient.

    Keep and reuse the result, since TensorFlow never frees it.

    Args:
        backward: from the gradient at the value, of its shape, and the arguments, to the gradient at each argument.
    """

    @tf.custom_gradient
    def both(*tensors: Tensor) -> tuple[Tensor, Callable[[Tensor], Any]]:
        return function(*tensors), lambda signal: backward(signal, *tensors)

    traced = tf.function(both, autograph=False)
    return lambda *given: traced(*map(tf.convert_to_tensor, given))


def inverse_fft(real: Tensor, imaginary: Tensor, size: tuple[int, ...]) -> Tensor:
    """Inverse real FFT: half spectra (n, height, width // 2 + 1, channel) to pictures (n, *size, channel)."""
    spectra = tf.transpose(tf.complex(real, imaginary), (0, 3, 1, 2))
    return tf.transpose(tf.signal.irfft2d(spectra, size), (0, 2, 3, 1))


def constant(array: np.ndarray) -> Tensor:
    """`array`, of any shape, as a tensor on the device; floats as float32."""
    return tf.constant(array, tf.float32 if np.issubdtype(array.dtype, np.floating) else None)


def fingerprints(arrays: np.ndarray) -> np.ndarray:
    """The 64-bit FarmHash of each of the arrays (n, ...), uint64 (n,)."""
    found: np.ndarray = tf.fingerprint(np.ascontiguousarray(arrays)).numpy()
    return found.view(np.uint64)[:, 0]
