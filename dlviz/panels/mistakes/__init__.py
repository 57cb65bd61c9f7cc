"""What a network gets wrong, as panels: a module for each kind of answer, chosen by `tally_of`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dlviz.network import Network
from dlviz.panels.mistakes.tally import Found, Tally
from dlviz.targets import unlabelled
from dlviz_models.data.samples import Samples

__all__ = ["Found", "Tally", "tally_of"]


def tally_of(network: Network, data: Samples) -> Tally:
    """The count of mistakes for the kind of answer of a network.

    Raises:
        UserError: the data does not say what is right.
    """
    if network.answered.kind != "picture" and data.targets is None and data.sample(0).synthetic:
        raise unlabelled(network, data)
    kind = "labels" if network.answered.labels else network.answered.kind
    module: Any = import_module(f"dlviz.panels.mistakes.{kind}")
    tally: Tally = module.Count(network, data)
    return tally
