"""Concept activation vectors: how often a class rises with a concept that is given as pictures.

B. Kim et al., Interpretability beyond feature attribution: quantitative testing with concept activation vectors, ICML
2018, arXiv 1711.11279.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from dlviz.analysis.threads import one_thread
from dlviz.progress import Progress

TESTED = 1 / 3
"""Of the pictures, what the classifier is tested on."""


@dataclass(frozen=True)
class Tcav:
    """What came out of the tests.

    Attributes:
        scores: for each random set, the share of the class's pictures whose logit rises towards the concept, (sets,).
        random: the same for random pictures in the concept's place, (sets,).
        accuracy: of the classifiers that tell concept from random pictures, on pictures not seen before, (sets,).
        p: the chance that the concept's scores differ so much from the random ones by accident (two-sided t-test).
        sensitivity: of each picture of the class, the slope towards the concept, averaged over the sets, (n,).
    """

    scores: np.ndarray
    random: np.ndarray
    accuracy: np.ndarray
    p: float
    sensitivity: np.ndarray


def tcav(
    concept: np.ndarray, others: np.ndarray, gradients: np.ndarray, sets: int, seed: int = 0
) -> Generator[Progress, None, Tcav]:
    """Return the test of a concept against random sets; yield progress.

    Args:
        concept: responses of a layer to the concept's pictures, (m, units).
        others: to random pictures, of which each set takes m, (k, units).
        gradients: of a class's logit at the layer for pictures of the class, summed over places, (n, units).
        sets: how many random sets.
    """
    rng = np.random.default_rng(seed)
    size = min(len(concept), len(others) // 2)
    found = []
    for number in range(sets):
        order = rng.permutation(len(others))
        first, second = others[order[:size]], others[order[size : 2 * size]]
        chosen = concept[rng.permutation(len(concept))[:size]]
        vector, accuracy = activation_vector(chosen, first, number)
        control, _ = activation_vector(second, first, number)
        found.append((gradients @ vector, gradients @ control, accuracy))
        yield Progress(number + 1, sets, f"random set {number + 1} of {sets}")
    slopes, controls = (np.stack([one[n] for one in found]) for n in range(2))  # (sets, n)
    scores, random = (slopes > 0).mean(axis=1), (controls > 0).mean(axis=1)
    return Tcav(scores, random, np.array([one[2] for one in found]), _chance(scores, random), slopes.mean(axis=0))


def _chance(scores: np.ndarray, random: np.ndarray) -> float:
    """The p-value of Welch's t-test of two groups of scores, (sets,) each; also where all of a group are the same."""
    from scipy.stats import ttest_ind_from_stats

    if np.ptp(scores) == np.ptp(random) == 0:
        return float(scores[0] == random[0])
    groups = [(x.mean(), x.std(ddof=1), len(x)) for x in (scores, random)]
    return float(ttest_ind_from_stats(*groups[0], *groups[1], equal_var=False).pvalue)


@one_thread
def activation_vector(concept: np.ndarray, random: np.ndarray, seed: int = 0) -> tuple[np.ndarray, float]:
    """The unit vector (units,) from random responses (k, units) to those of a concept (m, units): the normal of a
    linear classifier; and the share that this gets right of a third of them, which it had not seen."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    x = np.concatenate([concept, random]).astype(np.float64)
    y = np.repeat([1, 0], [len(concept), len(random)])
    scale = float(x.std()) or 1.0
    learned, tested, its, right = train_test_split(x / scale, y, test_size=TESTED, stratify=y, random_state=seed)
    model = LogisticRegression(max_iter=1000).fit(learned, its)
    vector = model.coef_[0]
    return vector / (np.linalg.norm(vector) or 1), float(model.score(tested, right))
