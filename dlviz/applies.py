"""Whether a view applies to a network, a layer or a data set, and if not, why: one sentence, the same everywhere.

No framework is imported here, because the window asks as well.
"""

from __future__ import annotations

from dlviz.jobs import Description, LayerInfo
from dlviz.view import View
from dlviz_models.data.samples import plural

_ANSWERS = {
    "classes": "classes",
    "numbers": "numbers",
    "picture": "a picture",
    "pixels": "a class for each pixel",
    "text": "a text",
    "steps": "a class for each step",
    "nodes": "a class for each node",
}
_AXES = {0: "single numbers", 1: "a row of numbers a unit", 2: "a map a unit", 3: "a stack of maps a unit"}
ALSO_TAKEN = {"numbers": ("picture", "sound"), "sound": ("numbers",)}
"""Kinds of samples that are fed to networks that take those of another kind."""


def obstacle(view: type[View], network: Description) -> str:
    """Why a view has nothing to show of a network; empty where it has."""
    if not view.needs:
        return ""
    kind, answer = network.sample_kind, network.answer
    if kind not in view.samples:
        shown = " or ".join(plural(k) for k in sorted(view.samples))
        return f"{network.name} takes {plural(kind)}, and {view.name} is for networks that take {shown}."
    if answer.kind not in view.answers:
        shown = " or ".join(_ANSWERS[a] for a in sorted(view.answers))
        return f"{network.name} answers with {_ANSWERS[answer.kind]}, and {view.name} is for answers of {shown}."
    return view.obstacle(network)


def obstacles(network: Description) -> dict[str, str]:
    """Each view of networks, by name, and why it has nothing to show of this one; empty where it has."""
    from dlviz.views import views

    return {view.name: obstacle(view, network) for view in views().values() if view.needs}


def obstacle_of_layer(view: type[View], network: Description, layer: LayerInfo) -> str:
    """Why a view has nothing to show of a layer; empty where it has."""
    if "layer" not in view.needs:
        return ""
    if view.units and not layer.units:
        suited = next((la.name for la in network.layers if la.units and not obstacle_of_layer(view, network, la)), "")
        instead = f": choose another, such as {suited}" if suited else ""
        return f"Layer {layer.name} of {network.name} has no units to look at{instead}."
    if view.units and len(layer.axes) not in view.axes:
        shown = " or ".join(_AXES[n] for n in view.axes)
        return f"Layer {layer.name} answers with {_AXES[len(layer.axes)]}, and {view.name} is for layers of {shown}."
    return view.layer_obstacle(network, layer)


def data_obstacle(data: str, kind: str, network: str, takes: str) -> str:
    """Why a data set does not suit a network; empty where it does.

    Args:
        data, network: their names.
        kind: of the samples of the data.
        takes: the kind of sample that the network takes.
    """
    if kind == takes or kind in ALSO_TAKEN.get(takes, ()):
        return ""
    return f"{data} holds {plural(kind)}, and {network} takes {plural(takes)}: choose data of these."
