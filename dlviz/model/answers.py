"""The kind of each output of a network: a class, numbers, a picture, a class for each pixel, step or node, a text.

Inferred from the training loss where the file names it, else from the last layers, the shape and the name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dlviz.grammar import size_of
from dlviz.jobs import Input, Output, sample_kind
from dlviz.model.graph import Graph
from dlviz.model.scales import LINEAR, SIGMOID, SOFTMAX, UNIT_LENGTH, scale_of
from dlviz_models.layers.text import Text
from dlviz_models.layers.trees import Recursive

_CLASS_WORDS = re.compile(r"logit|class|predictions?$|label|categor|^fc\d*$|head|species|digit", re.IGNORECASE)
_NUMBER_WORDS = re.compile(
    r"regress|box|bbox|coord|landmark|angle|age|price|value|score|offset|depth|pose|height|width|_xy|(^|_)mu$|q_?values?"
    r"|embedding|feature|latent|code|z_mean|z_log_var",
    re.IGNORECASE,
)
_BOX_WORDS = re.compile(r"box|coord|rect(?!if)|(^|_)roi", re.IGNORECASE)
"""Four shares of such a name are a place in the picture."""
_MASK_WORDS = re.compile(r"mask|segment", re.IGNORECASE)
_REGRESSION = re.compile(r"mse|mae|mape|msle|squared|absolute|huber|log_?cosh|poisson|quantile", re.IGNORECASE)
_CLASSIFICATION = re.compile(r"cross_?entropy|hinge|focal|kl_?divergence|dice|tversky|(^|_)ctc", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(r"categorical|kl_?divergence", re.IGNORECASE)
_LABELS = re.compile(r"binary", re.IGNORECASE)
FEW = 5
"""Of fewer linear numbers than this, nothing else being known, none is taken for the logit of a class."""
COLOURS = (1, 3)
"""How many channels an output may have to count as a picture where none is fed."""


@dataclass(frozen=True)
class Known:
    """Everything that shows what an output means.

    Attributes:
        shape: of the output, without the batch axis.
        picture: the input, where one picture is all that is fed.
        classes: how many class names are known; 0: none.
        loss: the name of the loss that it was trained with; empty where that is not known.
    """

    name: str
    layer: str
    shape: tuple[int | None, ...]
    scale: str
    picture: Input | None
    classes: int
    loss: str

    @property
    def by_loss(self) -> str:
        """What the loss makes of it: `classes`, `numbers`, or nothing."""
        if _CLASSIFICATION.search(self.loss):
            return "classes"
        return "numbers" if _REGRESSION.search(self.loss) else ""

    @property
    def loss_evidence(self) -> str:
        return f"it was trained with the loss {self.loss}"

    def named(self, words: re.Pattern[str]) -> str:
        """The name of the output or its layer that has one of the words in it, or nothing."""
        return next((word for word in (self.name, self.layer) if words.search(word)), "")


def outputs_of(
    graph: Graph, inputs: Mapping[str, Input], classes: int = 0, losses: Mapping[str, str] | None = None
) -> dict[str, Output]:
    """Each output of a graph by name, in the model's order.

    Args:
        classes: how many class names are known; 0: none.
        losses: the names of the losses that outputs were trained with, as far as they are known, by the output's name
            or number; "" stands for all.
    """
    losses = losses or {}
    main = next(iter(inputs.values()))
    picture = main if sample_kind(list(inputs.values())) == "picture" else None
    found = {}
    for number, (name, layer) in enumerate(graph.outputs.items()):
        loss = losses.get(name) or losses.get(str(number)) or losses.get("", "")
        shape, scale = tuple(graph.symbol(layer).shape[1:]), scale_of(graph, layer).name
        known = Known(name, layer, shape, scale, picture, classes, loss)
        kind, evidence = _of_layers(graph, inputs, shape) or _evidence(known)
        found[name] = Output(name, layer, kind, shape, evidence, scale, kind == "classes" and _are_labels(known))
    return found


def _of_layers(graph: Graph, inputs: Mapping[str, Input], shape: tuple[int | None, ...]) -> tuple[str, str] | None:
    """Whether it writes text or has an output for each node of a tree, judged by this project's own layers."""
    texts = [step for step in graph.steps.values() if isinstance(step.layer, Text)]
    if len(texts) == 2 and set(inputs) == {"source", "target"}:
        return "text", "it predicts the next token of a text"
    if any(isinstance(step.layer, Recursive) for step in graph.steps.values()) and len(shape) == 2:
        return "nodes", "it has an output for each node of a tree"
    return None


