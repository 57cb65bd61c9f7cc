"""Gibbs sampling in a deep belief net, step by step from a label that is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from dlviz.by_hand.belief_net import machines, read
from dlviz.grammar import number_of
from dlviz.options import Position, option, position, step
from dlviz.progress import Progress
from dlviz.sheet import Formula, Image, Matrix, Sheet, Tiles
from dlviz.sheet.numerals import number, signed, significant
from dlviz.view import Scene, View

CHAINS, STEPS, DIGITS = 6, 100, 10
HIDDEN = (20, 30)
"""Rows and columns in which the hidden units of the machine on top are drawn."""
LOOKED_AT = (1, 10, STEPS)
"""Steps after which the answer counts digits."""


@dataclass(frozen=True)
class Chains:
    """What chains find, the first axis counting steps from 0, when all hidden units were off.

    Attributes:
        below: how likely the visible units of the machine on top are on, labels aside, (steps + 1, chains, 300).
        hidden: states of its hidden units, (steps + 1, chains, 600).
        labels: probabilities of the classes, (steps + 1, chains, 10).
        randoms: the state of what draws on the way from there down to the pixels, (steps + 1,).
    """

    below: np.ndarray
    hidden: np.ndarray
    labels: np.ndarray
    randoms: tuple[Any, ...]

    def pictures(self, step: int) -> np.ndarray:
        """How likely pixels are on after a step, (chains, 784)."""
        from dlviz_models.gibbs import pass_down

        random = np.random.default_rng()
        random.bit_generator.state = self.randoms[step]
        return pass_down(machines()[:-1], self.below[step], random)


def digits_in(pictures: np.ndarray) -> np.ndarray:
    """What another part of the net reads in pictures (n, 784), (n,)."""
    return np.asarray(read(pictures).argmax(axis=1))


@lru_cache(maxsize=16)
def chains(label: int, held: bool, seed: int) -> Chains:
    """All steps of the chains of one label.

    G. Hinton, S. Osindero, Y.-W. Teh, A fast learning algorithm for deep belief nets, 2006, DOI
    10.1162/neco.2006.18.7.1527, section 6.
    """
    from scipy.special import expit, softmax

    from dlviz_models.gibbs import gibbs_chain

    top = machines()[-1]
    bias = np.tile(np.asarray(top[2], float), (CHAINS, 1))
    found = [(expit(bias[:, :-DIGITS]), softmax(bias[:, -DIGITS:], axis=1), np.zeros((CHAINS, len(top[1]))))]
    random = np.random.default_rng(seed)
    randoms = [random.bit_generator.state]
    classes = np.full(CHAINS, label) if held else None
    for state in islice(gibbs_chain(top, DIGITS, CHAINS, random, held=classes), STEPS):
        found.append(state)
        randoms.append(random.bit_generator.state)
    below, labels, hidden = (np.stack(each) for each in zip(*found, strict=True))
    return Chains(below, hidden, labels, tuple(randoms))


@dataclass(frozen=True)
class GibbsSampling(View):
    """A restricted Boltzmann machine dreams of a label.

    >>> import dlviz
    >>> dlviz.lesson("gibbs_sampling").arrays["pictures"].shape
    (6, 784)
    """

    name = "gibbs_sampling"
    summary = (
        "Up to the hidden units and down again, by chance each time: out of nothing a digit of the held label grows."
    )
    group = "Sequences by hand"
    order = 6.5

    label: int = option(3, "the digit whose label is held", low=0, high=9, label="digit held")
    step: int = step(STEPS, "how many steps up and down have been made", high=STEPS)
    held: bool = option(True, "hold the label; otherwise it is drawn like everything else", label="hold the label")
    at: Position = position(
        (4, 9),
        "row and column of the hidden unit that is worked out",
        low=0,
        label="hidden unit worked out (row, column)",
    )
    seed: int = option(19, "of all that is drawn", low=0, high=99, label="random seed")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        found = chains(self.label, self.held, self.seed)
        done = min(self.step, STEPS)
        pictures = found.pictures(done)
        digits = digits_in(pictures)
        row, column = (min(int(place), most - 1) for place, most in zip(self.at, HIDDEN, strict=True))
        told = f"the label {self.label} is held" if self.held else "no label is held"
        yield Sheet(
            f"Gibbs sampling: {told}",
            f"After {number_of(done, 'step')} up and down the {CHAINS} chains are read as {_listed(digits)}.",
            (
                Tiles(
                    np.rint(255 * pictures).astype(np.uint8).reshape(CHAINS, 28, 28, 1),
                    "pixels",
                    "six chains, passed down to pixels",
                    tuple(f"read: {digit}" for digit in digits),
                    columns=3,
                    role="main",
                ),
                Matrix(found.labels[done], tuple(str(n + 1) for n in range(CHAINS)),
                       tuple(map(str, range(DIGITS))), "chain", title="which label each believes in", role="beside"),
                Image(found.hidden[done, 0].reshape(*HIDDEN, 1), "all", "chain 1's hidden units",
                      boxes=np.array([[row, column, row + 1, column + 1]], float), role="beside", sets="at"),
                Formula(_formula(found, done, row * HIDDEN[1] + column), role="legend"),
            ),
            {"pictures": pictures, "hidden": found.hidden[done], "below": found.below[done],
             "labels": found.labels[done]},
            question="After how many steps would you know the digit?",
            answer=_answer(self.label, self.held, self.seed),
            explanation="A restricted Boltzmann machine joins visible and hidden units, and knows how likely each is "
            "on given all on the other side. Drawing the hidden ones, then the visible ones, and so on leads to states "
            "that it holds likely. With the label held they are digits of that label; three machines on each other "
            "bring them down to pixels.",
            source="Deep belief nets: G. Hinton, S. Osindero, Y.-W. Teh, A fast learning algorithm for deep belief "
            "nets, Neural Computation 18(7), 2006",
            steps=STEPS + 1,
            values={"step": done, "at": (row, column)},
        )  # fmt: skip


def _formula(found: Chains, done: int, unit: int) -> tuple[str, ...]:
    """How likely a hidden unit of the first chain is on in the next step, and a pixel's unit below given these."""
    kernel, hidden_bias, visible_bias = machines()[-1]
    visible = np.concatenate([found.below[done, 0], found.labels[done, 0]])
    up = float(visible @ kernel[:, unit])
    z = float(hidden_bias[unit]) + up
    down = float(found.hidden[done, 0] @ kernel[0] + visible_bias[0])
    return (
        rf"$p(h_j{{=}}1) = \sigma(b_j + \sum_i v_i\, w_{{ij}})$   for $j = {unit}$:   "
        f"σ({number(float(hidden_bias[unit]))} + {signed(up)}) = {significant(1 / (1 + np.exp(-z)))}",
        rf"$p(v_i{{=}}1) = \sigma(a_i + \sum_j w_{{ij}}\, h_j)$   for $i = 0$:   σ({number(down)})"
        f" = {significant(1 / (1 + np.exp(-down)))}",
    )


@lru_cache(maxsize=16)
def _answer(label: int, held: bool, seed: int) -> str:
    """What is read in the chains after some steps."""
    found = chains(label, held, seed)
    if not held:
        fallen = _listed(digits_in(found.pictures(STEPS)))
        return f"Without a label each chain falls into a digit of its own: after {STEPS} steps {fallen}."
    told = "; ".join(f"{n}: {int((digits_in(found.pictures(n)) == label).sum())} of {CHAINS}" for n in LOOKED_AT)
    return f"So many chains are read as {label}, by the same net from its pixels upwards, after {told} steps."


def _listed(digits: np.ndarray) -> str:
    return ", ".join(map(str, digits))
