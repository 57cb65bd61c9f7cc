"""The notes under every picture of a network: on preprocessing, resizing and broken weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from dlviz.feeding.tokens import unknown_tokens
from dlviz.grammar import enumerated, size_of
from dlviz.model.broken_weights import broken_weights
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.view import View
from dlviz_models.data.pictures import Pictures
from dlviz_models.data.pixels import are_pixels, as_they_are
from dlviz_models.data.samples import Picture, Sample, Samples

MOST_NAMED, LONGEST = 6, 30
"""The maximum number of unknown words or characters that are named, and of the letters of each."""
ENLARGED = 4
"""The factor from which it is mentioned that a picture is enlarged or reduced."""
_FITS = {
    "cover": "scaled until it covers the input, the centre cut out",
    "stretch": "stretched to the input's height and width",
    "contain": "scaled until it fits in the input, with black borders",
}


def remarks(network: Network, samples: Sequence[Sample], view: type[View], data: Samples | None = None) -> str:
    """Return the note under a `view` of a network for `samples` or `data`; may be empty."""
    sentences = [*network.notes, _turned(network)]
    if (view.needs | view.optional) & {"sample", "data"} and _sees(network):
        sentences += [_as_they_are(network, samples) or _feeding(network, data), resizing(network, samples)]
        sentences += [_enlarged(network, samples), _lost(network, samples), _channels(network)]
    sentences.append(_unknown(network, samples))
    return " ".join(sentence for sentence in sentences if sentence)


def _unknown(network: Network, samples: Sequence[Sample]) -> str:
    """A sentence on the words or characters of the samples that are in no vocabulary; empty if all are."""
    found = list(dict.fromkeys(token for sample in samples for token in unknown_tokens(network, sample)))
    if not found:
        return ""
    named = [f"“{token[:LONGEST]}”" for token in found[:MOST_NAMED]]
    named += [f"{len(found) - MOST_NAMED:,} more"] * (len(found) > MOST_NAMED)
    each = "it" if len(found) == 1 else "each"
    return f"{network.name} does not know {enumerated(named)} and reads {each} as unknown."


def _turned(network: Network) -> str:
    """A sentence on hyperparameters changed by hand during training; empty if there were none."""
    turned = network.card.turned if network.card else ""
    return f"While it was trained, these were turned by hand: {turned}." if turned else ""


def feeding(network: Network) -> str:
    """A sentence on the preprocessing, with the evidence; empty if the network does not take pictures."""
    return f"Preprocessing is {network.preprocess_note}." if _sees(network) else ""


def _feeding(network: Network, data: Samples | None) -> str:
    """`feeding`, or empty for data that are fed unscaled, which their own notes mention."""
    others = isinstance(data, Pictures) and not are_pixels(data.range) and network.requested_mode == "auto"
    return "" if others else feeding(network)


def _as_they_are(network: Network, samples: Sequence[Sample]) -> str:
    """A sentence on samples that are fed unscaled; empty if all are pixels."""
    others = (s for s in samples if isinstance(s, Picture) and not are_pixels(s.range))
    other = next(others, None) if network.requested_mode in ("auto", "none") else None
    return as_they_are(other.name[-60:] or "the sample", other.range) if other else ""


def resizing(network: Network, samples: Sequence[Sample]) -> str:
    """A sentence on how a picture of another aspect ratio is resized; empty if there is none."""
    sides = network.input_shape[:2]
    other = next((s for s in samples if isinstance(s, Picture) and _differs(s.pixels.shape, sides)), None)
    if other is None:
        return ""
    return f"The picture of {size_of(other.pixels.shape[:2])} pixels is {_FITS[network.resizing]}."


def _enlarged(network: Network, samples: Sequence[Sample]) -> str:
    """A sentence on a picture that is strongly enlarged; empty if there is none."""
    least = np.array(network.input_shape[:2]) / ENLARGED
    small = (s.pixels.shape[:2] for s in samples if isinstance(s, Picture) and (s.pixels.shape[:2] <= least).all())
    shape = next(small, None)
    finer = "what a map of it shows finer than these means little"
    return f"The picture is enlarged from {size_of(shape)} pixels; {finer}." if shape else ""


def _lost(network: Network, samples: Sequence[Sample]) -> str:
    """A sentence on the pixels and colours of a picture that the network does not see; empty if it sees most."""
    *sides, channels = network.input_shape
    for sample in samples:
        if isinstance(sample, Picture):
            size = sample.pixels.shape[:2]
            small = f"reduced from {size_of(size)} to {size_of(sides)} pixels"
            lost = [small] * bool((size >= np.array(sides) * ENLARGED).all())
            lost += ["without its colours"] * (channels == 1 and sample.pixels.shape[-1] == 3)
            if lost:
                return f"The network sees the picture {' and '.join(lost)}."
    return ""


def _channels(network: Network) -> str:
    """A sentence on how pictures of two or more than three channels are shown; empty for grey and colour."""
    channels = network.input_shape[-1]
    if channels > 3:
        return f"Pictures have {channels} channels; where they are in colour, it is that of the first three."
    return "Pictures have 2 channels; where they are grey, it is the mean of both." if channels == 2 else ""


def health(network: Network) -> str:
    """A sentence on NaN or infinite weights, which are checked once; empty if there are none."""
    if network.broken is None:
        network.broken = broken_weights(network.model)
    return f"Its output is meaningless: {network.broken}." if network.broken else ""


def with_remarks(found: Iterable[Progress | Sheet], warnings: str, note: str) -> Iterator[Progress | Sheet]:
    """Yield what a view yields, with `warnings` added to the summary of each sheet and `note` to its note."""
    for item in found:
        if isinstance(item, Sheet):
            yield replace(
                item, summary=" ".join(f"{item.summary} {warnings}".split()), note=f"{item.note} {note}".strip()
            )
        else:
            yield item


def _sees(network: Network) -> bool:
    return network.inputs[network.input].kind == "picture"


def _differs(shape: Sequence[int], sides: tuple[int, int]) -> bool:
    """Whether the aspect ratios differ by a pixel or more."""
    ratios = [wanted / n for n, wanted in zip(shape, sides, strict=False)]
    return abs(ratios[0] / ratios[1] - 1) * max(sides) >= 1
