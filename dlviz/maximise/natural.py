"""The natural samples with the largest responses of the targets of an ascent."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial

import numpy as np

from dlviz.maximise.targets import Targets
from dlviz.progress import Progress
from dlviz.scan import batch_limit
from dlviz.scan.content_keys import keys_of
from dlviz.scan.top_patches import TopPatches, scan_of
from dlviz.scan.top_responses import TopResponses
from dlviz.view import Scene

CHUNK = 64


def natural_patches(scene: Scene, targets: Targets, k: int) -> Generator[Progress, None, TopPatches]:
    """Return the top `k` patches of the data for each target; a direction counts as unit 0."""
    if targets.is_direction:
        return (yield from _along_direction(scene, targets, k))
    layer = targets.objective.layer
    scan = scan_of(replace(scene, given={**scene.given, "layer": layer}), scene.data, k)
    yield from scan.run()
    units = tuple(
        min(unit, scene.network.layers[layer].units - 1) for unit in targets.units
    )  # one unit for two classes
    return TopPatches(scene.network, layer, scan.samples, scan.top_responses[layer], units, min(k, scan.filled))


def _along_direction(scene: Scene, targets: Targets, k: int) -> Generator[Progress, None, TopPatches]:
    network, layer, data = scene.network, targets.objective.layer, scene.data
    axes, k = len(network.layers[layer].axes), min(k, len(data))
    top = TopResponses.empty(1, k, max(axes, 1))
    batch = min(CHUNK, batch_limit(network, (layer,)))
    for start in range(0, len(data), batch):
        samples = [data.sample(index) for index in range(start, min(start + batch, len(data)))]
        feeds = network.feed(samples)
        [output] = network.function((layer,))(feeds)
        sums = np.asarray(network.layouts[layer].batch_of_maps(output)) @ targets.weights[0].astype(np.float32)
        flat = sums.reshape(len(sums), -1)
        places = np.stack(np.unravel_index(flat.argmax(axis=1), sums.shape[1:] or (1,)), axis=-1)
        locate = partial(_places_of, places)
        top.update(flat.max(axis=1, keepdims=True), locate, start, keys_of(samples))
        yield Progress(start + len(sums), len(data), f"scanning {data.name}")
    return TopPatches(network, layer, data, top, (0,), top.filled)


def _places_of(places: np.ndarray, sample: np.ndarray, _: np.ndarray) -> np.ndarray:
    """The rows of `places` (n, axes) for samples (m,) of a batch: (m, axes)."""
    return places[sample]
