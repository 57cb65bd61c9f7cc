"""What a network's answers to labelled samples tell: how it is to be fed, and whether it knows their classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlviz.feeding.feed import scaled_to_bytes
from dlviz.preprocessing.infer import UNTOLD
from dlviz.preprocessing.modes import MODES, RANGES, Preprocess
from dlviz.spacing import evenly_spaced
from dlviz.targets import true_outputs
from dlviz_models.data.pictures import Pictures, SelectedPictures
from dlviz_models.data.pixels import are_pixels
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.network import Network

MOST = 64
"""The number of labelled pictures that are tried."""
FEWEST = 20
"""The fewest samples from which a network is doubted."""
CLEAR = 0.15
"""A mode is only preferred to another if so much more, as a share of the pictures, is right."""

Answer = Callable[[Preprocess], np.ndarray]


def numbers_to_try(count: int) -> np.ndarray:
    """Return the numbers (n,) of at most `MOST` of `count` pictures, spread evenly because classes may be in order."""
    return evenly_spaced(count, MOST)


def best_mode(answer: Answer, truth: np.ndarray, assumed: str, modes: Sequence[str] = tuple(MODES)) -> tuple[str, str]:
    """Return the mode under which most pictures are taken for what they are, and a sentence that says so.

    Args:
        answer: gives the probabilities (n, classes) for n labelled pictures, preprocessed in a given way.
        truth: the right class of each, (n,).
        assumed: the mode that stays where the pictures do not decide, which an empty sentence says: where no mode is
            clearly better than the others, or than chance.
        modes: those to be tried; `assumed` is tried as well.
    """
    right: dict[str, float] = {}
    likelihood: dict[str, float] = {}
    for mode in dict.fromkeys((assumed, *modes)):
        probabilities = np.nan_to_num(answer(MODES[mode]))
        right[mode] = float((probabilities.argmax(axis=1) == truth).mean())
        likelihood[mode] = float(np.log(probabilities[np.arange(len(truth)), truth] + 1e-7).mean())
    best = max(right, key=lambda mode: (right[mode], likelihood[mode]))
    chance = float(np.bincount(truth).max()) / len(truth)  # what is always answered is right so often
    others = max((share for mode, share in right.items() if mode != best), default=0.0)
    if right[best] < min(chance + CLEAR, 1.0) or right[best] < (others if best == assumed else right[assumed]) + CLEAR:
        return assumed, ""
    tried = f"of {len(truth)} labelled pictures"
    if best == assumed:
        return best, f"{tried} {right[best]:.0%} are right as {RANGES[best]}, fed in other ways at most {others:.0%}"
    return best, (
        f"{tried} {right[assumed]:.0%} are right as {RANGES[assumed]}, {right[best]:.0%} as {RANGES[best]}, so the"
        f" second is used"
    )


def fed_by_labels(network: Network, samples: Samples) -> Network:
    """Return the network, fed as labelled pictures tell where nothing in it does; itself where they cannot tell."""
    if not isinstance(samples, Pictures) or not _may_tell(network, samples):
        return network
    numbers = numbers_to_try(len(samples))
    try:
        truth = true_outputs(network, SelectedPictures(samples.name, samples, numbers))
        pixels = np.stack([network.resize_to_input(scaled_to_bytes(samples.sample(int(i)))) for i in numbers])
    except UserError:  # other classes, or a picture that cannot be read: whoever asked for them will hear of it
        return network
    modes = tuple(MODES) if pixels.shape[-1] == 3 else ("none", "unit", "tf")
    assumed = network.preprocess.mode
    mode, summary = best_mode(lambda fed: network.predict(fed.apply(pixels)), truth, assumed, modes)
    return network.with_mode(mode, f"{mode}: {summary}") if summary else network


def knows(network: Network, samples: Samples) -> bool:
    """Whether a network answers the classes of labelled samples, clearly more often than by chance; fed as they tell
    where nothing in it does."""
    try:
        is_right, chance = _answers(fed_by_labels(network, samples), samples)
    except UserError:  # it has other classes
        return False
    return float(is_right.mean()) >= chance + CLEAR


def doubt(network: Network, samples: Samples) -> str:
    """A sentence if a network without names for its classes answers those of labelled samples no better than chance;
    empty otherwise, if there are too few samples to tell, or after changes, which may be what its answers suffer of."""
    if network.changes:
        return ""
    try:
        is_right, chance = _answers(network, samples)
    except UserError:  # it has other classes, which is reported where it matters
        return ""
    count = len(is_right)
    if count < FEWEST or chance > 1 - CLEAR or is_right.mean() > chance:
        return ""
    return (
        f"Of {count} of {samples.name} {network.name} is right about {is_right.sum()}, no more than by chance: its"
        " classes, which have no names, may be others than these."
    )


def _answers(network: Network, samples: Samples) -> tuple[np.ndarray, float]:
    """Whether some labelled samples are answered right, (n,), and the share that would be by always saying the same.

    Raises:
        UserError: the network has other classes.
    """
    some = samples.select(numbers_to_try(len(samples)))
    truth = true_outputs(network, some)
    answers = network.probabilities(network.answer(network.feed([some.sample(n) for n in range(len(some))])))
    return answers.argmax(axis=1) == truth, float(np.bincount(truth).max()) / len(truth)


def _may_tell(network: Network, samples: Pictures) -> bool:
    return (
        network.preprocess_note == UNTOLD
        and are_pixels(samples.range)
        and network.takes_pictures
        and network.chosen_output.kind == "classes"
        and samples.labels is not None
        and len(samples) > 0
    )
