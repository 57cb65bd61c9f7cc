"""Panels of pictures that maximise responses, beside natural patches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import in_digits, size_of
from dlviz.maximise.parametrisations import PARAMETRISATIONS
from dlviz.panels.patch_tiles import as_colour, cut_out, shown_pixels
from dlviz.panels.patches import FEW, limited_units, patch_panels
from dlviz.parsing.unit_ranges import write_units
from dlviz.sheet import Curves, Matrix, Panel, Tiles

if TYPE_CHECKING:
    from dlviz.maximise.ascent import AscentState
    from dlviz.maximise.targets import Targets
    from dlviz.network import Network
    from dlviz.scan.top_patches import TopPatches

LEAST_SIDE = 48
"""The minimum shorter side of a tile in pixels."""

CURVES = 4
"""Units of which curves are drawn: what was made, and below it what is natural."""


def description(targets: Targets, top: TopPatches, count: int) -> str:
    """The start of the caption's sentence; `count` is the number of pictures of each target."""
    objective = targets.objective
    size = size_of([stop - start for start, stop in objective.spot.box])
    if count == 1:
        made = "the " + {"picture": f"{size} picture", "sound": f"sound of {size} samples"}.get(_kind(top), "input")
    else:
        many = {"picture": f"pictures of {size} pixels", "sound": f"sounds of {size} samples"}.get(_kind(top), "inputs")
        made = f"{count} different {many}"
    if objective.name == "class" and len(targets.units) == 1:
        return f"First {made} made for a high score of the class {targets.names[0]} of {top.network.name}"
    if objective.name == "class":
        return f"For each of {len(targets.units)} classes of {top.network.name}, first {made} made for a high score"
    if targets.is_direction:
        return f"First {made} made for a large weighted sum of units {write_units(targets.units)} of {top.layer}"
    mean = " on average over its map" if objective.name == "channel" else ""
    if len(targets.units) == 1:
        return f"First {made} made to excite unit {targets.units[0]} of {top.layer}{mean}"
    of_all = "" if len(targets.units) == top.network.layers[top.layer].units else f" ({write_units(targets.units)})"
    return f"For each of {len(targets.units)} units of {top.layer}{of_all}, first {made} made to excite it{mean}"


def source(targets: Targets, parametrisation: str) -> str:
    """The source of the parametrisation."""
    is_picture = targets.objective.network.inputs[targets.objective.input].kind == "picture"
    return PARAMETRISATIONS[parametrisation if is_picture else "pixels"].source


def comparison(targets: Targets, top: TopPatches, found: AscentState) -> str:
    """How the responses compare with those to natural patches, a sentence; empty where they cannot be compared."""
    if targets.objective.name != "unit" or top.layer == top.network.output:
        return ""
    above = int((found.response.max(axis=1) > top.score[:, 0]).sum())
    if len(found.response) == 1:
        return f" It responds {'more' if above else 'less'} strongly to this than to its best natural patch."
    total = len(found.response)
    number = f"All {total}" if above == total else f"{above or 'None'} of {total}"
    return f" {number} respond more strongly to what was made than to their best natural patch."


def arrays(targets: Targets, top: TopPatches, found: AscentState) -> dict[str, np.ndarray]:
    """The arrays of `--out FILE.npz`: the best picture of each target as fed, (targets, height, width, channel), and
    numbers (targets,)."""
    rows, best = np.arange(len(found.best)), found.best
    pictures = (found.low + found.span * found.pictures).astype(np.float32)
    return {
        "unit": np.array(targets.units, np.int64),
        "image": pictures[rows, best],
        "objective": found.response[rows, best],
        "objective_start": found.start[rows, best],
        "box": np.array(targets.objective.spot.box, np.int64).T.reshape(-1),
        "natural_score": top.score,
        "natural_index": top.index,
        **({"images": pictures, "objectives": found.response} if pictures.shape[1] > 1 else {}),
    }


def panels(targets: Targets, top: TopPatches, found: AscentState) -> tuple[Panel, ...]:
    """Panels of the maximising inputs and the natural samples."""
    if _kind(top) == "picture":
        rows = in_rows(found, top, targets.names)
        return (_of_classes(rows, found.pictures.shape[1]) if targets.objective.name == "class" else rows,)
    made = _made_numbers(targets, top, found)
    if not isinstance(made[0], Curves):
        return (*made, *patch_panels(limited_units(top, FEW)))
    natural = (replace(panel, role="main") for panel in patch_panels(limited_units(top, CURVES)))
    return (*made[:CURVES], *natural)


def _kind(top: TopPatches) -> str:
    return top.network.inputs[top.network.input].kind


