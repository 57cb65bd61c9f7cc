"""Top patches of texts and trees: passages with marks, and sequence logos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dlviz.feeding.padding import read_tokens
from dlviz.feeding.tokens import NO_TOKEN, origin, tokens
from dlviz.panels import logos
from dlviz.sheet import Logo, Logos, Passage, Passages
from dlviz_models.data.samples import Text, Tree

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz.scan.top_patches import TopPatches

MOST_LETTERS = 26
"""The maximum size of an alphabet for logos."""
FLANK = 4
"""The number of letters shown on either side of the receptive field."""
LEAST_WINDOWS = 4
FEW_UNITS, BEST = 6, 3
"""With more units than `FEW_UNITS`, only the `BEST` passages of each are shown."""
SHARED, DOT = 0.6, "·"
"""The share of the top texts that must have a token for it to be part of the consensus; else it is a dot."""
STRONG = 0.5
"""A window is part of a logo if the response is at least this share of the unit's largest (B. Alipanahi et al., 2015,
DOI 10.1038/nbt.3300)."""


def passages(top: TopPatches, name: str) -> Passages:
    """The top texts of each unit, with the marked part and its context."""
    marked, joint = marks(top, name), _joint(top.network, name)
    most = top.k if len(top.units) <= FEW_UNITS else BEST
    rows = []
    for row, unit in enumerate(top.units):
        for place, number in enumerate(top.index[row, :most]):
            if top.silent[row, place]:
                if not place:
                    rows.append(Passage(f"unit {unit}", "", "", "", "never responds", unit))
                continue
            start, stop = (int(n) for n in marked[row, place])
            words, read = words_of(top, name, int(number)), _read(top, name, int(number))
            before, seen, after = (
                joint.join(word for word, is_read in zip(words[part], read[part], strict=True) if is_read)
                for part in (slice(start), slice(start, stop), slice(stop, None))
            )
            label = "" if place else f"unit {unit}"
            rows.append(Passage(label, before, seen, after, top.caption(row, place), unit))
    return Passages(tuple(rows), top.title, selects="unit", joint=joint)


def _read(top: TopPatches, name: str, number: int) -> np.ndarray:
    """Which tokens of a sample the layer reads, bool (tokens,): not padding that is masked."""
    words = words_of(top, name, number)
    read = None
    if NO_TOKEN in words and not top.field(name, number).is_local:  # a window over padding is as wide as others
        read = read_tokens(top.network, top.layer, name, top.fed[number])
    return read if read is not None and len(read) == len(words) else np.ones(len(words), bool)


def marks(top: TopPatches, name: str) -> np.ndarray:
    """The marked span (start, stop) in the top texts of each unit, (units, k, 2): the receptive field, or the token at
    the position of the response for layers without local receptive fields."""
    if not responds_at_tokens(top, name):
        boxes = top.boxes(name)
        return boxes if boxes.shape[-1] else np.broadcast_to([0, 1], (*boxes.shape[:-1], 2))
    start = top.position  # (units, k, 1)
    if origin(top.network, top.layer)[1]:
        lengths = [[len(words_of(top, name, int(number))) for number in row] for row in top.index]
        start = np.array(lengths)[..., None] - 1 - start
    return np.concatenate([start, start + 1], axis=-1)


def responds_at_tokens(top: TopPatches, name: str) -> bool:
    """Whether the layer has one step per token of an input but no local receptive fields, as recurrent layers and
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
    """The tokens of a sample along the positions of an input; for a bag of words or a category, the whole text."""
    sample = top.part(number, name)
    if isinstance(sample, Tree):
        return sample.words
    found = tokens(top.network, name, top.fed[number])
    return (sample.text,) if isinstance(sample, Text) and not top.field(name).seen else found


def sequence_logos(top: TopPatches, name: str) -> Logos | None:
    """A logo of each unit from aligned windows of its top texts; None if the input is not suitable."""
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
    title = "Sequence logos, in bits (of windows that lie within a text)"
    return Logos(letters, tuple(found), title, selects="unit")


def _windows(top: TopPatches, name: str, row: int, width: int) -> list[tuple[str, ...]]:
    """The receptive fields of a unit in its top samples, with flanks, padded with empty strings."""
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
    """The consensus of the top texts of the first unit: the shared token at each position of the receptive field, a dot
    where there is none; empty if there is no shared token."""
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
    """The alphabet of an input's texts if it is small; else empty."""
    spec = network.inputs[name]
    if spec.kind != "text" or spec.dtype == "string":
        return ()
    known: Sequence[str] = network.text_layer(name).vocabulary
    few = 2 <= len(known) <= MOST_LETTERS and all(len(token) == 1 for token in known)
    return tuple(known) if few else ()


def _joint(network: Network, name: str) -> str:
    """The separator between two tokens."""
    spec = network.inputs[name]
    if spec.kind == "text" and spec.dtype != "string":
        return "" if network.text_layer(name).unit == "characters" else " "
    return " "
