"""The trained networks that come with dlviz."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from dlviz_models.cards import Card, read_card
from dlviz_models.errors import UserError

KINDS = {
    **dict.fromkeys(("lenet5", "squeezenet", "alexnet32", "autoencoder", "dbn"), "picture"),
    **dict.fromkeys(("sums", "dates", "motifs"), "text"),
    "tones": "sound",
    "tree_lstm": "tree",
}
"""The kind of sample that each shipped network takes."""
NAMES = tuple(KINDS)


@dataclass(frozen=True)
class ZooEntry:
    """A shipped network: its file, its card, and the names of its outputs."""

    name: str
    path: Path
    card: Card
    classes: tuple[str, ...]


@cache
def shipped(name: str) -> ZooEntry | None:
    """Return the shipped network of that name; None if there is none. Keras is not imported.

    Raises:
        UserError: its file is missing or damaged.
    """
    if name not in NAMES:
        return None
    path = Path(str(files("dlviz_models") / "trained" / f"{name}.keras"))
    card = read_card(path)
    if card is None:
        raise UserError(f"The shipped network {name} is missing or damaged at {path}; install dlviz-toolkit again.")
    return ZooEntry(name, path, card, card.class_names)


def zoo() -> dict[str, ZooEntry]:
    """Return the shipped networks by name; Keras is not imported.

    Raises:
        UserError: a file is missing or damaged.
    """
    return {name: entry for name in NAMES if (entry := shipped(name))}
