"""The network to take home: one HTML page that runs a small trained network on a phone, without a server.

For what is drawn on it, or for one of the pictures in it, the page shows the answer, every layer's maps, the pictures
that excite a unit most, and what in them made it respond (deconvnet, guided backpropagation, gradient).
`operations.py` writes the network down, `network.js` runs it, `page.js` shows it.
"""

from __future__ import annotations

import base64
import io
import json
import math
import os
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dlviz.analysis.receptive_field import receptive_fields
from dlviz.network import Network
from dlviz.style import layer_colour
from dlviz.take_home_page.operations import Operation, Operations, operations_of
from dlviz_models.data import Pictures
from dlviz_models.data.classes import class_title
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path

MOST_WEIGHTS = 2_000_000
MOST_MULTIPLICATIONS = 60_000_000
"""A phone does about a hundred million in a second."""
PASSED_OVER = ("pixels", "same", "zeros", "affine")
"""Kinds of operations whose output looks as their input does."""
MOST_PICTURES = 500
PICTURE_BYTES = 250_000
"""Of all pictures in the page, as a PNG."""


def write(network: Network, pictures: Samples, out: str | os.PathLike[str]) -> None:
    """Write the page.

    Args:
        pictures: of which as many as fit go into the page, labelled where they have labels.
        out: the file, ending in .html.

    Raises:
        UserError: the network takes no pictures, is too large for a phone, or has a layer that the page cannot run.
    """
    if Path(out).suffix.lower() not in (".html", ".htm"):
        raise UserError(f"A page to take home is an .html file: choose another name than {Path(out).name[-100:]}.")
    page = files("dlviz.take_home_page")
    script = "".join((page / name).read_text("utf-8") for name in ("network.js", "page.js"))
    html = (page / "page.html").read_text("utf-8")
    content = json.dumps(_content(network, pictures), separators=(",", ":")).replace("<", "\\u003c")
    title = json.dumps(network.name)[1:-1].replace("<", "&lt;")
    for mark, text in (("TITLE", title), ("STYLE", (page / "page.css").read_text("utf-8")), ("CONTENT", content)):
        html = html.replace(f"@{mark}@", text)
    with atomic_path(Path(out)) as path:
        path.write_text(html.replace("@SCRIPT@", script), "utf-8")


def _content(network: Network, pictures: Samples) -> dict[str, Any]:
    if not isinstance(pictures, Pictures) or None in network.inputs[network.input].shape:
        raise UserError(f"{network.name} does not take one picture of a fixed size: a page to take home needs that.")
    if network.input_shape[-1] not in (1, 3):
        raise UserError(f"{network.name} takes pictures of {network.input_shape[-1]} channels, which no phone draws.")
    if network.chosen_output.kind not in ("classes", "picture", "numbers"):
        raise UserError(f"A page to take home cannot show what {network.name} answers: take a classifier.")
    if any(step.edits for step in network.graph.steps.values()):
        raise UserError(f"A page to take home cannot show {network.name}: give the unchanged network.")
    found = operations_of(network)
    _check_size(network, found)
    png, count = _sprite(network, pictures)
    targets = pictures.targets
    return {
        "name": network.name,
        "answer": network.chosen_output.kind,
        "scale": network.chosen_output.scale,
        "classes": list(network.classes),
        "input": list(network.input_shape),
        "parameters": network.model.count_params(),
        "operations": found.listed,
        "weights": base64.b64encode(found.weights.astype("<f4").tobytes()).decode(),
        "layers": _layers(network, found),
        "pictures": {
            "source": pictures.name,
            "count": count,
            "png": base64.b64encode(png).decode(),
            "labels": _labels(pictures, targets, count),
            "notes": " ".join(pictures.notes),
        },
    }


def _check_size(network: Network, found: Operations) -> None:
    work = multiplications(found.listed)
    if len(found.weights) > MOST_WEIGHTS or work > MOST_MULTIPLICATIONS:
        raise UserError(
            f"{network.name} is too large for a phone, with {len(found.weights):,} weights and {work / 1e6:,.0f}"
            f" million multiplications a picture: at most {MOST_WEIGHTS / 1e6:.0f} and"
            f" {MOST_MULTIPLICATIONS / 1e6:.0f} million fit a page to take home."
        )


def multiplications(listed: list[Operation]) -> int:
    """How many multiplications the convolutions and dense layers need for one picture."""
    shapes = {operation["name"]: operation["shape"] for operation in listed}
    total = 0
    for operation in listed:
        if "kernel" not in operation:
            continue
        kernel, places = operation["kernel"][1], operation["shape"][:-1]
        if operation["kind"] == "transposed":
            places = shapes[operation["from"][0]][:-1]
        total += math.prod(kernel) * math.prod(places)
    return total


def _layers(network: Network, found: Operations) -> list[dict[str, Any]]:
    """The layers to look into, with what each row and column of a map sees of the picture."""
    run = {operation["name"]: operation for operation in found.listed}
    names = [n for n, layer in network.layers.items() if layer.units and n in run and run[n]["kind"] not in PASSED_OVER]
    fields = receptive_fields(network, names)
    listed = []
    for name in names:
        layer, field = network.layers[name], fields[name]
        entry: dict[str, Any] = {"name": name, "kind": layer.kind, "colour": layer_colour(layer.kind)}
        if layer.is_map and field.is_local:
            entry["rows"], entry["columns"] = (seen.intervals.tolist() for seen in field.seen)
        listed.append(entry)
    return listed


def _sprite(network: Network, pictures: Pictures) -> tuple[bytes, int]:
    """The first pictures in the network's size, one below the other, as a PNG, and how many they are."""
    count = min(MOST_PICTURES, len(pictures))
    column = np.concatenate(
        [network.resize_to_input(pictures[i]) for i in range(count)]
    )  # (count * height, width, channels)
    height = network.input_shape[0]
    while len(png := _png(column[: count * height])) > PICTURE_BYTES and count > 9:
        count = max(9, int(0.95 * count * PICTURE_BYTES / len(png)))
    return png, count


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "png", optimize=True)
    return file.getvalue()


def _labels(pictures: Pictures, targets: Any, count: int) -> list[str]:
    if targets is None or pictures.class_names is None:
        return []
    return [class_title(pictures.class_names[int(target)]) for target in targets[:count]]
