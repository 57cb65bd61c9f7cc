"""Wrong texts: the source, the predicted and the true text."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.grammar import number_of
from dlviz.network import Network
from dlviz.panels.mistakes.tally import Report, Tally
from dlviz.sheet import Paragraph
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Samples
from dlviz_models.data.samples import Text as TextSample
from dlviz_models.errors import UserError


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self.references = self.targets("the right text")
        if any(not isinstance(text, str) for text in self.references):
            raise UserError(f"The targets of {data.name} are not texts: choose data with two texts per line.")
        self.predicted: list[str] = []

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        assert self.network.writer is not None
        self.predicted += self.network.writer.texts(feeds["source"])

    def report(self, count: int) -> Report:
        wrong = np.array([n for n, text in enumerate(self.predicted) if text != self.references[n]], np.int64)
        examples = len(self.predicted)
        rows = [(self._input_text(int(n)), self.predicted[n], self.references[n]) for n in wrong[:count]]
        widths = [max([len(title), *(len(row[c]) for row in rows)]) for c, title in enumerate(("given", "written"))]
        lines = [("given", "written", "right"), *rows]
        table = "\n".join(f"{a:{widths[0]}}  {b:{widths[1]}}  {c}" for a, b, c in lines)
        accuracy = 1 - len(wrong) / examples
        panels = [Paragraph(table, "Wrong")] if rows else [Paragraph("none", "Wrong")]
        number = f"{len(wrong):,}" if len(wrong) else "none"
        return Report(
            list(panels),
            f"{self.network.name} answers {number} of {number_of(examples, self.thing)} of the data set"
            f" {self.data.name} wrongly: {percent(accuracy)} are right from the first letter to the last.",
            {
                "examples": np.array(examples), "accuracy": np.array(accuracy), "index": wrong,
                "text": np.array([self.predicted[n] for n in wrong], str),
                "label": np.array([self.references[n] for n in wrong], str),
            },
            ("accuracy", percent(accuracy)),
        )  # fmt: skip

    def _input_text(self, number: int) -> str:
        sample = self.data.sample(number)
        return sample.text if isinstance(sample, TextSample) else sample.name
