"""Attacks against Foolbox's on the same digits, with equal steps and equal epsilon.

    uv run --group peers benchmarks/attacks.py [MODEL] [--count N] [--turns N] [--compiled] [--only NAME]

Prints for each attack the median seconds of turns that alternate, by the clock and of the processor, how many pictures
each fools, the median Euclidean length of the change (pixels 0..1) on those that both fool, and the ratios. The first
turn of each, which compiles, is left out. With --compiled Foolbox is given the network as one compiled function.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from dlviz.attacks.carlini_wagner import CarliniWagner
from dlviz.attacks.criteria import ClassCriterion
from dlviz.attacks.deepfool import DeepFool
from dlviz.attacks.fgsm import FGSM
from dlviz.attacks.method import Method
from dlviz.attacks.noise import norms
from dlviz.attacks.objective import Objective
from dlviz.attacks.pgd import PGD
from dlviz.session import Session

BLOCK = 500
STEPS = 40
Run = Callable[[], np.ndarray]


def ours(method: Method, objective: Objective, values: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The pictures (n, d) that a method hands out, in blocks."""
    criterion, before, found = ClassCriterion(objective.network, "any"), np.eye(objective.size)[label], []
    for start in range(0, len(values), BLOCK):
        part = slice(start, start + BLOCK)
        *_, attempt = method.attack(criterion.problem(objective, values[part], {}, before[part]))
        found.append(attempt.values.reshape(-1, values.shape[1]))
    return np.concatenate(found)


def pairs(objective: Objective, values: np.ndarray, label: np.ndarray, compiled: bool) -> dict[str, tuple[Run, Run]]:
    """Ours and Foolbox's, by what they are called."""
    import foolbox
    import tensorflow as tf

    def logits(z: tf.Tensor) -> tf.Tensor:
        return objective.network.logits(objective.low + z * objective.span)

    of_network = tf.function(logits) if compiled else logits

    class Logits:
        def __call__(self, z: tf.Tensor, **_: object) -> tf.Tensor:
            return of_network(z)

    model = foolbox.models.TensorFlowModel(Logits(), bounds=(0, 1), device="/cpu:0")
    x, y = tf.constant(values.reshape(-1, *objective.shape)), tf.constant(label)

    def theirs(attack: foolbox.Attack, epsilon: float | None) -> np.ndarray:
        found: np.ndarray = attack(model, x, y, epsilons=epsilon)[1].numpy()
        return found.reshape(len(found), -1)

    attacks = foolbox.attacks
    pgd = attacks.LinfPGD(steps=STEPS, rel_stepsize=2.5 / STEPS)
    both = {
        "FGSM, eps 0.1": (FGSM(0.1), attacks.LinfFastGradientAttack(), 0.1),
        "PGD-40, eps 0.1": (PGD(0.1, STEPS), pgd, 0.1),
        "PGD-40, eps 0.3": (PGD(0.3, STEPS), pgd, 0.3),
        "DeepFool": (DeepFool(), attacks.L2DeepFoolAttack(), None),
        "Carlini-Wagner, 4 x 100": (
            CarliniWagner(4, 100, 0.05),
            attacks.L2CarliniWagnerAttack(4, 100, stepsize=0.05, initial_const=1),
            None,
        ),
    }
    return {
        name: (partial(ours, method, objective, values, label), partial(theirs, attack, epsilon))
        for name, (method, attack, epsilon) in both.items()
    }


def timed(run: Run) -> tuple[np.ndarray, float, float]:
    """What it finds, seconds by the clock, seconds of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    found = run()
    return found, time.perf_counter() - clock, time.process_time() - processor


def compare(name: str, both: tuple[Run, Run], turns: int, objective: Objective, values: np.ndarray, label: np.ndarray):
    """Print a row of the table."""
    seconds: list[list[tuple[float, float]]] = [[], []]
    fooled, lengths = [], []
    for turn in range(turns + 1):
        for number, run in enumerate(both):
            found, clock, processor = timed(run)
            if turn:
                seconds[number].append((clock, processor))
            if turn == turns:
                fooled.append(objective.network.predict(objective.input(found)).argmax(axis=1) != label)
                lengths.append(norms(found - values))
    (mine, cpu), (theirs, their_cpu) = np.median(np.array(seconds), axis=1)
    common = fooled[0] & fooled[1]
    ours_l2, theirs_l2 = (np.median(length[common]) if common.any() else np.nan for length in lengths)
    print(
        f"| {name} | {fooled[0].sum()}, {fooled[1].sum()} of {len(label)} | {ours_l2:.3f}, {theirs_l2:.3f} "
        f"({ours_l2 / theirs_l2:.3f}) | {mine:.2f}, {theirs:.2f} | {theirs / mine:.2f} | {their_cpu / cpu:.2f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="lenet5")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--compiled", action="store_true", help="give Foolbox the network as one compiled function")
    parser.add_argument("--only", default="", help="only attacks whose name begins so")
    given = parser.parse_args()

    session = Session()
    network, data = session.network(given.model), session.data("digits/train")
    x = network.feed_pictures(data.batch(0, min(2 * given.count, len(data))))
    right = np.flatnonzero(network.predict(x).argmax(axis=1) == data.labels[: len(x)])[: given.count]
    objective = Objective(network, network.inputs[network.input], x)
    values, label = objective.values(x[right]), data.labels[right]
    print("| attack | fooled: ours, Foolbox | length: ours, Foolbox | seconds | faster, clock | processor |")
    print("|---|---|---|---|---|---|")
    for name, both in pairs(objective, values, label, given.compiled).items():
        if name.startswith(given.only):
            compare(name, both, given.turns, objective, values, label)


if __name__ == "__main__":
    main()
