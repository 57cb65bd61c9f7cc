"""Panels of a network's mistakes: a module for each kind of answer, chosen by `tally_of`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dlviz.network import Network
from dlviz.panels.mistakes.tally import Report, Tally
from dlviz.targets import unlabelled
from dlviz_models.data.samples import Samples

__all__ = ["Report", "Tally", "tally_of"]


def tally_of(network: Network, data: Samples) -> Tally:
    """The tally for the kind of answer of a network; UserError if the data has no suitable targets."""
    if network.chosen_output.kind != "picture" and data.targets is None and data.sample(0).synthetic:
        raise unlabelled(network, data)
    kind = "labels" if network.chosen_output.labels else network.chosen_output.kind
    module: Any = import_module(f"dlviz.panels.mistakes.{kind}")
    tally: Tally = module.Count(network, data)
    return tally
