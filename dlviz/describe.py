"""A description of a network, and what to show first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dlviz.applies import obstacle_of_layer
from dlviz.inspect.data import load_samples
from dlviz.jobs import Description, LayerInfo
from dlviz.memory import Memory
from dlviz.network import Network
from dlviz.preprocessing.by_labels import knows
from dlviz.view import View
from dlviz_models.data.catalogue import UNLABELLED
from dlviz_models.data.classes import FASHION
from dlviz_models.data.samples import Samples

SYNTHETIC = "made"
"""The source of random samples."""
ALIASES = {"mnist": "digits", "stanford": "sentences"}
"""The names of shipped data by the first word of their names on cards."""


def describe(network: Network, trust: tuple[str, ...] = ()) -> Description:
    """Describe a network, which is run only if nothing else tells what it was trained on."""
    return Description(
        name=network.name,
        layers=tuple(network.layers.values()),
        classes=network.classes,
        preprocess_note=network.preprocess_note,
        card=network.card,
        first_layer=network.first_kernel,
        data=default_source(network),
        inputs=tuple(network.inputs.values()),
        outputs=tuple(network.outputs.values()),
        output=network.chosen_output.name,
        trusted=trust,
        epochs=network.epochs,
    )


def last_features(layers: Sequence[LayerInfo]) -> str:
    """The layer whose output the last layer with weights takes."""
    named = {layer.name: layer for layer in layers}
    kernels = [layer for layer in layers if layer.has_kernel]
    found = kernels[-1] if kernels else layers[-1]
    while found.parents:
        found = named[found.parents[0]]
        if found.units and not found.kind.endswith("Dropout"):
            break
    return found.name


def first_layer(chosen: type[View], network: Description) -> str:
    """The layer that a view shows by default: the first with a kernel, or for views about classes the last features; if
    the view cannot show it, the first layer that it can."""
    names = {layer.name: layer for layer in network.layers}
    start = last_features(network.layers) if chosen.late else network.first_layer
    first = [names[start], *network.layers]
    return next((la.name for la in first if not obstacle_of_layer(chosen, network, la)), network.first_layer)


def was_trained_on(network: Network, data: str) -> bool:
    """Whether a network's card says that it was trained on the data of that name, or a part of them."""
    named = network.card.data.split(",")[0].strip().removesuffix("/") if network.card else ""
    base = data.removesuffix("/train")
    word = named.lower().split(" ")[0]
    return bool(named) and base in (named, Path(named).name, word, ALIASES.get(word))


class Source(str):
    """The default source of a network, cached under this type."""


def default_source(network: Network) -> str:
    """The shipped data of the kind that a network takes, or `SYNTHETIC`; without class labels for a classifier that was
    neither trained on these classes nor recognises them."""
    memory = network.memory.setdefault(("default source",), Memory())
    return memory.recall(Source) or memory.keep(Source(_shipped_source(network)))


def _shipped_source(network: Network) -> str:
    trained_on = network.card.data.split(" ")[0].strip(",").lower() if network.card else ""
    if network.sample_kind == "text":
        return trained_on if trained_on in ("sums", "dates", "motifs") else SYNTHETIC
    if network.sample_kind == "sound":
        return _known_or_unlabelled(network, ("tones",))
    if network.sample_kind != "picture":
        return "sentences" if network.sample_kind == "tree" else SYNTHETIC
    channels = network.input_shape[2]
    if channels == 1:
        is_fashion = "fashion" in trained_on or network.classes == FASHION
        return "fashion" if is_fashion else _known_or_unlabelled(network, ("digits", "fashion"))
    return "photos" if channels == 3 else SYNTHETIC


def _known_or_unlabelled(network: Network, sources: tuple[str, ...]) -> str:
    """The first source if the network was trained on it or is not a classifier, else the first whose classes it
    recognises, else the first without labels."""
    if network.chosen_output.kind != "classes" or was_trained_on(network, sources[0]):
        return sources[0]
    known = (source for source in sources if knows(network, _labelled(source)))
    return next(known, f"{sources[0]}/{UNLABELLED}")


@cache
def _labelled(source: str) -> Samples:
    return load_samples(source)
