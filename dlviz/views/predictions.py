"""What a network answers, in the way that suits its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.options import option
from dlviz.sheet import Bars, Image, Matrix, Panel, Progress, Sheet, Text, Tiles
from dlviz.view import Scene, View
from dlviz_models.data.samples import Sample, Tree

if TYPE_CHECKING:
    from dlviz.feed import Feeds
    from dlviz.network import Network

SIDE_BY_SIDE = 8
"""So many numbers are drawn as bars; of more, a matrix or curves."""
MASK_COLOURS = np.array(
    [[68, 1, 84], [230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0],
     [204, 121, 167], [127, 127, 127], [255, 255, 255]], np.uint8,
)  # fmt: skip
"""RGB of the classes of a mask, the first for class 0; after Okabe and Ito's palette for the colour-blind."""


@dataclass(frozen=True)
class Answered:
    """What a network made of some samples: raw answer (n, ...), and what they were fed as."""

    network: Network
    samples: Sequence[Sample]
    feeds: Feeds
    raw: np.ndarray
    most: int


Shown = tuple[list[Panel], str, dict[str, np.ndarray]]
"""The panels of one answer, the end of a sentence about the first one, and the raw arrays."""


@dataclass(frozen=True)
class Predictions(View):
    name = "predictions"
    says = "What the network answers: the likeliest classes and how sure it is of each, numbers, a mask, a text."
    needs = frozenset({"network", "sample"})
    beside = True
    order = 2

    classes: int = option(10, "how many of the likeliest classes are shown", low=1, high=100)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        network, samples = scene.network, scene.samples
        feeds = network.feed(samples)
        answered = Answered(network, samples, feeds, network.answer(feeds), self.classes)
        panels, says, arrays = _SHOWN[network.answered.kind](answered)
        first = samples[0]
        names = f"{first.name} and {len(samples) - 1} more" if len(samples) > 1 else first.name
        which = f" · {network.answered.name}" if len(network.outputs) > 1 else ""
        made = " The sample is made up." if first.made else ""
        yield Sheet(
            title=f"{network.name}{which} · {names}",
            says=f"{network.name} {says}.{made}",
            panels=tuple(panels),
            arrays={**_inputs(network, feeds), **_answers(network, feeds, answered.raw), **arrays},
        )


def _inputs(network: Network, feeds: Feeds) -> dict[str, np.ndarray]:
    return {"input": feeds[network.input]} if len(feeds) == 1 else {f"input:{n}": x for n, x in feeds.items()}


def _answers(network: Network, feeds: Feeds, raw: np.ndarray) -> dict[str, np.ndarray]:
    """The answer as the model gives it; of several outputs, each under its name."""
    if len(network.outputs) == 1:
        return {"answer": raw}
    others = {name: network.with_output(name).answer(feeds) for name in network.outputs}
    return {"answer": raw} | {f"answer:{name}": value for name, value in others.items()}


def _given(answered: Answered, number: int) -> list[Panel]:
    from dlviz.sample_panels import drawn

    return list(drawn(answered.network, answered.samples[number]))


# -- one for each kind of answer -----------------------------------------------------------------------------------


def _classes(a: Answered) -> Shown:
    network = a.network
    probabilities = network.probabilities(a.raw)
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, : a.most]
    panels: list[Panel] = []
    for n, (sample, row, order) in enumerate(zip(a.samples, probabilities, best, strict=True)):
        right = [i for i, number in enumerate(order) if _is_class(sample.target, number)]
        names = tuple(network.class_name(int(i)) for i in order)
        panels += [*_given(a, n), Bars(names, row[order], limit=1.0, right=right[0] if right else -1)]
    sample, order = a.samples[0], best[0]
    says = f"takes {sample.name} for {network.class_name(int(order[0]))}, {probabilities[0, order[0]]:.1%} sure"
    if isinstance(sample.target, int | np.integer) and sample.target < probabilities.shape[1]:
        says += ": right" if sample.target == order[0] else f"; it is {network.class_name(int(sample.target))}"
    return panels, says, {"probabilities": probabilities}


def _is_class(target: Any, number: int) -> bool:
    return isinstance(target, int | np.integer) and target == number


def _numbers(a: Answered) -> Shown:
    network, name = a.network, a.network.answered.name
    panels: list[Panel] = []
    for n, row in enumerate(a.raw):
        panels += _given(a, n)
        if row.ndim <= 1 and row.size <= SIDE_BY_SIDE:
            labels = network.classes if len(network.classes) == row.size else _number_names(name, row.size)
            panels.append(Bars(labels, np.atleast_1d(row), title=name))
        else:
            from dlviz.sample_panels import numbers

            panels.append(numbers(row, (), name))
    first, target = a.raw[0], a.samples[0].target
    told = f"{first.item():.4g}" if first.size == 1 else f"{first.size} numbers, {first.min():.3g} to {first.max():.3g}"
    says = (
        f"answers {name} = {told} to {a.samples[0].name}"
        if first.size == 1
        else f"answers {a.samples[0].name} with {told}"
    )
    if first.size == 1 and target is not None and np.size(target) == 1:
        says += f"; the true number is {float(np.ravel(target)[0]):.4g}"
    return panels, says, {}


def _number_names(name: str, size: int) -> tuple[str, ...]:
    return (name,) if size == 1 else tuple(f"{name} {n}" for n in range(size))


