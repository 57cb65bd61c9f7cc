"""Panels of adversarial failure cases: inputs, answers and confidences before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import article, in_digits
from dlviz.panels.samples import numbers
from dlviz.sheet import Curves, Matrix, Panel, Tiles
from dlviz.spacing import evenly_spaced
from dlviz_models.data.samples import Samples

if TYPE_CHECKING:
    from dlviz.attacks.outcome import Outcome
    from dlviz.network import Network

LEAST_DRAWN = 1e-6
"""Differences below this, in the units of the attack, are drawn as zero."""
MOST_LISTED = 3
"""The number of wrong answers named in a sentence."""
MOST_SHOWN = 4
"""How many inputs that are not pictures are drawn."""
MOST_FRAMES = 8
"""How many frames or slices of an input are drawn, from its first to its last."""
MOST_COLUMNS = 32
"""A row of no more numbers than this is a table; more are a line."""


@dataclass(frozen=True)
class Drawing:
    """How to draw failure cases.

    Attributes:
        amplify: the factor by which the difference is amplified; 0: automatic.
        control: whether the noisy inputs are shown.
        keys: the index of each input in the data, which a click selects; may be empty.
        names: the names of the numbers of an input; may be empty.
        rate: the sample rate of sounds in Hz.
    """

    amplify: float
    control: bool
    keys: Sequence[int]
    names: tuple[str, ...] = ()
    rate: int = 8000


def unlabelled(data: Samples) -> str:
    """That what the network answers before any change counts as right, a sentence; empty where data have targets."""
    if data.targets is not None:
        return ""
    return f" As {data.name} has no labels, the answers before any change count as right."


def single_case(o: Outcome, method: str, units: str, control: bool, labelled: bool) -> str:
    """What the one input, labelled or not, is taken for after a change that succeeds, and, as the control, after noise
    of the same norm; a sentence without its end."""
    network = o.objective.network
    label, before, after = int(o.labels[0]), int(o.before.argmax()), int(o.after.argmax())
    this = _this(network, label)
    does = f"gets {this} right" if after == label else f"takes {this} for {_one(network, after)}"
    if not labelled:
        does = f"no longer takes this for {_one(network, before)} but for {_one(network, after)}"
    sentence = f"{network.name} {does} after a change of L2 norm {in_digits(o.l2[0])} ({units}) by {method}"
    if not control:
        return sentence
    noisy = int(o.after_noise.argmax())
    does = "changes nothing" if noisy == before else f"makes it {_one(network, noisy)}"
    return f"{sentence}; random noise of the same norm {does}"


def wrong_before(o: Outcome) -> str:
    """About which inputs the network was wrong before any change, sentences; empty where it was right."""
    network, wrong = o.objective.network, np.flatnonzero(~o.right)
    if not len(wrong):
        return ""
    before, after = ([_one(network, int(n)) for n in p[wrong].argmax(axis=1)] for p in (o.before, o.after))
    true = [int(n) for n in o.labels[wrong]]
    if len(wrong) == 1:
        then = f"the change makes it {after[0]}" if before != after else "no change that was found alters that"
        return f" {network.name} was wrong before: it took {_this(network, true[0])} for {before[0]}; {then}."
    pairs = [f"{_one(network, t)} taken for {b}" for t, b in zip(true, before, strict=True)]
    listed = ", ".join(pairs[:MOST_LISTED]) + ", ..." * (len(pairs) > MOST_LISTED)
    changed = f"; {int(o.success[wrong].sum()) or 'none'} of these answers changed as well" if o.right.any() else ""
    return f" {network.name} was wrong about {len(wrong)} of these before: {listed}{changed}."


def _one(network: Network, number: int) -> str:
    """Something of a class: "a tench", or "class 3" where it has no name."""
    name = network.class_in_words(number)
    return article(name) if network.classes else name


def _this(network: Network, number: int) -> str:
    """What is looked at, by its class: "this tench", or "this one of class 3" where it has no name."""
    return f"this {'' if network.classes else 'one of '}{network.class_in_words(number)}"


def panels(o: Outcome, kind: str, drawing: Drawing) -> tuple[Panel, ...]:
    """The inputs before and after, which are of that kind of sample."""
    if kind == "picture":
        return (_tiles(o, drawing),)
    draw: Callable[[Outcome, int, Drawing], tuple[Panel, ...]] = _sound if kind == "sound" else _numbers
    found = (panel for n in range(min(len(o), MOST_SHOWN)) for panel in draw(o, n, drawing))
    return tuple(replace(panel, role="main") for panel in found)


def _tiles(o: Outcome, drawing: Drawing) -> Tiles:
    """A row a picture: before, the change, after, and the noisy one. A gain that is not the same for all is written
    under each change."""
    preprocess, pixels = o.objective.network.preprocess_of(o.objective.name), o.objective.pixels
    gains = [drawing.amplify or _gain(change) for change in o.difference]
    is_one = len(set(gains)) == 1
    norms = [f"L2 {d:.2f}" if d >= 0.1 else f"L2 {d:.2g}" for d in o.l2]
    told = [f"{norm}, × {gain:g}" for norm, gain in zip(norms, gains, strict=True)]
    difference = o.difference[..., ::-1] if preprocess.bgr else o.difference
    magnified = 127.5 + 255 * np.reshape(gains, (-1, 1, 1, 1)) * difference
    caption, name = o.criterion.caption, o.objective.network.class_name
    before = [
        caption(p) if right else f"{caption(p)}, is {name(int(label))}"
        for p, right, label in zip(o.before, o.right, o.labels, strict=True)
    ]
    columns = [
        ("before", pixels(o.original), before),
        ("change", magnified, norms if is_one else told),
        ("after", pixels(o.adversarial), [caption(p) for p in o.after]),
    ]
    if drawing.control:
        columns.append(("noise", pixels(o.noisy), [caption(p) for p in o.after_noise]))
    images = np.stack([images for _, images, _ in columns], axis=1)  # (n, columns, H, W, C)
    images = images[..., :3] if images.shape[-1] >= 3 else images[..., :1]
    captions = zip(*(captions for _, _, captions in columns), strict=True)
    return Tiles(
        images=np.rint(images.clip(0, 255)).astype(np.uint8).reshape(-1, *images.shape[2:]),
        scale="pixels",
        title=f"Failure cases (change {f'× {gains[0]:g}' if is_one else 'magnified'})",
        captions=tuple(caption for row in captions for caption in row),
        keys=tuple(int(number) for number in drawing.keys for _ in columns),
        selects="input" if drawing.keys else "",
        columns=len(columns),
        column_labels=tuple(title for title, _, _ in columns),
        role="main",
    )


def _gain(change: np.ndarray) -> float:
    """The largest round factor at which 99% of a change (H, W, C) is not clipped; 1 where there is none."""
    largest = float(np.quantile(np.abs(change), 0.99))
    return float(f"{0.5 / largest:.1g}") if largest > LEAST_DRAWN else 1.0


def _title(o: Outcome, n: int) -> str:
    before, after = o.criterion.caption(o.before[n]), o.criterion.caption(o.after[n])
    name, equals, _ = before.partition(" = ")
    return f"{before} → {after.removeprefix(name + equals) if equals else after}"


def _sound(o: Outcome, n: int, drawing: Drawing) -> tuple[Panel, ...]:
    before, after = o.original[n].ravel(), o.adversarial[n].ravel()
    time = np.arange(len(before)) / drawing.rate
    sounds = {"before": before, "change": after - before}  # what it is after would cover what it was before
    return (Curves(time, sounds, "seconds", "", _title(o, n)),)


def _numbers(o: Outcome, n: int, drawing: Drawing) -> tuple[Panel, ...]:
    before, after = o.original[n], o.adversarial[n]
    if before.ndim == 1 and before.size <= MOST_COLUMNS:
        return (_table(o, n, drawing.names),)
    if before.ndim > 2:
        return (_frames(before, after, _title(o, n)),)
    return (_line(before, after, _title(o, n), drawing.names),)


def _table(o: Outcome, n: int, names: tuple[str, ...]) -> Matrix:
    """A few numbers (d,) as rows; the colours are standard deviations, before and after from the mean of the data."""
    before, after = o.original[n].astype(np.float64), o.adversarial[n].astype(np.float64)
    rows = names if len(names) == before.size else tuple(map(str, range(before.size)))
    values = np.stack([before, after - before, after], axis=1)
    mean = np.broadcast_to(o.objective.mean, before.shape)
    shading = (values - mean[:, None] * [1, 0, 1]) / np.broadcast_to(o.objective.span, before.shape)[:, None]
    decimals = 2 if np.abs(values).max() >= 10 else 3
    return Matrix(values, rows, ("before", "change", "after"), title=_title(o, n), decimals=decimals, shading=shading)


def _frames(before: np.ndarray, after: np.ndarray, title: str) -> Panel:
    """An input (frames, height, width, channel), or (height, width, planes), as rows of its planes."""
    rows = [numbers(x, (), "") for x in (before, after - before, after)]
    planes = np.stack([row.images for row in rows if isinstance(row, Tiles)])  # (3, n, H, W, C)
    shown = evenly_spaced(planes.shape[1], MOST_FRAMES)
    images = planes[:, shown].reshape(-1, *planes.shape[2:])
    return Tiles(images, "each", title, columns=len(shown), row_labels=("before", "change", "after"), together=3)


def _line(before: np.ndarray, after: np.ndarray, title: str, names: tuple[str, ...]) -> Curves:
    """An input (steps,) or (steps, *features) over its steps, by the feature that changes most."""
    before, after = (x.reshape(len(x), -1) for x in (before, after))
    most = int(np.abs(after - before).max(axis=0).argmax())
    old, new = before[:, most], after[:, most]
    named = names[most] if len(names) == before.shape[1] else f"feature {most}"
    which = named if before.shape[1] > 1 else ""
    return Curves(np.arange(len(old)), {"before": old, "after": new, "change": new - old}, "step", which, title)
