"""Saliency, SmoothGrad and Grad-CAM of a batch, against tf-keras-vis on the same network and pictures.

    uv run --with tf-keras-vis benchmarks/saliency_peers.py [--turns 5]

Ours is `dlviz.saliency`'s compiled score and its gradient, for all pictures at once, a class each. Turns alternate; the
first, which compiles, is left out. Prints the medians by the clock and by the processor's time, their ratios, and the
largest difference of the maps, each scaled to 0..1 (of SmoothGrad their correlation, since each draws its own noise).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import keras
import numpy as np
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.utils.scores import CategoricalScore

from dlviz.network import Network
from dlviz.saliency.method import largest_magnitude
from dlviz.saliency.score import Score, gradient_at
from dlviz.session import Session
from dlviz_models.networks import network as network_named

NOISE = 0.2
Run = Callable[[], np.ndarray]


def ours(network: Network, x: np.ndarray, classes: np.ndarray, layer: str, copies: int) -> dict[str, Run]:
    """Maps (n, height, width), by method."""
    score = Score(network, network.input)
    count = network.layers[network.output].units
    weights = np.eye(count, dtype=np.float32)[classes]
    deviation = NOISE * (x.max(axis=(1, 2, 3), keepdims=True) - x.min(axis=(1, 2, 3), keepdims=True))

    def gradients(inputs: np.ndarray) -> np.ndarray:
        [found] = score.compute("gradient", lambda f, w: score.gradient(f, w)[1], inputs, {}, weights)
        return found

    def smooth() -> np.ndarray:
        random, total = np.random.default_rng(0), np.zeros(x.shape, np.float32)
        for _ in range(copies):
            total += gradients(x + deviation * random.standard_normal(x.shape, np.float32))
        return np.stack([largest_magnitude(g) for g in total])

    def weighed() -> np.ndarray:
        def at_layer(feeds, w):
            [maps] = network.graph.run(feeds, (layer,))
            return maps, gradient_at(lambda m: score.score({**feeds, layer: m}, w), maps)[1]

        maps, gradient = score.compute("maps", at_layer, x, {}, weights)
        return np.maximum(np.einsum("nhwc,nc->nhw", maps, gradient.mean(axis=(1, 2))), 0)

    return {
        "saliency": lambda: np.stack([largest_magnitude(g) for g in gradients(x)]),
        f"SmoothGrad-{copies}": smooth,
        "Grad-CAM": weighed,
    }


def theirs(model: keras.Model, x: np.ndarray, classes: np.ndarray, layer: str, copies: int) -> dict[str, Run]:
    """The same by tf-keras-vis; Grad-CAM as small as the layer's maps."""
    score = CategoricalScore(classes.tolist())
    saliency, gradcam = Saliency(model, clone=False), Gradcam(model, clone=False)
    plain = {"normalize_map": False}
    return {
        "saliency": lambda: saliency(score, x, **plain),
        f"SmoothGrad-{copies}": lambda: saliency(score, x, smooth_samples=copies, smooth_noise=NOISE, **plain),
        "Grad-CAM": lambda: gradcam(score, x, penultimate_layer=layer, expand_cam=False, normalize_cam=False),
    }


def compare(title: str, model: keras.Model, x: np.ndarray, layer: str, copies: int, turns: int) -> None:
    """Print a row for each method."""
    network = Network(model, mode="none")
    classes = np.asarray(network.answer({network.input: x})).argmax(axis=1)
    both = ours(network, x, classes, layer, copies), theirs(model, x, classes, layer, copies)
    for name in both[0]:
        taken: list[list[tuple[float, float]]] = [[], []]
        for turn in range(turns + 1):
            for number, runs in enumerate(both):
                clock, processor = time.perf_counter(), time.process_time()
                runs[name]()
                if turn:
                    taken[number].append((time.perf_counter() - clock, time.process_time() - processor))
        a, b = (np.asarray(runs[name](), np.float32) for runs in both)
        alike = f"correlation {np.corrcoef(a.ravel(), b.ravel())[0, 1]:.3f}"
        if "Smooth" not in name:
            alike = f"{np.abs(a / a.max() - b / b.max()).max():.1e} apart"
        clock, cpu = (median(t[i] for t in taken[1]) / median(t[i] for t in taken[0]) for i in (0, 1))
        mine = median(t[0] for t in taken[0])
        print(f"| {title}: {name} | {mine:.3f} s | {clock:.1f} x | {cpu:.1f} x | {alike} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    session = Session()
    print("| work | ours | faster, clock | processor | maps |\n|---|---|---|---|---|")
    lenet = session.network("lenet5")
    x = lenet.feed_pictures(session.data("digits").batch(0, 256))
    model = keras.Model(lenet.model.input, lenet.model.get_layer("logits").output)
    compare("LeNet-5, 256 digits", model, x, "conv2", 20, turns)
    keras.utils.set_random_seed(0)
    large = network_named("alexnet").build(groups=1)
    photos = session.data("photos")
    x = np.stack([np.resize(photos.sample(n % len(photos)).pixels, large.input_shape[1:]) for n in range(16)])
    model = keras.Model(large.input, large.get_layer("logits").output)
    compare("AlexNet, 16 pictures", model, x.astype(np.float32), "conv5", 5, turns)


if __name__ == "__main__":
    main()
