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
"""Names of four sigmoid outputs that are the corners of a box."""
_MASK_WORDS = re.compile(r"mask|segment", re.IGNORECASE)
_REGRESSION = re.compile(r"mse|mae|mape|msle|squared|absolute|huber|log_?cosh|poisson|quantile", re.IGNORECASE)
_CLASSIFICATION = re.compile(r"cross_?entropy|hinge|focal|kl_?divergence|dice|tversky|(^|_)ctc", re.IGNORECASE)
_ONE_OF_SEVERAL = re.compile(r"categorical|kl_?divergence", re.IGNORECASE)
_LABELS = re.compile(r"binary", re.IGNORECASE)
FEW = 5
"""Without other evidence, a linear vector is taken for logits only from this length on."""
COLOURS = (1, 3)
"""The numbers of channels of an output that may be a picture if no picture is fed."""


@dataclass(frozen=True)
class OutputFacts:
    """Everything from which the meaning of an output is inferred.

    Attributes:
        shape: its shape, without the batch axis.
        picture: the input, if the network takes a single picture.
        classes: the number of known class names; 0: none.
        loss: the name of its training loss; empty if unknown.
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
        """The kind that the loss implies: `classes`, `numbers`, or empty."""
        if _CLASSIFICATION.search(self.loss):
            return "classes"
        return "numbers" if _REGRESSION.search(self.loss) else ""

    @property
    def loss_evidence(self) -> str:
        return f"it was trained with the loss {self.loss}"

    def named(self, words: re.Pattern[str]) -> str:
        """The name of the output or its layer if it matches the pattern; else empty."""
        return next((word for word in (self.name, self.layer) if words.search(word)), "")


def outputs_of(
    graph: Graph, inputs: Mapping[str, Input], classes: int = 0, losses: Mapping[str, str] | None = None
) -> dict[str, Output]:
    """Each output of a graph by name, in the model's order.

    Args:
        classes: the number of known class names; 0: none.
        losses: the names of the training losses, as far as known, by the name or number of the output; "" for all.
    """
    losses = losses or {}
    main = next(iter(inputs.values()))
    picture = main if sample_kind(list(inputs.values())) == "picture" else None
    found = {}
    for number, (name, layer) in enumerate(graph.outputs.items()):
        loss = losses.get(name) or losses.get(str(number)) or losses.get("", "")
        shape, scale = tuple(graph.symbol(layer).shape[1:]), scale_of(graph, layer).name
        facts = OutputFacts(name, layer, shape, scale, picture, classes, loss)
        kind, evidence = _by_own_layers(graph, inputs, shape) or _infer_kind(facts)
        found[name] = Output(name, layer, kind, shape, evidence, scale, kind == "classes" and _is_multi_label(facts))
    return found


def _by_own_layers(graph: Graph, inputs: Mapping[str, Input], shape: tuple[int | None, ...]) -> tuple[str, str] | None:
    """The kind and evidence if the project's own layers imply text or tree nodes; else None."""
    texts = [step for step in graph.steps.values() if isinstance(step.layer, Text)]
    if len(texts) == 2 and set(inputs) == {"source", "target"}:
        return "text", "it predicts the next token of a text"
    if any(isinstance(step.layer, Recursive) for step in graph.steps.values()) and len(shape) == 2:
        return "nodes", "it has an output for each node of a tree"
    return None


def _infer_kind(facts: OutputFacts) -> tuple[str, str]:
    """The kind of an output and the evidence for it."""
    if _is_picture(facts):
        return "picture", "it has the shape of the picture that is fed"
    sizes = [n for n in facts.shape if n != 1]
    if all(n == 1 for n in facts.shape[:-1]):
        return _vector(facts, sizes[0] if sizes else 1)
    match len(facts.shape):
        case 3:
            return _map(facts)
        case 2:
            return _rows(facts)
    return "numbers", f"it has the shape {_text(facts.shape)}"


