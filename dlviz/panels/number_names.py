"""What the numbers that a network answers are called."""

from __future__ import annotations

from dlviz.network import Network


def number_names(network: Network, size: int) -> tuple[str, ...]:
    """One name a number: the network's own, or that of the output with a number behind it."""
    if len(network.classes) == size:
        return network.classes
    name = network.answered.name
    return (name,) if size == 1 else tuple(f"{name} {number}" for number in range(size))
