"""Top patches of texts and trees: what a unit responds to in its context, and as sequence logos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlviz.feeding.tokens import origin, tokens
from dlviz.panels import logos
from dlviz.sheet import Logo, Logos, Passage, Passages
from dlviz_models.data.samples import Text, Tree

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz.scan.top_patches import TopPatches

MOST_LETTERS = 26
"""The maximum number of letters in an alphabet of which logos are drawn."""
FLANK = 4
"""The number of letters shown on either side of what a unit sees."""
LEAST_WINDOWS = 4
FEW_UNITS, BEST = 6, 3
"""Of more units than these only the best passages are shown, so many of each."""
SHARED, DOT = 0.6, "·"
"""The share of the best texts that must have a token for it to be named; else a dot stands for it."""
STRONG = 0.5
"""A window counts in a logo where the unit's response is at least so much of its largest (B. Alipanahi et al., 2015,
DOI 10.1038/nbt.3300)."""


def passages(top: TopPatches, name: str) -> Passages:
    """What is marked of the best texts of each unit, between what stands before and behind."""
    marked, joint = marks(top, name), _joint(top.network, name)
    most = top.k if len(top.units) <= FEW_UNITS else BEST
    rows = []
    for row, unit in enumerate(top.units):
        for place, number in enumerate(top.index[row, :most]):
            if top.silent[row, place]:
                if not place:
                    rows.append(Passage(f"unit {unit}", "", "", "", "never responds", unit))
                continue
            words = words_of(top, name, int(number))
            start, stop = (int(n) for n in marked[row, place])
            before, seen, after = words[:start], words[start:stop], words[stop:]
            label = "" if place else f"unit {unit}"
            rows.append(
                Passage(label, joint.join(before), joint.join(seen), joint.join(after), top.caption(row, place), unit)
            )
    return Passages(tuple(rows), top.title, selects="unit", joint=joint)


def marks(top: TopPatches, name: str) -> np.ndarray:
    """What is marked of the best texts of each unit, (units, k, start and stop): what the unit sees, or of a layer that
    has no window of its own at each of its tokens, the token at which it responds."""
    if not responds_at_tokens(top, name):
        boxes = top.boxes(name)
        return boxes if boxes.shape[-1] else np.broadcast_to([0, 1], (*boxes.shape[:-1], 2))
    start = top.position  # (units, k, 1)
    if origin(top.network, top.layer)[1]:
        lengths = [[len(words_of(top, name, int(number))) for number in row] for row in top.index]
        start = np.array(lengths)[..., None] - 1 - start
    return np.concatenate([start, start + 1], axis=-1)


def responds_at_tokens(top: TopPatches, name: str) -> bool:
    """Whether the layer has a step for each token of an input, but sees no window about each: recurrent layers and
    attention."""
    first = int(top.index[0, 0])
    field = top.field(name, first)
    return (
        top.network.layers[top.layer].axes == ("time",)
        and field.known
        and not field.is_local
        and field.shape == (len(words_of(top, name, first)),)
    )


def words_of(top: TopPatches, name: str, number: int) -> tuple[str, ...]:
    """The tokens of a sample along the places of an input; of a text that has none, a bag of words or a category, all
    of it."""
    sample = top.part(number, name)
    if isinstance(sample, Tree):
        return sample.words
    found = tokens(top.network, name, top.fed[number])
    return (sample.text,) if isinstance(sample, Text) and not top.field(name).seen else found


def sequence_logos(top: TopPatches, name: str) -> Logos | None:
    """A logo of each unit, from windows of one width about what it responds to; None where such make no sense."""
    letters = alphabet(top.network, name)
    size = top.field(name).size
    if not letters or len(size) != 1 or size[0] < 2:
        return None
    found = []
    for row, unit in enumerate(top.units):
        windows = _windows(top, name, row, size[0])
        if len(windows) >= LEAST_WINDOWS:
            drawn = logos.heights(logos.counts(windows, letters))
            found.append(Logo(f"unit {unit}", drawn.astype(np.float32), (FLANK, FLANK + size[0]), len(windows), unit))
    if not found:
        return None
    title = "Sequence logos, in bits"
    return Logos(letters, tuple(found), title, selects="unit")


def _windows(top: TopPatches, name: str, row: int, width: int) -> list[tuple[str, ...]]:
    """What a unit sees of its best samples, with what stands beside; nothing stands there where the text ends."""
    unit = top.units[row]
    score = top.responses.score[unit]
    strong = (score >= STRONG * score[0]) & (score != 0)
    whole = top.for_unit(unit, int(strong.sum()))
    found = []
    for number, box in zip(whole.index[0], whole.boxes(name)[0], strict=True):
        start, stop = (int(n) for n in box)
        if stop - start == width:
            words = ("",) * FLANK + words_of(whole, name, int(number)) + ("",) * FLANK
            found.append(words[start : stop + 2 * FLANK])
    return found


def consensus(top: TopPatches, name: str) -> str:
    """What the best texts of the first unit have in common where it sees them: at each place of its window the token
    that most of them share, a dot where they share none; empty where they share nothing."""
    boxes = top.boxes(name)[0]
    found = [words_of(top, name, int(n))[int(box[0]) : int(box[1])] for n, box in zip(top.index[0], boxes, strict=True)]
    whole = [seen for seen in found if len(seen) == max(map(len, found))]
    shared = []
    for column in zip(*whole, strict=True):
        token, times = Counter(column).most_common(1)[0]
        shared.append(token if times >= max(2, SHARED * len(found)) else DOT)
    while shared and shared[-1] == DOT:
        shared.pop()
    while shared and shared[0] == DOT:
        shared.pop(0)
    return _joint(top.network, name).join(shared)


def alphabet(network: Network, name: str) -> tuple[str, ...]:
    """The letters of which an input's texts are made, where they are few; else nothing."""
    spec = network.inputs[name]
    if spec.kind != "text" or spec.dtype == "string":
        return ()
    known: Sequence[str] = network.text_layer(name).vocabulary
    few = 2 <= len(known) <= MOST_LETTERS and all(len(token) == 1 for token in known)
    return tuple(known) if few else ()


def _joint(network: Network, name: str) -> str:
    """What stands between two tokens."""
    spec = network.inputs[name]
    if spec.kind == "text" and spec.dtype != "string":
        return "" if network.text_layer(name).unit == "characters" else " "
    return " "
