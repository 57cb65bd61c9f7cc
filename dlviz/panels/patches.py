"""The panels and words that show top patches, whatever the samples are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.analysis.reconstruct import gradient_equivalence
from dlviz.grammar import size_of
from dlviz.panels import patch_curves, patch_text, patch_tiles
from dlviz.sheet import Panel, retitled
from dlviz_models.data.samples import plural

if TYPE_CHECKING:
    from dlviz.scan.top_patches import TopPatches

FEW = 8
"""The maximum number of panels where each unit takes one, or two with what was sent back."""


def patch_panels(top: TopPatches) -> tuple[Panel, ...]:
    """Panels for each input that the layer sees."""
    panels: list[Panel] = []
    for name in top.inputs:
        own = _of_input(top, name)
        panels += own if len(top.inputs) == 1 else [retitled(panel, f"{name}: {panel.title}") for panel in own]
    return tuple(panels)


def strongest_first(top: TopPatches) -> TopPatches:
    """The same with its units in the order of their strongest responses."""
    order = np.argsort(-top.score[:, 0], kind="stable")
    reconstructions = None if top.reconstructions is None else top.reconstructions[order]
    return replace(top, units=tuple(top.units[i] for i in order), reconstructions=reconstructions)


def drawn_units(top: TopPatches, most: int) -> TopPatches:
    """The same for as many units as are drawn."""
    alone = all(_kind(top, name) in ("curves", "rows") for name in top.inputs)
    few = FEW if top.reconstructions is None else FEW // 2
    return replace(top, units=top.units[: min(most, few) if alone else most])


def extent(top: TopPatches) -> str:
    """How what is shown is cut, the end of a sentence."""
    name = top.inputs[0]
    field = top.field(name)
    if not field.seen and _kind(top, name) == "words":
        return "whole"
    if not field.known:
        return "whole, because what the layer sees of them is not known"
    size = size_of(field.size)
    match _kind(top, name):
        case "words" if patch_text.responds_at_tokens(top, name):
            return "with the token at which it responds marked, though it sees others too"
        case "words":
            return "with what it sees of them marked"
        case "rows":
            return "a row each; colours are standard deviations from the mean of the data"
        case "curves":
            places = "samples" if top.samples.kind == "sound" else "steps"
        case "frames":
            places = "places"
        case _:
            return f"cut to the {size} pixels that it sees{outside(top, name)}"
    return f"cut to the {size} {places} that it sees"


def outside(top: TopPatches, name: str) -> str:
    """What the grey beside pictures is, a clause; empty where no patch reaches beyond a border."""
    boxes = top.boxes(name)[~top.silent]  # (patches, 4)
    reaches_out = (boxes[:, 2:] - boxes[:, :2] < top.field(name).size).any()
    return " (plain grey: outside the picture)" if reaches_out else ""


def what(top: TopPatches) -> str:
    """What the samples are called."""
    kind = top.samples.kind
    return "samples" if kind in ("numbers", "several") else plural(kind)


def _kind(top: TopPatches, name: str) -> str:
    """In which way the patches of an input are shown."""
    spec = top.network.inputs[name]
    if spec.kind in ("text", "tree") or spec.vocabulary:
        return "words"
    if spec.kind == "picture":
        return "tiles"
    return {0: "rows", 1: "curves", 3: "frames"}.get(len(top.field(name).seen), "tiles")


def _of_input(top: TopPatches, name: str) -> list[Panel]:
    match _kind(top, name):
        case "words":
            logo = patch_text.sequence_logos(top, name)
            return [*([logo] if logo else []), patch_text.passages(top, name)]
        case "curves":
            return list(patch_curves.stretches(top, name))
        case "rows":
            return list(patch_curves.rows_of_numbers(top, name))
        case "frames":
            return [patch_tiles.frame_tiles(top, name)]
    return [patch_tiles.picture_tiles(top, name)]


def seen_alike(top: TopPatches) -> str:
    """What the best samples of the first unit have in common where it sees them, of texts and pictures; else empty."""
    name = top.inputs[0]
    if not top.field(name).is_local:
        return ""
    if top.network.inputs[name].kind == "picture":
        return patch_tiles.shape_seen(top, name)
    return patch_text.consensus(top, name) if top.network.sample_kind == "text" else ""


def reconstruction_text(top: TopPatches) -> str:
    """What is seen of responses that were sent back, and where the methods fall together; empty where none were."""
    if top.reconstructions is None:
        return ""
    grey = "; grey is 0" if _kind(top, top.reconstructed_input) in ("tiles", "frames") else ""
    shown = f" With each, what the unit responds to in it ({top.mode}{grey})."
    alike = gradient_equivalence(top.network, top.layer, top.mode)
    return f"{shown} {alike[0].upper()}{alike[1:]}" if alike else shown