def _is_picture(facts: OutputFacts) -> bool:
    """Whether an output has the shape of the input picture and is not a mask or a distribution."""
    if facts.picture is None or facts.scale == SOFTMAX or facts.named(_MASK_WORDS):
        return False
    if facts.by_loss == "classes" and not _LABELS.match(facts.loss):  # binary cross-entropy also trains autoencoders
        return False
    theirs, ours = facts.picture.shape, facts.shape
    if len(ours) == 3:
        return all(a == b or None in (a, b) for a, b in zip(ours, theirs, strict=True)) and ours[-1] == theirs[-1]
    if None in (*ours, *theirs):
        return False
    return math.prod(ours) == math.prod(theirs) > FEW and (len(ours) == 1 or ours == theirs[:2])  # type: ignore[arg-type]


def _map(facts: OutputFacts) -> tuple[str, str]:
    """The kind of an output (height, width, n): a class per pixel, a picture, or numbers."""
    height, width, channels = facts.shape
    at_places = f"it outputs {channels} numbers at each of {size_of((height, width))} positions"
    if facts.by_loss == "classes":
        return "pixels", facts.loss_evidence
    if facts.scale == SOFTMAX:
        return "pixels", f"{at_places}, a distribution"
    if channels in COLOURS and (facts.by_loss == "numbers" or (facts.picture is None and facts.scale != LINEAR)):
        return (
            "picture",
            facts.loss_evidence if facts.by_loss else f"it has the shape {_text(facts.shape)} of a picture",
        )
    if facts.by_loss == "numbers":
        return "numbers", facts.loss_evidence
    as_large = facts.picture is not None and (height, width) == facts.picture.shape[:2]
    if facts.scale == SIGMOID and (as_large or facts.named(_MASK_WORDS)):
        return "pixels", f"{at_places}, each between 0 and 1"
    if facts.scale == LINEAR and (as_large or facts.named(_MASK_WORDS)) and (channels or 0) > 1:
        return "pixels", f"{at_places}, taken to be logits"
    return "numbers", at_places


def _rows(facts: OutputFacts) -> tuple[str, str]:
    """The kind of an output (steps, n): a class per step, or numbers."""
    features = facts.shape[1]
    if facts.by_loss == "numbers":
        return "numbers", facts.loss_evidence
    if facts.by_loss == "classes":
        return "steps", facts.loss_evidence
    if facts.scale == SOFTMAX:
        return "steps", "it outputs a distribution at each step"
    if facts.scale == SIGMOID and features == 1:
        return "steps", "it outputs a probability at each step"
    return "numbers", f"it outputs {features} numbers at each step"


def _vector(facts: OutputFacts, size: int | None) -> tuple[str, str]:
    """The kind of an output (n,): a class or numbers."""
    size = size or 0
    if facts.by_loss == "numbers" and facts.scale != SOFTMAX:
        return "numbers", facts.loss_evidence
    if facts.by_loss == "classes":
        return "classes", facts.loss_evidence
    if facts.scale == SIGMOID and size == 4 and (box := facts.named(_BOX_WORDS)):
        return "numbers", f"it is called {box}"
    if (facts.scale == SOFTMAX and size != 1) or facts.scale == SIGMOID:
        return "classes", f"its last activation is {facts.scale}"
    if facts.scale == UNIT_LENGTH:
        return "numbers", "its last step scales it to unit length, like an embedding"
    if facts.scale != LINEAR:
        return "numbers", f"its last activation is {facts.scale}"
    if facts.classes and facts.classes == size:
        return "classes", f"{facts.classes} class names are known"
    if number := facts.named(_NUMBER_WORDS):
        return "numbers", f"it is called {number}"
    if size > 1 and (word := facts.named(_CLASS_WORDS)):
        return "classes", f"it is called {word}"
    if size >= FEW:
        return "classes", f"its {size} linear outputs are taken to be logits"
    return "numbers", "its last layer is linear"


def _is_multi_label(facts: OutputFacts) -> bool:
    """Whether a classifier is multi-label: each class has an independent probability."""
    if math.prod(n or 0 for n in facts.shape) <= 1 or _ONE_OF_SEVERAL.search(facts.loss):
        return False
    return facts.scale == SIGMOID or (facts.scale == LINEAR and bool(_LABELS.search(facts.loss)))


def _text(shape: tuple[int | None, ...]) -> str:
    return " × ".join("?" if n is None else str(n) for n in shape)
