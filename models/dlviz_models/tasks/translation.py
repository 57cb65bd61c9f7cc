"""Writing one text after reading another."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import numpy as np
from sacrebleu import corpus_bleu

from dlviz_models.data import Data, samples
from dlviz_models.decoding import greedy
from dlviz_models.errors import UserError
from dlviz_models.layers.text import PADDING, Text, split, token_counts, trimmed, vocabulary
from dlviz_models.tasks.bucketed import Bucketed
from dlviz_models.tasks.sequences import parts, unit_of
from dlviz_models.tasks.task import Part


class Translate(Bucketed):
    """Source tokens and the target so far in, the next token of the target out. Words that occur once are unknown."""

    things: ClassVar[str] = "pairs"

    def __init__(self, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        divided = [_pairs(part, data.whole.class_names) for part in parts(data, limit, seed)]
        pairs = divided[0]
        unit = settings.get("unit") or unit_of([target for _, target in pairs])
        least = 2 if unit == "words" else 1
        sources, targets = (vocabulary((split(pair[side], unit) for pair in pairs), least) for side in (0, 1))
        self.settings = {"vocabulary": sources, "target_vocabulary": targets, "unit": unit}
        self.source, self.target = Text(sources, unit), Text(targets, unit)
        self.train, self.held_out, self.test = map(self._part, divided)
        self.references = [target for _, target in divided[2]]

    def _part(self, pairs: Sequence[tuple[str, str]]) -> Part:
        source = self.source.encode(text for text, _ in pairs)
        target = self.target.encode((target for _, target in pairs), start=True, end=True)
        return _with_weight(source, target[:, :-1], target[:, 1:])

    def lengths(self, part: Part) -> np.ndarray:
        """Return how many tokens each text and its translation have together."""
        return token_counts(part.x["source"]) + token_counts(part.y)

    def cut(self, part: Part, rows: np.ndarray) -> Part:
        """Return some of the pairs."""
        source, y = trimmed(part.x["source"][rows]), trimmed(part.y[rows])
        return _with_weight(source, part.x["target"][rows, : y.shape[1]], y)

    def measure(self, model: keras.Model, trainer: keras.Model) -> dict[str, float]:
        """Return the loss a token; the share of texts written right from the first token to the last; and of words,
        BLEU 0..100 of the whole test part (K. Papineni et al., 2002, DOI 10.3115/1073083.1073135): greedy decoding, one
        reference, sacrebleu's default tokenisation (M. Post, 2018, arXiv 1804.08771)."""
        y = self.test.y
        written = greedy(model, self.test.x["source"], y.shape[1])
        figures = {
            "sequence_accuracy": float((written == y).all(axis=1).mean()),
            "loss": self.evaluate(trainer)["loss"],
        }
        if self.target.unit == "words":
            figures["bleu"] = corpus_bleu(self.target.decode(written), [self.references]).score
        return figures


def _pairs(texts: Sequence[samples.Text], names: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return texts and what is to be made of them: the name of a class where there are classes.

    Raises:
        UserError: nothing is known of one of them.
    """
    for text in texts:
        if text.target is None:
            raise UserError(f"“{text.text[:60]}” has no second text; give a table of pairs to learn to translate.")
    return [(text.text, names[text.target] if names else str(text.target)) for text in texts]


def _with_weight(source: np.ndarray, target: np.ndarray, y: np.ndarray) -> Part:
    return Part({"source": source, "target": target}, y, (y != PADDING).astype(np.float32))