def _evidence(known: Known) -> tuple[str, str]:
    """The kind of an output, and the evidence for it."""
    if _is_picture(known):
        return "picture", "it has the shape of the picture that is fed"
    sizes = [n for n in known.shape if n != 1]
    if all(n == 1 for n in known.shape[:-1]):
        return _vector(known, sizes[0] if sizes else 1)
    match len(known.shape):
        case 3:
            return _map(known)
        case 2:
            return _rows(known)
    return "numbers", f"it has the shape {_text(known.shape)}"


def _is_picture(known: Known) -> bool:
    """Whether a network outputs a picture of the shape that it is fed."""
    if known.picture is None or known.scale == SOFTMAX or known.named(_MASK_WORDS):
        return False
    if known.by_loss == "classes" and not _LABELS.match(known.loss):  # shares of a grey picture are learnt by it
        return False
    theirs, ours = known.picture.shape, known.shape
    if len(ours) == 3:
        return all(a == b or None in (a, b) for a, b in zip(ours, theirs, strict=True)) and ours[-1] == theirs[-1]
    if None in (*ours, *theirs):
        return False
    return math.prod(ours) == math.prod(theirs) > FEW and (len(ours) == 1 or ours == theirs[:2])  # type: ignore[arg-type]


def _map(known: Known) -> tuple[str, str]:
    """The kind of an output (height, width, n): a class per pixel, a picture, or numbers."""
    height, width, channels = known.shape
    at_places = f"it outputs {channels} numbers at each of {size_of((height, width))} positions"
    if known.by_loss == "classes":
        return "pixels", known.loss_evidence
    if known.scale == SOFTMAX:
        return "pixels", f"{at_places}, a distribution"
    if channels in COLOURS and (known.by_loss == "numbers" or (known.picture is None and known.scale != LINEAR)):
        return (
            "picture",
            known.loss_evidence if known.by_loss else f"it has the shape {_text(known.shape)} of a picture",
        )
    if known.by_loss == "numbers":
        return "numbers", known.loss_evidence
    as_large = known.picture is not None and (height, width) == known.picture.shape[:2]
    if known.scale == SIGMOID and (as_large or known.named(_MASK_WORDS)):
        return "pixels", f"{at_places}, each between 0 and 1"
    if known.scale == LINEAR and (as_large or known.named(_MASK_WORDS)) and (channels or 0) > 1:
        return "pixels", f"{at_places}, taken to be logits"
    return "numbers", at_places


def _rows(known: Known) -> tuple[str, str]:
    """The kind of an output (steps, n): a class per step, or numbers."""
    features = known.shape[1]
    if known.by_loss == "numbers":
        return "numbers", known.loss_evidence
    if known.by_loss == "classes":
        return "steps", known.loss_evidence
    if known.scale == SOFTMAX:
        return "steps", "it outputs a distribution at each step"
    if known.scale == SIGMOID and features == 1:
        return "steps", "it outputs a probability at each step"
    return "numbers", f"it outputs {features} numbers at each step"


def _vector(known: Known, size: int | None) -> tuple[str, str]:
    """Of one row of numbers: a class, or numbers."""
    size = size or 0
    if known.by_loss == "numbers" and known.scale != SOFTMAX:
        return "numbers", known.loss_evidence
    if known.by_loss == "classes":
        return "classes", known.loss_evidence
    if known.scale == SIGMOID and size == 4 and (box := known.named(_BOX_WORDS)):
        return "numbers", f"it is called {box}"
    if (known.scale == SOFTMAX and size != 1) or known.scale == SIGMOID:
        return "classes", f"its last activation is {known.scale}"
    if known.scale == UNIT_LENGTH:
        return "numbers", "its last step scales it to unit length, like an embedding"
    if known.scale != LINEAR:
        return "numbers", f"its last activation is {known.scale}"
    if known.classes and known.classes == size:
        return "classes", f"{known.classes} class names are known"
    if number := known.named(_NUMBER_WORDS):
        return "numbers", f"it is called {number}"
    if size > 1 and (word := known.named(_CLASS_WORDS)):
        return "classes", f"it is called {word}"
    if size >= FEW:
        return "classes", f"its {size} linear outputs are taken to be logits"
    return "numbers", "its last layer is linear"


def _are_labels(known: Known) -> bool:
    """Whether several classes can be right at once: each has a share of its own."""
    if math.prod(n or 0 for n in known.shape) <= 1 or _ONE_OF_SEVERAL.search(known.loss):
        return False
    return known.scale == SIGMOID or (known.scale == LINEAR and bool(_LABELS.search(known.loss)))


def _text(shape: tuple[int | None, ...]) -> str:
    return " × ".join("?" if n is None else str(n) for n in shape)
