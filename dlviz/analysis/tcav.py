"""Testing with concept activation vectors (TCAV): the sensitivity of a class to a concept given by pictures.

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
"""The share of the pictures that the classifier is tested on."""


@dataclass(frozen=True)
class Tcav:
    """The result of TCAV.

    Attributes:
        scores: for each random set, the share of the class's pictures with a positive derivative of the logit along the
            concept activation vector, (sets,).
        random: the same for a random set in place of the concept, (sets,).
        accuracy: the test accuracy of the classifiers of concept versus random pictures, (sets,).
        p: the p-value of a two-sided t-test of `scores` against `random`.
        sensitivity: the derivative for each picture of the class, averaged over the sets, (n,).
    """

    scores: np.ndarray
    random: np.ndarray
    accuracy: np.ndarray
    p: float
    sensitivity: np.ndarray


def tcav(
    concept: np.ndarray, others: np.ndarray, gradients: np.ndarray, sets: int, seed: int = 0
) -> Generator[Progress, None, Tcav]:
    """Test a concept against random sets.

    Args:
        concept: the activations of a layer for the concept's pictures, (m, units).
        others: those for random pictures, of which each set takes m, (k, units).
        gradients: the gradients of a class's logit with respect to the layer for pictures of the class, summed over
            positions, (n, units).
        sets: the number of random sets.
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
    """The p-value of Welch's t-test of two groups of scores, (sets,) each; defined also for constant groups."""
    from scipy.stats import ttest_ind_from_stats

    if np.ptp(scores) == np.ptp(random) == 0:
        return float(scores[0] == random[0])
    groups = [(x.mean(), x.std(ddof=1), len(x)) for x in (scores, random)]
    return float(ttest_ind_from_stats(*groups[0], *groups[1], equal_var=False).pvalue)


@one_thread
def activation_vector(concept: np.ndarray, random: np.ndarray, seed: int = 0) -> tuple[np.ndarray, float]:
    """The concept activation vector (units,), the unit normal of a linear classifier between random activations
    (k, units) and those of a concept (m, units), and the test accuracy of the classifier."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    x = np.concatenate([concept, random]).astype(np.float64)
    y = np.repeat([1, 0], [len(concept), len(random)])
    scale = float(x.std()) or 1.0
    train, test, y_train, y_test = train_test_split(x / scale, y, test_size=TESTED, stratify=y, random_state=seed)
    model = LogisticRegression(max_iter=1000).fit(train, y_train)
    vector = model.coef_[0]
    return vector / (np.linalg.norm(vector) or 1), float(model.score(test, y_test))
