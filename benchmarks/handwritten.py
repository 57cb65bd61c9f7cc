"""AlexNet and ResNet-50 and their training step in JAX alone: what `gpu.py` holds the builders to.

Weights are a dict from the names of the builders' layers to lists of arrays in Keras's order and shapes.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Weights = dict[str, list[jax.Array]]
MOMENTUM = 0.9
STAGES = (3, 4, 6, 3)  # of ResNet-50
KEEP = 0.99  # of the moving averages of batch normalisation, at each step
EPSILON = 1e-3


class Pass:
    """One forward pass: layers read their weights by name; in training, batch statistics and dropout are at work."""

    def __init__(self, weights: Weights, dtype: Any, key: jax.Array | None) -> None:
        self.weights, self.dtype, self.key = weights, dtype, key
        self.moved: Weights = {}  # moving averages after this pass

    def of(self, name: str) -> list[jax.Array]:
        return [value.astype(self.dtype) for value in self.weights[name]]

    def convolve(self, x: jax.Array, name: str, stride: int = 1, padding: Any = "SAME", groups: int = 1) -> jax.Array:
        kernel, *bias = self.of(name)  # (height, width, channels / groups, maps)
        x = lax.conv_general_dilated(
            x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups
        )
        return x + bias[0] if bias else x

    def dense(self, x: jax.Array, name: str) -> jax.Array:
        kernel, bias = self.of(name)
        return x @ kernel + bias

    def normalize(self, x: jax.Array, name: str) -> jax.Array:
        gamma, beta, mean, variance = self.weights[name]
        if self.key is not None:
            wide = x.astype(jnp.float32)
            now = [wide.mean((0, 1, 2)), wide.var((0, 1, 2))]
            self.moved[name] = [
                gamma, beta, *(KEEP * old + (1 - KEEP) * new for old, new in zip((mean, variance), now, strict=True))
            ]  # fmt: skip
            mean, variance = now
        scale = gamma * lax.rsqrt(variance + EPSILON)
        return x * scale.astype(x.dtype) + (beta - mean * scale).astype(x.dtype)

    def dropout(self, x: jax.Array, rate: float) -> jax.Array:
        if self.key is None:
            return x
        self.key, drawn = jax.random.split(self.key)
        return jnp.where(jax.random.bernoulli(drawn, 1 - rate, x.shape), x / (1 - rate), 0)


def pool(x: jax.Array, padding: str = "VALID") -> jax.Array:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), padding)


def pad(x: jax.Array, by: int) -> jax.Array:
    return jnp.pad(x, ((0, 0), (by, by), (by, by), (0, 0)))


def local_response(x: jax.Array) -> jax.Array:
    squares = lax.reduce_window(x * x, 0.0, lax.add, (1, 1, 1, 5), (1, 1, 1, 1), "SAME")
    return x * (2 + 1e-4 * squares) ** -0.75


def alexnet(run: Pass, x: jax.Array) -> jax.Array:
    """Logits (n, classes) of pixels 0..255, (n, 227, 227, 3); two groups as on the two GPUs."""
    x = (x / 255).astype(run.dtype)
    x = pool(local_response(jax.nn.relu(run.convolve(x, "conv1", 4, "VALID"))))  # (n, 27, 27, 96)
    x = pool(local_response(jax.nn.relu(run.convolve(x, "conv2", groups=2))))  # (n, 13, 13, 256)
    x = jax.nn.relu(run.convolve(x, "conv3"))
    x = jax.nn.relu(run.convolve(x, "conv4", groups=2))
    x = pool(jax.nn.relu(run.convolve(x, "conv5", groups=2)))  # (n, 6, 6, 256)
    x = x.reshape(len(x), -1)
    for name in ("dense1", "dense2"):
        x = run.dropout(jax.nn.relu(run.dense(x, name)), 0.5)
    return run.dense(x, "logits")


def resnet50(run: Pass, x: jax.Array) -> jax.Array:
    """Logits (n, classes) of pixels 0..255, (n, 224, 224, 3)."""

    def layer(x: jax.Array, name: str, stride: int = 1, padding: Any = "SAME") -> jax.Array:
        norm = name.replace("conv", "norm").replace("skip", "skip_norm")
        return run.normalize(run.convolve(x, name, stride, padding), norm)

    x = jax.nn.relu(layer(pad((x / 255).astype(run.dtype), 3), "conv1", 2, "VALID"))  # (n, 112, 112, 64)
    x = pool(pad(x, 1))  # (n, 56, 56, 64)
    for stage, blocks in enumerate(STAGES, start=1):
        for number in range(1, blocks + 1):
            name, stride = f"stage{stage}_block{number}", 2 if stage > 1 and number == 1 else 1
            y = jax.nn.relu(layer(x, f"{name}_conv1", stride))
            y = jax.nn.relu(layer(y, f"{name}_conv2"))
            y = layer(y, f"{name}_conv3")
            x = jax.nn.relu(y + (layer(x, f"{name}_skip", stride) if number == 1 else x))
    return run.dense(x.mean((1, 2)), "logits")


NETWORKS: dict[str, Callable[[Pass, jax.Array], jax.Array]] = {"alexnet": alexnet, "resnet50": resnet50}


def logits(network: str, weights: Weights, x: jax.Array) -> jax.Array:
    """What the network answers when it is used, not trained; in single precision."""
    return NETWORKS[network](Pass(weights, jnp.float32, None), x)


def training_step(network: str, half: bool, rate: float) -> Callable[..., Any]:
    """Return the compiled step (weights, velocity, key, x, y) to (weights, velocity, key, loss): SGD with momentum.

    With `half`, layers compute in bfloat16 and weights stay in float32.
    """

    def loss(weights: Weights, key: jax.Array, x: jax.Array, y: jax.Array) -> tuple[jax.Array, Weights]:
        run = Pass(weights, jnp.bfloat16 if half else jnp.float32, key)
        answer = jax.nn.log_softmax(NETWORKS[network](run, x).astype(jnp.float32))
        return -jnp.take_along_axis(answer, y[:, None], axis=1).mean(), run.moved

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(weights: Weights, velocity: Weights, key: jax.Array, x: jax.Array, y: jax.Array) -> tuple[Any, ...]:
        key, drawn = jax.random.split(key)
        (value, moved), gradient = jax.value_and_grad(loss, has_aux=True)(weights, drawn, x, y)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v - rate * g, velocity, gradient)
        weights = jax.tree.map(jnp.add, weights, velocity)
        for name, (_, _, mean, variance) in moved.items():
            weights[name] = [*weights[name][:2], mean, variance]
        return weights, velocity, key, value

    return step
