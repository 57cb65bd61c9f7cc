"""The text that a network generates, and the alternatives of a beam search."""

from __future__ import annotations

import numpy as np

from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.sheet import Bars, Panel, Paragraph
from dlviz_models.data.samples import Text as TextSample

MOST_ALTERNATIVES = 5


def show(a: Answers) -> AnswerPanels:
    """The source, the generated text, and the likeliest texts of a beam search."""
    writer = a.network.writer
    assert writer is not None
    source = a.feeds["source"]
    texts = writer.texts(source)
    panels: list[Panel] = []
    for number, beam in enumerate(writer.alternatives(source, min(a.most, MOST_ALTERNATIVES))):
        right = [place for place, (text, _) in enumerate(beam) if text == a.target(number)]
        probabilities = np.array([probability for _, probability in beam])
        panels += [
            *a.sample_panels(number),
            Paragraph(texts[number], title="Written"),
            Bars(
                tuple(text or "(nothing)" for text, _ in beam),
                probabilities,
                "The likeliest texts",
                limit=1.0,
                right=right[0] if right else -1,
                right_is="what is right",
            ),
        ]
    sample, target = a.samples[0], a.target(0)
    given = sample.text if isinstance(sample, TextSample) else a.first
    summary = f"turns “{given}” into “{texts[0]}”"
    if isinstance(target, str):
        summary += ": right" if target == texts[0] else f"; the target is “{target}”"
    return AnswerPanels(panels, summary, {"text": np.array(texts)})
