"""Pictures a second in training AlexNet and ResNet-50, beside a step of the same network written by hand in JAX.

    KERAS_BACKEND=jax python benchmarks/gpu.py alexnet resnet50 --batch 128 --precision mixed_bfloat16
    KERAS_BACKEND=tensorflow python benchmarks/gpu.py
    KERAS_BACKEND=jax python benchmarks/gpu.py --size 75 --batch 4 --steps 2    # a check that it runs, without a GPU
    KERAS_BACKEND=jax python benchmarks/gpu.py --check                # the two are the same network

Needs jax (`uv sync --extra jax`; a build for the GPU where there is one). Both are given the same random bytes from the
host's memory, batch by batch, Keras by plain `fit`; they take turns in one process; the ratio is that of the medians.
With TensorFlow set XLA_PYTHON_CLIENT_PREALLOCATE=false, so that the two frameworks share the GPU's memory.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import handwritten
import jax
import jax.numpy as jnp
import keras
import numpy as np

from dlviz_models.networks import network
from dlviz_models.training.precision import computing_in

SIZES = {"alexnet": 227, "resnet50": 224}
RATE = 1e-3
CLASSES = 1000


def built(name: str, size: int) -> keras.Model:
    if name == "alexnet":
        return network("alexnet").build(input_shape=(size, size, 3), classes=CLASSES, groups=2)
    return network("resnet").build(input_shape=(size, size, 3), classes=CLASSES, depth=50)


def weights_of(model: keras.Model) -> handwritten.Weights:
    return {layer.name: [jnp.asarray(w) for w in layer.get_weights()] for layer in model.layers if layer.weights}


def check(name: str, size: int) -> float:
    """Return the largest difference between the logits of the two, as a share of the largest logit."""
    model = built(name, size)
    for variable in model.weights:  # moving averages, too, that tell a mistake
        if variable.name == "moving_mean":
            variable.assign(np.random.default_rng(0).normal(size=variable.shape) / 10)
    weights = weights_of(model)
    count = sum(value.size for values in weights.values() for value in values)
    assert count == model.count_params(), f"{name}: {count} weights by hand, {model.count_params()} built"
    x = np.random.default_rng(1).integers(0, 256, (2, size, size, 3)).astype("float32")
    expected = keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer("logits").output)(x, training=False))
    return float(np.abs(handwritten.logits(name, weights, jnp.asarray(x)) - expected).max() / np.abs(expected).max())


def check_training(name: str, size: int, steps: int = 3) -> float:
    """Return the largest difference between the losses of the first steps of the two, for a network without dropout."""
    model, random = built(name, size), np.random.default_rng(2)
    weights = weights_of(model)
    state: tuple[Any, ...] = (weights, jax.tree.map(jnp.zeros_like, weights), jax.random.key(0))
    step = handwritten.training_step(name, half=False, rate=RATE)
    trainer = compiled(model, model.get_layer("logits").output)
    differences = []
    for _ in range(steps):
        x, y = random.integers(0, 256, (4, size, size, 3), np.uint8), random.integers(0, CLASSES, 4).astype(np.int32)
        *kept, by_hand = step(*state, jnp.asarray(x), jnp.asarray(y))
        state = tuple(kept)
        differences.append(abs(float(by_hand) - float(trainer.train_on_batch(x, y))) / float(by_hand))
    return max(differences)


def compiled(model: keras.Model, answer: keras.KerasTensor) -> keras.Model:
    """Return a model that is trained by its logits `answer` with stochastic gradient descent and momentum."""
    trainer = keras.Model(model.input, answer)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trainer.compile(keras.optimizers.SGD(RATE, momentum=handwritten.MOMENTUM), loss, jit_compile=True)
    return trainer


def keras_turn(name: str, size: int, batch: int, x: np.ndarray, y: np.ndarray, half: bool) -> Callable[[], float]:
    """Return a function that fits the pictures once and returns the seconds."""
    with computing_in("mixed_bfloat16" if half else "float32"):
        model = built(name, size)
        answer = keras.layers.Activation("linear", dtype="float32")(model.get_layer("logits").output)
    trainer = compiled(model, answer)

    def turn() -> float:
        began = time.perf_counter()
        trainer.fit(x, y, batch_size=batch, shuffle=False, verbose=0)
        return time.perf_counter() - began

    return turn


def handwritten_turn(name: str, size: int, batch: int, x: np.ndarray, y: np.ndarray, half: bool) -> Callable[[], float]:
    """Return a function that takes a hand-written step for each batch and returns the seconds."""
    step = handwritten.training_step(name, half, RATE)
    weights = weights_of(built(name, size))
    state: tuple[Any, ...] = (weights, jax.tree.map(jnp.zeros_like, weights), jax.random.key(0))

    def turn() -> float:
        nonlocal state
        began = time.perf_counter()
        for start in range(0, len(x), batch):
            *kept, loss = step(*state, jnp.asarray(x[start : start + batch]), jnp.asarray(y[start : start + batch]))
            state = tuple(kept)
        loss.block_until_ready()
        return time.perf_counter() - began

    return turn


def measure(name: str, size: int, batch: int, steps: int, half: bool) -> None:
    """Print pictures a second of both, medians of five turns, and their ratio."""
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (batch * steps, size, size, 3), np.uint8)
    y = random.integers(0, CLASSES, batch * steps).astype(np.int32)
    turns = [make(name, size, batch, x, y, half) for make in (keras_turn, handwritten_turn)]
    for turn in turns:
        turn()  # compiles
    seconds = [[turn() for turn in turns] for _ in range(5)]
    by_keras, by_hand = (statistics.median(column) for column in zip(*seconds, strict=True))
    print(
        f"{name} {size}x{size}, batch {batch}, {'bfloat16' if half else 'float32'}, {jax.devices()[0].device_kind}: "
        f"{len(x) / by_keras:.1f} pictures a second with Keras on {keras.backend.backend()}, {len(x) / by_hand:.1f} by "
        f"hand; ratio {by_hand / by_keras:.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", choices=[*SIZES, []], help="alexnet, resnet50 or both")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20, help="batches a turn")
    parser.add_argument("--size", type=int, help="height and width; the papers' own otherwise")
    parser.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="float32")
    parser.add_argument("--check", action="store_true", help="compare the answers of the two and stop")
    arguments = parser.parse_args()
    for name in arguments.networks or SIZES:
        size = arguments.size or SIZES[name]
        if arguments.check:
            print(f"{name}: equal numbers of weights; logits differ by {check(name, size):.1e} of the largest")
            if name == "resnet50":
                print(f"{name}: losses of the first steps differ by {check_training(name, size):.1e} of themselves")
        else:
            measure(name, size, arguments.batch, arguments.steps, arguments.precision != "float32")


if __name__ == "__main__":
    main()
