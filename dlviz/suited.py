"""Which kinds of samples a network can be fed; no framework is imported here, because the window asks as well."""

from __future__ import annotations

from dlviz_models.data.samples import plural

ALSO_TAKEN = {"numbers": ("picture", "sound"), "sound": ("numbers",)}
"""Kinds of samples that are fed to networks that take those of another kind."""


def misfit(data: str, kind: str, network: str, takes: str) -> str:
    """A sentence that says why a data set does not suit a network; empty where it does.

    Args:
        data, network: how they are called.
        kind: of the samples of the data.
        takes: the kind of sample that the network takes.
    """
    if kind == takes or kind in ALSO_TAKEN.get(takes, ()):
        return ""
    return f"{data} holds {plural(kind)}, and {network} takes {plural(takes)}: choose data of these."
