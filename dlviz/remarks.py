"""What belongs under every picture of a network: how it was fed, and what is broken in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dlviz.broken_weights import broken_weights
from dlviz.network import Network
from dlviz.sheet import Progress, Sheet
from dlviz.view import View
from dlviz_models.data.samples import Picture, Sample

_FITS = {
    "cover": "scaled until it covers the input, the centre cut out",
    "stretch": "stretched to the input's height and width",
    "contain": "scaled until it fits in the input, with black borders",
}


def remarks(network: Network, samples: Sequence[Sample], view: type[View]) -> str:
    """Return the sentences about what `view` shows of a network that is fed `samples`; empty where there are none."""
    fed = bool((view.needs | view.optional) & {"sample", "data"}) and network.inputs[network.input].kind == "picture"
    sentences = [health(network)]
    if fed:
        sentences += [feeding(network), resizing(network, samples)]
    return " ".join(sentence for sentence in sentences if sentence)


def feeding(network: Network) -> str:
    """Return how pixels become the network's input, and how that was told, as a sentence."""
    return f"Preprocessing is {network.preprocess_says}."


def resizing(network: Network, samples: Sequence[Sample]) -> str:
    """Return how a picture becomes the input if one has another size, as a sentence; else empty."""
    sides = network.inputs[network.input].shape[:2]
    other = next((s for s in samples if isinstance(s, Picture) and not _has(s.pixels.shape, sides)), None)
    if other is None:
        return ""
    height, width = other.pixels.shape[:2]
    return f"The picture of {height}×{width} pixels is {_FITS[network.resizing]}."


def health(network: Network) -> str:
    """Return which weights are not numbers, as a sentence; empty where all are."""
    broken = broken_weights(network.model)
    return f"Its answers mean nothing: {broken}." if broken else ""


def with_remarks(found: Iterable[Progress | Sheet], sentences: str) -> Iterator[Progress | Sheet]:
    """Yield what a view yields, the sentences added to what each sheet says."""
    for item in found:
        yield replace(item, says=f"{item.says} {sentences}".strip()) if isinstance(item, Sheet) else item


def _has(shape: Sequence[int], sides: Sequence[int | None]) -> bool:
    return all(wanted in (None, n) for n, wanted in zip(shape, sides, strict=False))
