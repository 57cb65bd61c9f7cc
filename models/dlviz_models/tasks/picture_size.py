"""The size that pictures are brought to for a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlviz_models.data.pictures import Pictures
from dlviz_models.data.stack import picture_shapes
from dlviz_models.networks.spec import NetworkSpec

LARGER = 1.25
"""Pictures of one size that are at most so many times as high and wide as the network's own keep theirs."""


@dataclass(frozen=True)
class PictureSize:
    """What pictures become for a network.

    Attributes:
        input_shape: (height, width, channel).
        stretched: whether any picture has another height or width.
        note: a sentence where a size was chosen for the user, or empty.
    """

    input_shape: tuple[int, ...]
    stretched: bool = False
    note: str = ""


def picture_size(spec: NetworkSpec, pictures: Pictures, settings: Mapping[str, Any], name: str) -> PictureSize:
    """Return the size for a network: what `settings` ask for, the pictures' own, or if they are larger, the network's.

    Args:
        name: of the data, for the note.

    Raises:
        UserError: there are no pictures.
    """
    shapes = picture_shapes(pictures)
    sizes = {shape[:2] for shape in shapes}
    if settings.get("input_shape"):
        shape = tuple(settings["input_shape"])
        return PictureSize(shape, sizes != {shape[:2]})
    channels = max(shape[2] for shape in shapes)
    height, width = (int(size or 0) for size in spec.input_shape[:2])
    found = next(iter(sizes))
    if len(sizes) == 1 and found[0] <= LARGER * height and found[1] <= LARGER * width:
        return PictureSize((*found, channels))
    if len(sizes) > 1:
        told = f"The pictures of {name} differ in size and are stretched to"
        advice = f"they can be brought to another size (--set input_shape=HEIGHT,WIDTH,{channels})"
    else:
        told = f"The pictures of {name}, {found[1]}x{found[0]} pixels, are stretched to"
        advice = f"they can keep their size (--set input_shape={found[0]},{found[1]},{channels})"
    note = f"{told} the {width}x{height} of {spec.name}; {advice}."
    return PictureSize((height, width, channels), True, note)
