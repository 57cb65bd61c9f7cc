"""What is selected, as a value, and the jobs that follow from it. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dlviz.applies import obstacle, obstacle_of_layer
from dlviz.jobs import Description, LayerInfo, Request, Show, source_in
from dlviz.options import Value
from dlviz.views import views

MAIN, UNIT, PREDICTIONS = "main", "unit", "predictions"
"""The panes of the window that show a view of their own; the last two are also its names."""


def offered() -> tuple[str, ...]:
    """The views of the view pane, in order of its tabs."""
    chosen = [view for view in views().values() if view.needs]
    return tuple(view.name for view in sorted(chosen, key=lambda view: (view.order, view.name)))


def takes(view: str) -> frozenset[str]:
    """What a view looks at: what it needs, what it also shows, and the selected unit."""
    chosen = views()[view]
    return chosen.needs | chosen.optional | ({"unit"} if chosen.one_unit else set())


def shows_network_alone(view: str) -> bool:
    """Whether a view looks at nothing but the network, so that no sample has to pass through it first."""
    return {"network"} <= views()[view].needs <= {"network", "layer"}


def suits(view: str, network: Description) -> bool:
    """Whether a network can be looked at in this way."""
    return not obstacle(views()[view], network)


@dataclass(frozen=True, eq=False)
class Selection:
    """A network, one of its layers and units, a picture, and the view of them in the view pane."""

    model: str
    data: str
    layer: str
    unit: int = 0
    units: tuple[int, ...] = ()
    """Those that the view pane shows; none: all."""
    input: str | np.ndarray | tuple[str, ...] = ""
    """An INPUT of the command line, one for each of several inputs, or pixels, uint8 (height, width, channel)."""
    view: str = "activations"
    page: int = 0
    """Which page of a contact sheet the view pane shows."""
    settings: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """View to option to value, where it is not the default."""
    output: str = ""
    """Of a network of several outputs the one that is looked at; empty: the first."""
    preprocess: str = "auto"
    """How pixels become the input, as `--preprocess` says it."""
    limit: int = 0
    """How many samples of the data are looked at; 0: all."""
    balanced: bool = False
    """Whether these are as many of each class, not the first ones."""
    fit: str = ""
    """How pictures of another size become the input; empty: as the network's card says."""
    like_data: bool = False
    """Whether drawings get the ground, strokes, size and place of those in the data."""
    other: str = ""
    """A second network, which the view pane shows beside the first."""
    epoch: int = 0
    """Of a training whose epochs were kept, the one that is looked at; 0: the last."""
    changes: tuple[str, ...] = ()
    """What is done to the network, each as `dlviz.model.changes` reads it."""
    trust: tuple[str, ...] = ()
    """Custom classes that the user trusts in this network, "module:Class" each."""

    @property
    def number(self) -> int | None:
        """The input's number in the data, None where it comes from elsewhere."""
        source, _, number = self.input.rpartition(":") if isinstance(self.input, str) else ("", "", "")
        return int(number) if source == self.data and number.isdigit() else None

    def request(self, pane: str) -> Request:
        """What a pane shows; nothing in it that the view does not look at."""
        view = self.view if pane == MAIN else pane
        needed, chosen = takes(view), views()[view]
        return Request(
            view=view,
            model=self.model,
            layer=self.layer if "layer" in needed else "",
            units=(self.unit,) if chosen.one_unit else self.units if chosen.chosen_units else (),
            inputs=_given(self.input) if "sample" in needed else (),
            data=self.data if "data" in needed else "",
            limit=self.limit if "data" in needed else 0,
            balanced=self.balanced and "data" in needed,
            output=self.output,
            preprocess=self.preprocess,
            fit=self.fit,
            like_data=self.like_data and "sample" in needed,
            other=self.other if pane == MAIN else "",
            epoch=self.epoch,
            changes=self.changes,
            settings={**self.settings.get(view, {}), **({} if pane == MAIN else chosen.settings_beside)},
            trust=self.trust,
        )

    def show(self, pane: str) -> Show:
        """The job that fills a pane."""
        return Show(self.request(pane))


def _given(given: str | np.ndarray | tuple[str, ...]) -> tuple[str | np.ndarray, ...]:
    return given if isinstance(given, tuple) else (given,)


def asked_for(request: Request, before: Selection) -> Selection:
    """What a request asks to be looked at; what it leaves open is as before."""
    inputs = request.inputs
    same = ("output", "preprocess", "limit", "balanced", "fit", "like_data", "other", "epoch", "changes")
    return replace(
        before,
        data=request.data or source_in(inputs) or before.data,
        layer=request.layer or before.layer,
        unit=request.units[0] if views()[request.view].one_unit and request.units else before.unit,
        units=request.units if views()[request.view].chosen_units else (),
        input=before.input if not inputs else inputs[0] if len(inputs) == 1 else inputs,  # type: ignore[arg-type]
        view=request.view,
        page=0,
        settings={**before.settings, request.view: dict(request.settings)},
        **{name: getattr(request, name) for name in same},
    )


def step_layer(network: Description, layer: str, by: int) -> str:
    """The layer `by` layers further on, among those that have something to show; the ends stay."""
    names = [item.name for item in network.layers if item.units or item.name == layer]
    return names[min(max(names.index(layer) + by, 0), len(names) - 1)]


def has_layer(network: Description, name: str) -> bool:
    """Whether a layer is called `name`."""
    return any(item.name == name for item in network.layers)


def layer_of(network: Description, name: str) -> LayerInfo:
    """The layer called `name`."""
    return next(item for item in network.layers if item.name == name)


def layer_for(network: Description, view: str, layer: str) -> str:
    """`layer`, or the first one that a view can show where it has nothing to show of that."""
    tried = [layer_of(network, layer), layer_of(network, network.first_layer), *network.layers]
    return next((item.name for item in tried if not obstacle_of_layer(views()[view], network, item)), layer)


def targets(network: Description) -> tuple[str, ...]:
    """What an input can be made to be taken for."""
    if not network.outputs or network.answer.kind != "classes":
        return ("any", "up", "down")
    return ("any", "second", *network.classes)


def completed(selection: Selection, network: Description) -> Selection:
    """The selection with the data, layer, input and view of a network where it names none that this one has."""
    data, is_open = selection.data or network.data, isinstance(selection.input, str) and not selection.input
    whole = replace(
        selection,
        data=data,
        layer=selection.layer if has_layer(network, selection.layer) else network.first_layer,
        input=f"{data}:0" if is_open else selection.input,
        view=selection.view if suits(selection.view, network) else "architecture",
    )
    return with_layer_for_view(whole, network)


def replaced(selection: Selection, network: Description) -> list[str]:
    """What a network has not of a selection, and what `completed` puts in its place: sentences on layer and view."""
    said = []
    if selection.layer and not has_layer(network, selection.layer):
        said.append(f"{network.name} has no layer {selection.layer}: {network.first_layer} is shown instead.")
    if why := obstacle(views()[selection.view], network):
        said.append(f"{why.rstrip('.')}: its architecture is shown instead.")
    return said


def with_layer_for_view(selection: Selection, network: Description) -> Selection:
    """The selection, with the first layer that its view can show where it can show nothing of the chosen one."""
    layer = layer_for(network, selection.view, selection.layer)
    return selection if layer == selection.layer else replace(selection, layer=layer, unit=0, units=())
