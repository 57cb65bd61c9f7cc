"""What a layer's units mean together: the parts of pictures that a class is recognised by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import most_predicted_class, option
from dlviz.progress import Progress
from dlviz.sheet import Sheet, Tiles
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.analysis.concepts import Concepts

PICTURES = 24
"""The maximum number of pictures of the class that are cropped."""
MEASURED = 6
"""How many of these the importance is measured on."""


@dataclass(frozen=True)
class ConceptsView(View):
    """CRAFT: each row shows the crops with most of one concept, the concept that the class depends on most first.

    >>> import dlviz
    >>> sheet = dlviz.show("concepts", "lenet5", layer="conv3", data="digits", limit=100, count=3)
    >>> sheet.arrays["importance"].shape
    (3,)
    """

    name = "concepts"
    summary = "The concepts of a layer: parts of pictures that excite the same units, and how much a class needs them."
    needs = frozenset({"network", "layer", "data"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    single_label = True
    late = True
    order = 11.2

    target: str = most_predicted_class()
    count: int = option(5, "how many concepts", low=2, high=20, label="concepts")
    crop: float = option(0.5, "the side of a crop, as a share of the picture's", low=0.1, high=1.0, label="crop")
    shown: int = option(10, "how many crops of each concept are shown", low=1, high=20, label="crops shown")
    designs: int = option(
        128, "points of the Sobol sequence from which the importance is estimated", low=8, high=512, choices=(8, 16, 32,
            64, 128, 256, 512), label="precision",
    )  # fmt: skip
    samples_used: int = option(400, "samples of the data to look for the class in", low=1, high=10_000, label="samples")

    def is_long(self) -> bool:
        return True

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.class_pictures import class_pictures
        from dlviz.analysis.concepts import Layer, craft, crops

        network = scene.network
        found = yield from class_pictures(network, thinned_samples(scene.data, self.samples_used), self.target)
        pictures = found.of_class[:PICTURES]
        layer = Layer(network, scene.layer)
        cropped, boxes = crops(pictures, self.crop)
        concepts = yield from craft(layer, pictures[:MEASURED], cropped, found.number, self.count, designs=self.designs)
        name = network.class_in_words(found.number)
        top = np.argsort(-concepts.amounts, axis=0, kind="stable")[: self.shown].T  # (concepts, shown)
        yield Sheet(
            f"{network.name} · {scene.layer} · concepts of “{name}”",
            f"{len(concepts.importance)} concepts make up {concepts.explained:.0%} of the responses of {scene.layer} to"
            f" {number_of(len(cropped), 'crop')} of {number_of(len(pictures), 'picture')} taken for “{name}”;"
            " each row shows the crops with most of one. Its importance is the share of the changes of the class's"
            " logit in which it has a part: 0%, it makes no difference; 100%, nothing changes without it.",
            (_tiles(concepts, cropped, top),),
            {
                "importance": concepts.importance, "directions": concepts.directions, "amounts": concepts.amounts,
                "boxes": boxes, "top": top,
            },
            source="T. Fel et al., CRAFT: concept recursive activation factorization for explainability, 2023, arXiv"
            " 2211.10154",
        )  # fmt: skip


def _tiles(concepts: Concepts, cropped: np.ndarray, top: np.ndarray) -> Tiles:
    from dlviz.panels.patch_tiles import as_colour

    rows = tuple(f"{n}: {share:.0%}" for n, share in enumerate(concepts.importance))
    images = as_colour(cropped[top.ravel()])
    title = "Importance (total Sobol index), and the crops with most of each"
    return Tiles(images, "pixels", title, columns=top.shape[1], row_labels=rows, role="main")
