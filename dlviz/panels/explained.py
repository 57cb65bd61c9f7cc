"""The number of an answer that is explained, from the name that a user gives."""

from __future__ import annotations

import numpy as np

from dlviz.grammar import in_digits
from dlviz.network import Network
from dlviz.targets import number_names, output_called, true_answer
from dlviz_models.data.samples import Sample


def explained(network: Network, answer: np.ndarray, target: str) -> tuple[int, str]:
    """The index of the class or number to explain in an answer (1, ...), and its description.

    Args:
        target: the name or index of a class or number; empty: the predicted class, or the first number.

    Raises:
        UserError: the network does not have this class.
    """
    kind = network.chosen_output.kind
    if kind == "pixels":
        scores = answer[0].reshape(-1, answer.shape[-1])
        likeliest = int(np.bincount(scores.argmax(axis=1)).argmax())
        number = _number(network, target, answer.shape[-1], likeliest)
        return number, f"the area of {network.class_in_words(number)}"
    if kind == "numbers":
        names = number_names(network, answer[0].size)
        number = _number(network, target, len(names), 0)
        return number, f"{names[number]} = {in_digits(answer[0].ravel()[number], 4)}"
    shares = network.probabilities(answer)[0]
    number = _number(network, target, len(shares), int(shares.argmax()))
    return number, f"“{network.class_in_words(number)}” ({shares[number]:.0%} sure)"


def mistake_remark(network: Network, sample: Sample, answer: np.ndarray) -> str:
    """A sentence if the predicted class (1, ...) is wrong; empty if it is right or the true class is unknown."""
    true = true_answer(network, sample)
    if (
        network.chosen_output.kind != "classes"
        or network.chosen_output.labels
        or not isinstance(true, int | np.integer)
    ):
        return ""
    predicted = int(network.probabilities(answer)[0].argmax())
    if predicted == true:
        return ""
    is_, taken = network.class_in_words(int(true)), network.class_in_words(predicted)
    return f" {network.name} is wrong: it takes this “{is_}” for “{taken}”."


def _number(network: Network, target: str, count: int, otherwise: int) -> int:
    return output_called(network, target, count) if target else otherwise
