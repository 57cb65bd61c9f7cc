"""Random samples for a network without suitable data, so that every view has something to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlviz.jobs import Input, sample_kind
from dlviz_models.data import ArrayPictures
from dlviz_models.data.samples import Numbers, Picture, Sample, Samples, Several, Sound, Text, Tree
from dlviz_models.layers.text import Text as TextLayer

if TYPE_CHECKING:
    from dlviz.network import Network

COUNT = 64
DEFAULT_SIZES = {"picture": 224, "sound": 4096, "numbers": 16, "text": 8}
"""Sizes of open axes by kind of sample."""
RATE = 8000
NOTES = ("No data suits this network, so samples are made up.",)


@dataclass(frozen=True)
class Words:
    """The vocabulary and the maximum length of a random text."""

    known: tuple[str, ...] = ("a", "b", "c")
    count: int = DEFAULT_SIZES["text"]


class SyntheticSamples(Samples):
    """Random but reproducible samples for a network's inputs.

    Args:
        words: the words of text inputs by name.
    """

    def __init__(self, inputs: Sequence[Input], words: Mapping[str, Words] | None = None) -> None:
        self.kind = sample_kind(inputs)
        self.name = "random data"
        self.notes = NOTES
        self._inputs = tuple(inputs)
        self._words = words or {}

    def __len__(self) -> int:
        return COUNT

    def sample(self, index: int) -> Sample:
        random = np.random.default_rng(index)
        name = f"made-up sample {index}"
        if self.kind == "tree":
            return self._tree(random, name)
        if self.kind != "several":
            return self._one(self._inputs[0], random, name)
        parts = {spec.name: self._one(spec, random, f"{name}, {spec.name}") for spec in self._inputs}
        return Several(parts, name=name, synthetic=True)

    def _one(self, spec: Input, random: np.random.Generator, name: str) -> Sample:
        shape = tuple(n or DEFAULT_SIZES.get(spec.kind, 16) for n in spec.shape)
        match spec.kind:
            case "picture":
                return Picture(_blobs(shape, random), name=name, synthetic=True)
            case "text":
                words = self._words.get(spec.name, Words())
                chosen = random.choice(words.known, min(words.count, 4 * len(words.known)))
                joint = "" if all(len(word) == 1 for word in words.known) else " "
                return Text(joint.join(chosen), name=name, synthetic=True)
            case "sound":
                return Sound(_chirp(shape[0], random), RATE, name=name, synthetic=True)
        if spec.vocabulary:
            values = random.integers(1, max(2, spec.vocabulary), shape)
        elif "int" in spec.dtype:
            values = random.integers(0, 2, shape)
        else:
            values = random.standard_normal(shape).astype(np.float32)
        return Numbers(values, name=name, synthetic=True)

    def _tree(self, random: np.random.Generator, name: str) -> Tree:
        """A sentence whose words join from the right."""
        known = next(iter(self._words.values()), Words()).known
        words = tuple(str(w) for w in random.choice(known, 6))
        n = len(words)
        children = [(n - 2, n - 1)] + [(n - 3 - i, n + i) for i in range(n - 2)]
        return Tree(words, np.array(children, np.int32), name=name, synthetic=True)


class SyntheticPictures(ArrayPictures):
    """Random pictures."""

    notes = NOTES

    def sample(self, index: int) -> Picture:
        return Picture(self[index], name=f"made-up sample {index}", synthetic=True)


def synthetic_pictures(shape: tuple[int, int, int]) -> SyntheticPictures:
    """Random pictures of soft blobs, uint8 (height, width, channel) each, with any number of channels."""
    return SyntheticPictures(
        "made-up pictures", np.stack([_blobs(shape, np.random.default_rng(i)) for i in range(COUNT)])
    )


def _blobs(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """A picture of soft blobs, uint8 (height, width, channel)."""
    height, width, channels = shape
    rows, columns = np.mgrid[:height, :width]
    picture = np.zeros(shape)
    for _ in range(6):
        y, x, radius = random.uniform((0, 0, 0.1), (height, width, 0.3)) * (1, 1, max(height, width))
        blob = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * radius**2))
        picture += blob[..., None] * random.uniform(0, 255, channels)
    return picture.clip(0, 255).astype(np.uint8)


def _chirp(length: int, random: np.random.Generator) -> np.ndarray:
    """A tone whose pitch rises, float32 (time,) in -1..1."""
    time = np.arange(length) / RATE
    low, high = np.sort(random.uniform(100, 2000, 2))
    phase = 2 * np.pi * (low + (high - low) * time / max(time[-1], 1e-9) / 2) * time
    return (0.5 * np.sin(phase)).astype(np.float32)


def synthetic_samples(network: Network) -> Samples:
    """Random samples for a network."""
    if network.takes_pictures:
        return synthetic_pictures(network.input_shape)
    found = {name: words_of(network, name) for name, spec in network.inputs.items() if spec.kind in ("text", "tree")}
    return SyntheticSamples(tuple(network.inputs.values()), {name: words for name, words in found.items() if words})


def words_of(network: Network, name: str) -> Words | None:
    """The vocabulary of the input called `name`; None if it has none."""
    graph = network.graph
    for step in graph.steps.values():
        layer = step.layer
        if not any(earlier.name == name for earlier in graph.ancestors((step.name,))):
            continue
        if isinstance(layer, TextLayer) and layer.vocabulary:
            return Words(tuple(layer.vocabulary))
        if isinstance(layer, keras.layers.TextVectorization | keras.layers.StringLookup):
            known = tuple(map(str, layer.get_vocabulary(include_special_tokens=False)))
            whole = isinstance(layer, keras.layers.StringLookup)  # which does not split
            return Words(known, 1 if whole else DEFAULT_SIZES["text"]) if known else None
    return None
