"""Whether weights fit a network, judged by the shapes of arrays alone, without building it."""

from collections.abc import Mapping
from typing import Any

from dlviz.inspect.refusal import shown


def weights_mismatch(weights: Mapping[str, Any], network: Mapping[str, Any]) -> str | None:
    """Return which array does not fit, as the middle of a sentence about the weights; None where all fit.

    Args:
        weights, network: what `dlviz.inspect.listing` lists of them, by one naming; of a network perhaps not all.
    """
    wanted, found = ({each[3]: each for each in listing["arrays"]} for listing in (network, weights))
    for place, (layer, name, shape, _) in wanted.items():
        where = f"“{shown(name)}” of the layer “{shown(layer)}”, which is {_text(shape)}"
        if place not in found:
            return f"no array for {where}"
        if not _agree(found[place][2], shape):
            return f"an array {_text(found[place][2])} for {where}"
    for place, (layer, _, shape, _) in found.items():
        if place not in wanted and not network.get("partial"):
            return f"an array {_text(shape)} of “{shown(layer)}”, which the network does not have"
    return None


def _agree(found: list[int], wanted: list[int | None]) -> bool:
    return len(found) == len(wanted) and all(size in (None, there) for size, there in zip(wanted, found, strict=True))


def _text(shape: list[int | None]) -> str:
    return " x ".join("?" if size is None else str(size) for size in shape) or "a single number"
