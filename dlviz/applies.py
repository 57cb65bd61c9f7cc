"""Whether a view applies to a network, a layer or a data set; if not, one sentence that says why.

No framework is imported here, because the window uses it as well.
"""

from __future__ import annotations

from dlviz.grammar import article, enumerated, one_of
from dlviz.jobs import Description, LayerInfo
from dlviz.options import Option
from dlviz.view import View
from dlviz_models.data.samples import plural

ANSWERS = {
    "classes": "classes",
    "numbers": "numbers",
    "picture": "a picture",
    "pixels": "a class for each pixel",
    "text": "a text",
    "steps": "a class for each step",
    "nodes": "a class for each node",
}
_AXES = {0: "one number", 1: "a sequence", 2: "a map", 3: "a volume"}
"""The output of each unit of a layer, by the number of axes besides the units'."""
ALSO_TAKEN = {"numbers": ("picture", "sound"), "sound": ("numbers",)}
"""Other kinds of samples that a network accepts, by the kind that it takes."""

_TRAITS = {"recurrent": ("recurrent layer", "has no state"), "attends": ("attention layer", "computes no attention")}
"""For each layer trait: what a network without it lacks, and the predicate for a layer without it."""


def obstacle(view: type[View], network: Description) -> str:
    """Why a view does not apply to a network; empty if it does."""
    if not view.needs:
        return ""
    kind, answer = network.sample_kind, network.answer
    if kind not in view.samples:
        shown = enumerated([plural(k) for k in sorted(view.samples)], "or")
        return f"{network.name} takes {plural(kind)}, and {view.name} is for networks that take {shown}."
    if answer.kind not in view.answers:
        shown = enumerated([ANSWERS[a] for a in sorted(view.answers)], "or")
        return f"{network.name} outputs {ANSWERS[answer.kind]}, and {view.name} is for networks that output {shown}."
    if view.single_label and answer.labels:
        return f"{network.name} gives several labels at once, and {view.name} is for networks that choose one class."
    if view.layer_trait and not any(getattr(layer, view.layer_trait) for layer in network.layers):
        lacking, _ = _TRAITS[view.layer_trait]
        return f"{network.name} has no {lacking}, which {view.name} needs."
    return view.obstacle(network)


def obstacles(network: Description) -> dict[str, str]:
    """Why each view, by name, does not apply to a network; empty if it does."""
    from dlviz.views import views

    return {view.name: obstacle(view, network) for view in views().values() if view.needs}


def obstacle_of_layer(view: type[View], network: Description, layer: LayerInfo) -> str:
    """Why a view does not apply to a layer; empty if it does."""
    if "layer" not in view.needs:
        return ""
    if view.units and not layer.units:
        suited = next((la.name for la in network.layers if la.units and not obstacle_of_layer(view, network, la)), "")
        instead = f": choose another, such as {suited}" if suited else ""
        return f"Layer {layer.name} of {network.name} has no units to look at{instead}."
    if view.units and len(layer.axes) not in view.axes:
        shown = enumerated([_AXES[n] for n in view.axes], "or")
        return (
            f"Layer {layer.name} outputs {_AXES[len(layer.axes)]} per unit, and {view.name} is for layers that output"
            f" {shown} per unit."
        )
    if view.layer_trait and not getattr(layer, view.layer_trait):
        _, wrong = _TRAITS[view.layer_trait]
        others = one_of([la.name for la in network.layers if getattr(la, view.layer_trait)][:8])
        return f"Layer {layer.name[:60]} is {article(layer.kind)}, which {wrong}: choose {others}."
    return view.layer_obstacle(network, layer)


def counts_for(option: Option, network: Description, layer: LayerInfo) -> bool:
    """Whether an option has an effect for a layer of a network."""
    answer = network.answer.kind if network.outputs else ""
    pairs = ((option.answers, answer), (option.samples, network.sample_kind), (option.layers, layer.kind))
    return all(not kinds or kind in kinds for kinds, kind in pairs)


def data_obstacle(data: str, kind: str, network: str, takes: str) -> str:
    """Why a data set does not suit a network; empty if it does.

    Args:
        data, network: their names.
        kind: of the samples of the data.
        takes: the kind of sample that the network takes.
    """
    if kind == takes or kind in ALSO_TAKEN.get(takes, ()):
        return ""
    wanted = "an .npz file with an array for each of them" if takes == "several" else "data of these"
    return f"{data} holds {plural(kind)}, and {network} takes {plural(takes)}: choose {wanted}."
