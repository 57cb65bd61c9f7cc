"""Failure cases against scipy's L-BFGS-B, picture by picture, and against Foolbox, on the same correctly seen pictures.

    uv run --group peers benchmarks/failures.py [MODEL] [--data SOURCE] [--count N] [--scipy N]

Prints, for each attack: how many pictures it finds a misclassified neighbour for, the median Euclidean length of the
change (pixels 0..1) and the seconds. Without the group `peers` Foolbox is left out.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from dlviz.attacks.criteria import ClassCriterion
from dlviz.attacks.fgsm import FGSM
from dlviz.attacks.goals import ANY, Goals
from dlviz.attacks.lbfgs import LBFGS
from dlviz.attacks.noise import norms
from dlviz.attacks.objective import Objective
from dlviz.session import Session


def report(name: str, attack: Callable[[], np.ndarray], pixels: np.ndarray, objective: Objective, label: np.ndarray):
    """Run `attack` and judge the pictures it hands out by the network's own predictions."""
    started = time.perf_counter()
    found = attack()
    seconds = time.perf_counter() - started
    count = len(found)
    said = objective.network.predict(objective.input(found.reshape(count, -1))).argmax(axis=1)
    fooled = said != label[:count]
    length = norms(found - pixels[:count])[fooled]
    print(f"| {name} | {fooled.sum()} of {count} | {np.median(length):.3f} | {seconds:.1f} |", flush=True)


def attacked(method, objective: Objective, target: str, pixels: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The pictures that a method hands out, pixels 0..1."""
    values = pixels.reshape(len(pixels), -1)
    problem = ClassCriterion(objective.network, target).problem(objective, values, {}, np.eye(objective.size)[label])
    *_, attempt = method.attack(problem)
    return attempt.values


def scipy_lbfgs(
    objective: Objective, pixels: np.ndarray, target: np.ndarray, classes: int, steps: int = 9
) -> np.ndarray:
    """Szegedy's search: L-BFGS-B for each of nine c, found by halving on a logarithmic scale; the shortest is kept."""
    shape, one = pixels.shape[1:], np.ones(1, np.float32)
    found = pixels.copy()
    for i, x in enumerate(pixels.reshape(len(pixels), -1).astype(float)):
        goal = Goals((np.arange(classes) == target[i : i + 1, None]).astype(np.float32), ANY * one)

        def both(z, c, x=x, goal=goal):
            evaluation = objective.evaluate(z[None].astype(np.float32), {}, goal, one)
            r = z - x
            loss, slope = (
                np.logaddexp(0, evaluation.smooth_gap[0]),
                expit(evaluation.smooth_gap[0]) * evaluation.gradient[0],
            )
            return c * r @ r + float(loss), 2 * c * r + slope.astype(float)

        low, high, shortest = 1e-3, 1e3, np.inf
        for _ in range(steps):
            c = np.sqrt(low * high)
            z = minimize(both, x, (c,), jac=True, method="L-BFGS-B", bounds=[(0, 1)] * x.size).x
            fooled = objective.evaluate(z[None].astype(np.float32), {}, goal, one).gap[0] < 0
            low, high = (c, high) if fooled else (low, c)
            if fooled and np.linalg.norm(z - x) < shortest:
                shortest, found[i] = np.linalg.norm(z - x), z.reshape(shape)
    return found


def foolbox_attacks(objective: Objective, pixels: np.ndarray, label: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Foolbox's attacks that look for the shortest change."""
    import foolbox
    import tensorflow as tf

    class Logits:
        def __call__(self, z, **_):
            return objective.network.logits(objective.low + z * objective.span)

    model = foolbox.models.TensorFlowModel(Logits(), bounds=(0, 1), device="/cpu:0")
    attacks = {
        "Foolbox DeepFool": foolbox.attacks.L2DeepFoolAttack(),
        "Foolbox DDN, 100 steps": foolbox.attacks.DDNAttack(steps=100),
        "Foolbox Carlini-Wagner, 4 x 100": foolbox.attacks.L2CarliniWagnerAttack(
            4, 100, stepsize=0.05, initial_const=1
        ),
    }
    x, y = tf.constant(pixels), tf.constant(label)
    return {name: lambda a=a: a(model, x, y, epsilons=None)[1].numpy() for name, a in attacks.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="lenet5")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--scipy", type=int, default=100, help="how many of the pictures scipy is given")
    given = parser.parse_args()

    session = Session()
    network, data = session.network(given.model), session.data(given.data)
    x = network.feed_pictures(data.batch(0, 2 * given.count))
    probabilities = network.predict(x)
    right = np.flatnonzero(probabilities.argmax(axis=1) == data.labels[: len(x)])[: given.count]
    objective = Objective(network, network.inputs[network.input], x)
    pixels = objective.values(x[right]).reshape(-1, *objective.shape)
    label, probabilities = data.labels[right], probabilities[right]
    classes = np.arange(probabilities.shape[1])
    second = np.argsort(probabilities, axis=1)[:, -2]

    print("| attack | fooled | median length | seconds |\n|---|---|---|---|")
    for name, method, target in (
        ("L-BFGS, any class", LBFGS(), "any"),
        ("L-BFGS, second class", LBFGS(), "second"),
        ("FGSM", FGSM(), "any"),
    ):
        report(name, partial(attacked, method, objective, target, pixels, label), pixels, objective, label)
    some = pixels[: given.scipy]
    if len(some):
        name = f"scipy L-BFGS-B, second class, first {len(some)}"
        report(name, lambda: scipy_lbfgs(objective, some, second, len(classes)), pixels, objective, label)
    if 0 < len(some) < len(pixels):
        name = f"L-BFGS, second class, first {len(some)}"
        report(name, lambda: attacked(LBFGS(), objective, "second", some, label[: len(some)]), pixels, objective, label)
    try:
        peers = foolbox_attacks(objective, pixels, label)
    except ImportError:
        print("Foolbox is not installed: add --group peers to uv run.")
        return
    for name, attack in peers.items():
        report(name, attack, pixels, objective, label)


if __name__ == "__main__":
    main()
