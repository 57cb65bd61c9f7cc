"""A digit as thirty numbers: principal components beside a deep autoencoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.by_hand.belief_net import read
from dlviz.by_hand.codes import SIZE, components, decode, digits, encode, project, rebuild
from dlviz.options import Signal, option, signal, step
from dlviz.parsing.picture import grey_picture
from dlviz.progress import Progress
from dlviz.sheet import Formula, Sheet, Stems, Tiles
from dlviz.sheet.numerals import number, products
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

SIDE, STEPS = 28, 20
TRIED, REACH = 25, 4.0
"""Values that are tried for each number, from so many deviations under its mean to so many over it."""
CODES = {"principal components": (project, rebuild), "deep autoencoder": (encode, decode)}
DRAGGED = {"principal components": "linear", "deep autoencoder": "deep"}
"""The option that holds each code."""
RESET = tuple(DRAGGED.values())


def digit(given: str) -> np.ndarray:
    """A picture in grey, put in the middle of 28 by 28 pixels, (784,) in 0..1."""
    x = grey_picture(given, SIDE)
    before = [(SIDE - n) // 2 for n in x.shape]
    return np.pad(x, [(b, SIDE - n - b) for b, n in zip(before, x.shape, strict=True)]).ravel()


@lru_cache(maxsize=8)
def best_number(given: str, wanted: int, code: str) -> tuple[int, float, float]:
    """Which number of a picture's code brings it nearest to the digit `wanted` alone: its place, value and how sure.

    All of `TRIED` values are tried for each number, and what comes of it read by the shipped deep belief net.
    """
    make, unmake = CODES[code]
    usual = make(digits())
    values = usual.mean(axis=0) + np.linspace(-REACH, REACH, TRIED)[:, None] * usual.std(axis=0)  # (TRIED, SIZE)
    changed = np.tile(make(digit(given)[None]), (TRIED * SIZE, 1))
    changed[np.arange(TRIED * SIZE), np.tile(np.arange(SIZE), TRIED)] = values.ravel()
    sure = read(unmake(changed))[:, wanted]
    best = int(sure.argmax())
    return best % SIZE, float(values.ravel()[best]), float(sure[best])


@dataclass(frozen=True)
class Codes(View):
    """Encode and decode.

    >>> import dlviz
    >>> dlviz.lesson("codes").arrays["picture"].shape
    (784,)
    """

    name = "codes"
    summary = "Thirty numbers stand for a picture: by a matrix, U, or by a deep network; each gives its picture back."
    group = "Sequences by hand"
    order = 6

    picture: str = option(
        "digits:31", "the picture: SOURCE:INDEX, such as digits:7, or an image file", resets=RESET, label="picture"
    )
    other: str = option(
        "digits:34", "the picture towards which it goes, step by step", resets=RESET, label="goes towards"
    )
    step: int = step(0, "how far its code has gone to the other's, in steps of a twentieth", high=STEPS, resets=RESET)
    shown: str = option(
        "deep autoencoder", "whose code can be dragged", choices=tuple(reversed(CODES)), label="code of"
    )
    deep: Signal = signal(
        (), "the deep code, 30 numbers; empty: the picture's", low=-99, high=99, label="deep code (30 numbers)"
    )
    linear: Signal = signal(
        (),
        "the code by principal components, 30 numbers; empty: the picture's",
        low=-99,
        high=99,
        label="linear code (30 numbers)",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        ends = np.stack([digit(self.picture), digit(self.other)])
        done = min(self.step, STEPS)
        share = done / STEPS
        x = (1 - share) * ends[0] + share * ends[1]
        found = {"picture": x}
        for (name, (make, unmake)), given in zip(CODES.items(), (self.linear, self.deep), strict=True):
            z = self._given(name, given) if given else (1 - share) * make(ends[:1])[0] + share * make(ends[1:])[0]
            found |= {f"{name}:code": z, name: unmake(z[None])[0]}
        z, deep = (found[f"{name}:code"] for name in CODES)
        shown = found[f"{self.shown}:code"]
        pixels = np.stack([found[name] for name in ("picture", *CODES)])
        digits_read, chances = read(pixels).argmax(axis=1), read(pixels).max(axis=1)
        errors = ((pixels - x) ** 2).sum(axis=1)
        first, last = (int(label) for label in read(ends).argmax(axis=1))
        captions = tuple(f"read as {label}, {sure:.0%} sure" for label, sure in zip(digits_read, chances, strict=True))
        images = np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8).reshape(3, SIDE, SIDE, 1)
        yield Sheet(
            "Encode and decode with 30 numbers",
            f"{f'{done} of {STEPS} steps from {first} to {last}. ' if done else ''}The squared error to the pixels is "
            f"{errors[1]:.1f} by principal components and {errors[2]:.1f} by the deep autoencoder.",
            (
                Tiles(images, "pixels", "", captions, columns=3, column_labels=("pixels", *CODES), role="main"),
                Stems(
                    shown, f"30 numbers, {self.shown}", limit=_limit(shown), sets=DRAGGED[self.shown],
                    by="drag", hint="drag one", role="beside",
                ),
                Formula(_formula(x, z), role="legend"),
            ),
            found,
            question=f"Which of the 30 numbers turns {first} into {last}?",
            answer=_answer(self.picture, first, last),
            explanation="An encoder makes a few numbers out of a picture, a decoder makes a picture out of them again. "
            "Principal components are the best that one matrix can do; a deep autoencoder does it with layers on both "
            "sides. Halfway between two codes PCA fades one picture into the other, the deep decoder draws one digit.",
            source="Autoencoders: G. Hinton, R. Salakhutdinov, Reducing the dimensionality of data with neural "
            "networks, Science 313, 2006 (errors there: 13.87 and 3.00)",
            steps=STEPS + 1,
            values={"step": done, "deep": tuple(deep.tolist()), "linear": tuple(z.tolist())},
        )  # fmt: skip

    def _given(self, name: str, given: Signal) -> np.ndarray:
        if len(given) != SIZE:
            raise UserError(f"The code of the {name} has {len(given)} numbers: give {SIZE}.")
        return np.array(given, np.float32)


def _limit(z: np.ndarray) -> float:
    """The height of stems: enough to drag a number beyond what is usual."""
    return 1.25 * max(float(np.abs(z).max()), 1.0)


def _formula(x: np.ndarray, z: np.ndarray) -> tuple[str, ...]:
    """The first number by principal components, and the middle pixel made of all numbers."""
    mean, u = components()
    middle = SIDE * SIDE // 2 + SIDE // 2
    terms = products(u[:2, middle].tolist(), z[:2].tolist())
    return (
        rf"$z = U(x - m)$,   $z_1$ = {number(float(u[0] @ (x - mean)))} for the pixels shown;"
        r"   deep: $z = f(x)$,   $x' = g(z)$",
        rf"$x' = U^T z + m$,   the middle pixel: {terms} $+ \cdots +$ {number(float(mean[middle]))} = "
        f"{number(float(z @ u[:, middle] + mean[middle]))}",
    )


def _answer(picture: str, first: int, last: int) -> str:
    """What one number alone can do in either code."""
    if first == last:
        return f"Both pictures are read as {first}: choose another one."
    told = []
    for name in CODES:
        place, value, sure = best_number(picture, last, name)
        told.append(f"by the {name} number {place + 1} at {number(value, 1)}: read as {last}, {sure:.0%} sure")
    return f"The best that one number alone can do is {'; '.join(told)}. All others were tried as well."