def in_rows(found: AscentState, top: TopPatches, names: Sequence[str]) -> Tiles:
    """A row for each target: its pictures, then its top natural patches."""
    network, name = top.network, top.network.input
    made = as_bytes(network, found.pictures)  # (targets, k, height, width, channel)
    size = (made.shape[2], made.shape[3])
    tiles, captions = [], []
    for row, responses in enumerate(found.response):
        tiles += list(made[row])
        captions += [in_digits(float(response)) for response in responses]
        for place, number in enumerate(top.index[row]):
            natural = shown_pixels(network, name, top.part(int(number), name))
            box = top.boxes(name)[row, place] * (not top.silent[row, place])
            tiles.append(cut_out(natural, box, size) if top.field(name).size == size else natural)
            captions.append(top.caption(row, place))
    times = max(1, LEAST_SIDE // min(size))
    k, natural_count = found.pictures.shape[1], top.index.shape[1]
    return Tiles(
        np.stack(tiles).repeat(times, axis=1).repeat(times, axis=2),
        "pixels",
        "",
        tuple(captions),
        keys=tuple(unit for unit in top.units for _ in range(k + natural_count)),
        selects="unit",
        columns=k + natural_count,
        row_labels=tuple(names),
        column_labels=(*["made to maximise"] * k, *[f"natural, best {n + 1}" for n in range(natural_count)]),
        role="main",
        folded=True,
    )


def _of_classes(rows: Tiles, made: int) -> Tiles:
    """Rows for classes, with captions for logits of the first `made` pictures and probabilities of natural ones."""
    places = (number % rows.columns for number in range(len(rows.captions)))
    kinds = ("score" if place < made else "probability" for place in places)
    captions = tuple(f"{kind} {caption}" for kind, caption in zip(kinds, rows.captions, strict=True))
    return replace(rows, captions=captions, selects="", things="classes")


def made_alone(network: Network, found: AscentState) -> Tiles:
    """The pictures of the first target alone."""
    made = as_bytes(network, found.pictures[0])
    times = max(1, LEAST_SIDE // min(made.shape[1:3]))
    return Tiles(
        made.repeat(times, axis=1).repeat(times, axis=2), "pixels", "Made to excite the unit", columns=len(made)
    )


def as_bytes(network: Network, pictures: np.ndarray) -> np.ndarray:
    """Pictures (..., height, width, channel) in 0..1 and the network's channel order as uint8 RGB."""
    if network.preprocess_of(network.input).bgr:
        pictures = pictures[..., ::-1]
    return as_colour(np.rint(255 * pictures).clip(0, 255).astype(np.uint8))


def _made_frames(made: np.ndarray, captions: Sequence[str]) -> Tiles:
    """The frames or slices of maximising inputs (targets, frames, height, width, channel): a row per target, or a tile
    if there is one frame."""
    frames = made.shape[1]
    low, high = (end(made, axis=(1, 2, 3, 4), keepdims=True) for end in (np.min, np.max))
    shares = (made - low) / np.maximum(high - low, 1e-12)
    pixels = as_colour(np.rint(255 * shares).astype(np.uint8))
    pixels = pixels.reshape(-1, *pixels.shape[2:])
    times = max(1, LEAST_SIDE // min(made.shape[2:4]))
    images = pixels.repeat(times, axis=1).repeat(times, axis=2)
    if frames == 1:
        return Tiles(images, "pixels", "Made to maximise", tuple(captions), role="main")
    return Tiles(
        images, "pixels", "Made to maximise, frame by frame", columns=frames, row_labels=tuple(captions), role="main"
    )


def _made_numbers(targets: Targets, top: TopPatches, found: AscentState) -> list[Panel]:
    """For sounds and sequences a panel of curves per target, for a few; for rows of numbers one heat map."""
    made = (found.low + found.span * found.pictures)[np.arange(len(found.best)), found.best]
    captions = [
        f"{name}: {in_digits(float(response))}"
        for name, response in zip(targets.names, found.response.max(axis=1), strict=True)
    ]
    if len(targets.objective.spot.fed) == 1 and _kind(top) != "sound":
        columns = tuple(map(str, range(made.shape[1])))
        return [Matrix(made, tuple(captions), columns, title="Made to maximise", role="main")]
    if made.ndim == 5:
        return [_made_frames(made, captions)]
    flat = made.reshape(len(made), made.shape[1], -1)  # (targets, time, features)
    x = np.arange(made.shape[1])
    return [
        Curves(
            x,
            {str(f): row[:, f] for f in range(row.shape[1])},
            "sample" if _kind(top) == "sound" else "step",
            "",
            caption,
            role="main",
        )
        for row, caption in zip(flat, captions, strict=True)
    ]
