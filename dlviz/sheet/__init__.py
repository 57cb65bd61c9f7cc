"""What a view yields: a sheet of panels. Plain numpy inside, drawn once per medium by `dlviz.draw` and the window.

Images are channels last, (height, width, channel) with 1 or 3 channels. Boxes are (top, left, bottom, right) in
pixels, bottom and right exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dlviz.sheet.arrays import ArrayBox, Arrays
from dlviz.sheet.charts import Bars, Curves, Matrix, Scatter, on_one_scale
from dlviz.sheet.diagram import Diagram, Node
from dlviz.sheet.images import Image, Place, Scale, Tiles
from dlviz.sheet.panel import By, Flow, Panel, Role, Selects, SizeHint, retitled
from dlviz.sheet.sequences import Logo, Logos, Passage, Passages
from dlviz.sheet.stems import Stems
from dlviz.sheet.text import Formula, Paragraph
from dlviz.sheet.weight import OneWeight, ShownWeight
from dlviz_models.options import Value

__all__ = [
    "ArrayBox",
    "Arrays",
    "Bars",
    "By",
    "Curves",
    "Diagram",
    "Flow",
    "Formula",
    "Image",
    "Logo",
    "Logos",
    "Matrix",
    "Node",
    "OneWeight",
    "Panel",
    "Paragraph",
    "Passage",
    "Passages",
    "Place",
    "Role",
    "Scale",
    "Scatter",
    "Selects",
    "Sheet",
    "ShownWeight",
    "SizeHint",
    "Stems",
    "Tiles",
    "on_one_scale",
    "retitled",
]


@dataclass(frozen=True)
class Sheet:
    """A picture: a title, one sentence saying what is seen, panels, and the raw arrays behind them."""

    title: str
    summary: str
    panels: tuple[Panel, ...]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    """What `--out FILE.npz` writes."""
    question: str = ""
    """Asked before the answer is shown; `answer` appears on demand."""
    answer: str = ""
    explanation: str = ""
    """Two or three sentences for a student."""
    source: str = ""
    """Where it comes from: a lecture's topic, a paper, a book."""
    note: str = ""
    """Small print: how the network was fed, and the evidence for it."""
    steps: int = 0
    """How many steps there are to play with these options; 0: nothing moves."""
    film: str = ""
    """The film that it is a step of, where each step has a title of its own; empty: the title names the film."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """What options stand at that were left to the view, such as the kernel that a preset has chosen."""
    request: str = ""
    """The line of the shell that makes it again, without --out; empty where there is none, as of a model in memory."""
    caption: str = ""
    """What made it, in words: network, layer, units, input, options, data."""
    spoken: str = ""
    """What a lecturer wants to say about it: the notes of a slide."""

    @property
    def says(self) -> str:
        """The summary, under the name that scripts know it by."""
        return self.summary
