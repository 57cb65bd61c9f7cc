"""A trained network's card: what it was trained on, how well it does, how its input is scaled.

The card stands in the `.keras` file itself, under the key "dlviz" of its `metadata.json`, which Keras writes and never
reads; so it cannot be lost beside the file, and Keras opens the file as before.
"""

import json
import math
import os
import zipfile
import zlib
from dataclasses import asdict, dataclass, fields
from typing import Any

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path

PREPROCESS = ("none", "unit", "tf", "torch", "caffe")
FITS = ("cover", "stretch", "contain")
MEMBER = "metadata.json"
KEY = "dlviz"
MAX_BYTES = 1024**2
MAX_TEXT = 2_000
MAX_CLASSES = 22_000


@dataclass(frozen=True)
class Card:
    """What a person needs to know of a trained network.

    Attributes:
        name: the network's name.
        data: what it was trained on.
        accuracy: share of right answers on pictures it was not trained on, 0..1, or None if it was not measured.
        measured_on: which pictures these were.
        preprocess: what to do to pixels 0..255 before the network: one of `PREPROCESS`, in Keras's terms.
        fit: how pictures of another size become the input, one of `FITS`, or empty.
        class_names: one name an output, or empty.
        licence: of the weights.
        command: the line that made the file.
        source: where the weights come from.
        turned: what was turned by hand while it was trained, each with its step and epoch; or empty.
        learning_rate: of the epoch that left the weights, where each epoch of a training was kept; or None.
    """

    name: str = ""
    data: str = ""
    accuracy: float | None = None
    measured_on: str = ""
    preprocess: str = "none"
    fit: str = ""
    class_names: tuple[str, ...] = ()
    licence: str = ""
    command: str = ""
    source: str = ""
    turned: str = ""
    learning_rate: float | None = None

    @classmethod
    def from_json(cls, values: object) -> "Card | None":
        """Return the card that parsed JSON holds; what has the wrong type or is out of range is left out."""
        if not isinstance(values, dict):
            return None
        texts = {
            field.name: value
            for field in fields(cls)
            if field.type is str and isinstance(value := values.get(field.name), str) and len(value) <= MAX_TEXT
        }
        if texts.get("preprocess") not in PREPROCESS:
            texts["preprocess"] = "none"
        if texts.get("fit") not in FITS:
            texts["fit"] = ""
        accuracy, rate = (_number(values.get(name)) for name in ("accuracy", "learning_rate"))
        accuracy = accuracy if accuracy is not None and accuracy <= 1 else None
        names = _texts(values.get("class_names"))
        return cls(accuracy=accuracy, class_names=names, learning_rate=rate, **texts)


def write_card(path: str | os.PathLike[str], card: Card) -> None:
    """Put the card into the `.keras` file at `path`, replacing the one it has; the file is rewritten atomically.

    Raises:
        UserError: the file is not a `.keras` file or cannot be written.
    """
    try:
        with atomic_path(path) as out, zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
            metadata = json.loads(old.read(MEMBER))
            for member in old.infolist():
                content = old.read(member)
                if member.filename == MEMBER:
                    content = json.dumps({**metadata, KEY: asdict(card)}).encode()
                new.writestr(member, content)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UserError(f"{path} is not a .keras file and cannot hold a card; save the network as .keras.") from error


def read_card(path: str | os.PathLike[str]) -> Card | None:
    """Return the card of a `.keras` file, or None if it has none, is not such a file, or its metadata is junk."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MEMBER) as member:
            content = member.read(MAX_BYTES + 1)
        metadata = json.loads(content) if len(content) <= MAX_BYTES else None
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, RecursionError, NotImplementedError):
        return None
    except RuntimeError:  # an encrypted member
        return None
    return Card.from_json(metadata.get(KEY)) if isinstance(metadata, dict) else None


def _number(value: Any) -> float | None:
    """The value if it is a finite number from 0 on."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 <= value < math.inf else None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_CLASSES:
        return ()
    return tuple(value) if all(isinstance(text, str) and len(text) <= MAX_TEXT for text in value) else ()