def _pictures(a: Answered) -> Shown:
    network = a.network
    answer = a.raw.reshape(len(a.raw), *a.feeds[network.input].shape[1:])  # (n, height, width, channel)
    shown = answer if answer.shape[-1] in (1, 3) else answer[..., :1]
    low, high = float(answer.min()), float(answer.max())
    if low >= 0 and high <= 1:  # as bright as what was given
        told = Tiles(np.rint(255 * shown).astype(np.uint8), "pixels", "Its answer, 0 to 1", _names(a))
    else:
        told = Tiles(shown, title=f"Its answer, {low:.3g} to {high:.3g}, each from black to white", captions=_names(a))
    pixels = network.preprocess.pixels(a.feeds[network.input])
    given = np.rint(pixels[..., : shown.shape[-1]]).clip(0, 255).astype(np.uint8)
    left_out = (
        f", of whose {answer.shape[-1]} channels the first is shown" if shown.shape[-1] < answer.shape[-1] else ""
    )
    says = f"answers {a.samples[0].name} with a picture{left_out}"
    return [Tiles(given, "pixels", "Given", _names(a)), told], says, {}


def _names(a: Answered) -> tuple[str, ...]:
    return tuple(sample.name for sample in a.samples)


def _pixels(a: Answered) -> Shown:
    """A mask over each picture, and the share of each class."""
    network = a.network
    classes = (
        a.raw.argmax(axis=-1) if a.raw.shape[-1] > 1 else (a.raw[..., 0] > (network.final == "sigmoid") / 2).astype(int)
    )
    count = max(2, a.raw.shape[-1])
    panels: list[Panel] = []
    for n, mask in enumerate(classes):
        colours = MASK_COLOURS[mask % len(MASK_COLOURS)]
        share = np.bincount(mask.ravel(), minlength=count) / mask.size
        order = np.argsort(-share, kind="stable")[: a.most]
        names = tuple(f"{network.class_name(int(i))} ({_COLOUR_NAMES[i % len(_COLOUR_NAMES)]})" for i in order)
        panels += [*_given(a, n), Image(colours, title="The likeliest class of each pixel")]
        panels.append(Bars(names, share[order], title="Share of the pixels", limit=1.0))
    share = np.bincount(classes[0].ravel(), minlength=count) / classes[0].size
    largest = int(share.argmax())
    most = f"{share[largest]:.0%} of them {network.class_name(largest)}"
    says = f"names a class for each pixel of {a.samples[0].name}: {most}"
    return panels, says, {"classes": classes}


_COLOUR_NAMES = ("violet", "orange", "sky blue", "green", "yellow", "blue", "vermilion", "pink", "grey", "white")


def _text(a: Answered) -> Shown:
    writer = a.network.writer
    assert writer is not None
    texts = writer.texts(a.feeds["source"])
    panels: list[Panel] = []
    for sample, written in zip(a.samples, texts, strict=True):
        panels += [Text(sample.text, title="Given"), Text(written, title="Written")]  # type: ignore[attr-defined]
    target = a.samples[0].target
    says = f"makes “{texts[0]}” of “{a.samples[0].text}”"  # type: ignore[attr-defined]
    if isinstance(target, str):
        says += ": right" if target == texts[0] else f"; right would be “{target}”"
    return panels, says, {"text": np.array(texts)}


def _steps(a: Answered) -> Shown:
    from dlviz.sample_panels import axis_labels

    network = a.network
    panels: list[Panel] = []
    for n, answer in enumerate(a.raw):
        feeds = {name: x[n : n + 1] for name, x in a.feeds.items()}
        labels = axis_labels(network, network.output, feeds, a.samples[n])
        columns = labels if len(labels) == len(answer) else tuple(map(str, range(len(answer))))
        rows = tuple(network.class_name(c) for c in range(answer.shape[-1]))
        panels += [*_given(a, n), Matrix(answer.T, rows, columns, "class", "step", "Its answer at each step")]
    classes = a.raw.argmax(axis=-1)
    says = f"names a class for each of the {a.raw.shape[1]} steps of {a.samples[0].name}"
    return panels, says, {"classes": classes}


def _nodes(a: Answered) -> Shown:
    """The likeliest class at every node, from the words up to the root."""
    from dlviz.sample_panels import phrases

    network = a.network
    panels: list[Panel] = []
    for sample, answer in zip(a.samples, a.raw, strict=True):
        assert isinstance(sample, Tree)
        labels = phrases(sample)
        rows = tuple(network.class_name(c) for c in range(answer.shape[-1]))
        panels += [*_given_tree(sample), Matrix(answer[: len(labels)], labels, rows, "phrase", "class")]
    root = 2 * len(a.samples[0].words) - 2 if isinstance(a.samples[0], Tree) else -1
    best = int(a.raw[0, root].argmax())
    says = f"finds {a.samples[0].name} {network.class_name(best)}, {a.raw[0, root, best]:.0%} sure"
    return panels, says, {"classes": a.raw.argmax(axis=-1)}


def _given_tree(sample: Tree) -> list[Panel]:
    return [Text(" ".join(sample.words), title=sample.name)]


_SHOWN: dict[str, Callable[[Answered], Shown]] = {
    "classes": _classes,
    "numbers": _numbers,
    "picture": _pictures,
    "pixels": _pixels,
    "text": _text,
    "steps": _steps,
    "nodes": _nodes,
}
