"""Panels and sentences about top patches, for any kind of sample."""

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
"""The maximum number of panels if each unit takes one, or two with reconstructions."""


def patch_panels(top: TopPatches) -> tuple[Panel, ...]:
    """Panels for each input over which patches are shown."""
    panels: list[Panel] = []
    for name in top.inputs:
        own = _of_input(top, name)
        panels += own if len(top.inputs) == 1 else [retitled(panel, f"{name}: {panel.title}") for panel in own]
    return tuple(panels)


def strongest_first(top: TopPatches) -> TopPatches:
    """Sort the units by their largest response."""
    order = np.argsort(-top.score[:, 0], kind="stable")
    reconstructions = None if top.reconstructions is None else top.reconstructions[order]
    return replace(top, units=tuple(top.units[i] for i in order), reconstructions=reconstructions)


def limited_units(top: TopPatches, most: int) -> TopPatches:
    """Limit the units to those for which panels are drawn."""
    alone = all(_kind(top, name) in ("curves", "rows") for name in top.inputs)
    few = FEW if top.reconstructions is None else FEW // 2
    return replace(top, units=top.units[: min(most, few) if alone else most])


def crop_description(top: TopPatches) -> str:
    """How the samples are cropped, the end of a sentence."""
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
        case "words" if top.network.layers[top.layer].axes == ("node",):
            return "with the phrase marked, each phrase in the first that has it"
        case "words":
            return "with what it sees of them marked"
        case "rows":
            return "a row each; colours are standard deviations from the mean of the data"
        case "curves":
            places = "samples" if top.samples.kind == "sound" else "steps"
        case "frames":
            places = "places"
        case _:
            return f"cut to the {size} pixels that it sees{border_remark(top, name)}"
    return f"cut to the {size} {places} that it sees"


def border_remark(top: TopPatches, name: str) -> str:
    """A remark on the grey beyond the border; empty if no patch crosses one."""
    boxes = top.boxes(name)[~top.silent]  # (patches, 4)
    reaches_out = (boxes[:, 2:] - boxes[:, :2] < top.field(name).size).any()
    return " (plain grey: outside the picture)" if reaches_out else ""


def sample_noun(top: TopPatches) -> str:
    """The plural noun for the samples."""
    kind = top.samples.kind
    return "samples" if kind in ("numbers", "several") else plural(kind)


def _kind(top: TopPatches, name: str) -> str:
    """The kind of panel for the patches of an input."""
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


def common_pattern(top: TopPatches) -> str:
    """The common pattern in the top patches of the first unit, for texts and pictures; may be empty."""
    name = top.inputs[0]
    if not top.field(name).is_local:
        return ""
    if top.network.inputs[name].kind == "picture":
        return patch_tiles.shape_seen(top, name)
    return patch_text.consensus(top, name) if top.network.sample_kind == "text" else ""


def reconstruction_text(top: TopPatches) -> str:
    """A sentence on the reconstructions, and whether the method equals the gradient; empty without reconstructions."""
    if top.reconstructions is None:
        return ""
    grey = "; grey is 0" if _kind(top, top.reconstructed_input) in ("tiles", "frames") else ""
    shown = f" With each, what the unit responds to in it ({top.mode}{grey})."
    alike = gradient_equivalence(top.network, top.layer, top.mode)
    return f"{shown} {alike[0].upper()}{alike[1:]}" if alike else shown
