"""Classifying sequences: texts, sentences of a treebank, recordings."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from dlviz_models.data import Data
from dlviz_models.errors import UserError
from dlviz_models.layers.text import Text, Unit, split, token_counts, trimmed, vocabulary
from dlviz_models.tasks.bucketed import Bucketed
from dlviz_models.tasks.examples import HELD_OUT
from dlviz_models.tasks.task import Part, Task

SOUND_LENGTH = 8000
"""Samples that a recording is cut or filled up to: a second."""


def parts(data: Data[Any], limit: int | None, seed: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Return `limit` samples (or all) of the training part in random order, less a tenth; the tenth; the test part.

    Raises:
        UserError: there are too few.
    """
    if len(data.train) < 2 or not len(data.test):
        repeated = len(data.whole) - len(data.train) - len(data.test)
        why = f", because {repeated:,} of its texts repeat those to test with" if repeated > 0 else ""
        raise UserError(
            f"{data.name} has too few examples to train and test with{why}; give at least five"
            f"{' that differ' if repeated > 0 else ''}."
        )
    order = np.random.default_rng(seed).permutation(len(data.train))[: max(2, limit or len(data.train))]
    held_out = max(1, round(HELD_OUT * len(order)))
    chosen = [data.train.sample(int(number)) for number in order]
    return chosen[held_out:], chosen[:held_out], [data.test.sample(number) for number in range(len(data.test))]


def unit_of(texts: Sequence[str]) -> Unit:
    """Return what texts are to be split into: words if most of them have a space inside, else characters."""
    return "words" if sum(" " in text for text in texts) > len(texts) / 2 else "characters"


class ClassifyTexts(Bucketed):
    """Tokens in, class numbers out. Of words, those that occur once are taken as unknown."""

    things: ClassVar[str] = "texts"

    def __init__(self, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        train, held_out, test = parts(data, limit, seed)
        names = data.whole.class_names
        if names is None:
            raise UserError(
                f"{data.name} has no class names in its second column: it needs few classes with many texts each;"
                f" train seq2seq "
                "on it."
            )
        unit = settings.get("unit") or unit_of([text.text for text in train])
        self.class_names = names
        self._encode(
            unit, *([(split(text.text, unit), text.target) for text in part] for part in (train, held_out, test))
        )

    def lengths(self, part: Part) -> np.ndarray:
        """Return how many tokens each text has."""
        return token_counts(np.asarray(part.x))

    def cut(self, part: Part, rows: np.ndarray) -> Part:
        """Return some of the texts and their classes."""
        return Part(trimmed(np.asarray(part.x)[rows]), part.y[rows])

    def _encode(self, unit: Unit, *labelled: Sequence[tuple[Sequence[str], int]]) -> None:
        words = vocabulary((tokens for tokens, _ in labelled[0]), least=2 if unit == "words" else 1)
        text = Text(words, unit)
        self.train, self.held_out, self.test = (
            Part(text.encode(tokens for tokens, _ in part), np.array([label for _, label in part], np.int64))
            for part in labelled
        )
        self.settings = {"vocabulary": words, "unit": unit, "classes": max(2, len(self.class_names))}


class ClassifySentences(ClassifyTexts):
    """The words of a tree in, the class of its root out."""

    things: ClassVar[str] = "sentences"

    def __init__(self, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        self.class_names = data.whole.class_names
        self._encode(
            "words", *([(tree.words, int(tree.target[-1])) for tree in part] for part in parts(data, limit, seed))
        )


class ClassifySounds(Task):
    """Samples -1..1 in, class numbers out."""

    things: ClassVar[str] = "recordings"

    def __init__(self, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        length = (settings.get("input_shape") or (SOUND_LENGTH,))[0]
        self.train, self.held_out, self.test = (
            Part(stacked([sound.samples for sound in part], length), np.array([sound.target for sound in part]))
            for part in parts(data, limit, seed)
        )
        targets = data.train.targets, data.test.targets
        if any(found is None for found in targets):
            raise UserError(f"{data.name} has no labels to learn from; give one subfolder per class.")
        self.class_names = data.whole.class_names or ()
        highest = max(int(found.max()) for found in targets)
        self.settings = {"input_shape": (length, 1), "classes": max(2, highest + 1, len(self.class_names))}


def stacked(sounds: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Return recordings cut to `length` samples or filled up with zeros, float32 (n, length, 1)."""
    samples = np.zeros((len(sounds), length, 1), np.float32)
    for row, sound in zip(samples, sounds, strict=True):
        row[: len(sound), 0] = sound[:length]
    return samples
