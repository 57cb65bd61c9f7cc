"""The only way in for files: a separate process inspects them before any framework sees them.

That process decides by content, checks against allow-lists and limits, and hands over a clean configuration and plain
arrays; networks are built from these, never from the file.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from dlviz.inspect.fit import weights_mismatch
from dlviz.inspect.process import looked_into
from dlviz_models.cards import Card
from dlviz_models.data.samples import Sound
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    import keras

TIMEOUT = 30.0
NETWORK_TIMEOUT = 120.0
NETWORKS = ("keras", "h5", "savedmodel")
PARTS = ("weights", "configuration")
EPOCHS = "epochs"
"""The kind of a folder with a network for each epoch of a training."""

__all__ = [
    "Inspected", "Opened", "check_fit", "inspect_file", "load_arrays", "load_image", "load_network", "load_parts",
    "load_sound",
    "load_weights", "open_network",
]  # fmt: skip


@dataclass(frozen=True)
class Inspected:
    """What a file is.

    Attributes:
        kind: "keras", "h5" (a network saved in HDF5), "savedmodel" (a folder of Keras 2), "weights", "configuration"
            (of a network, without weights), "epochs" (a folder of networks, one an epoch), "image", "npz", "npy",
            "idx", "pictures" or "sounds" (a folder of them), "sound", "table", "texts", "pairs" (of texts), "trees",
            "lecture", or "document" (a page, drawing, PDF or slides of dlviz's own).
        summary: one sentence.
        facts: the same for programs, as JSON can hold it.
    """

    kind: str
    summary: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def requests(self) -> tuple[str, ...]:
        """The lines of the shell that made it, where dlviz has written it."""
        return tuple(self.facts.get("requests", ()))

    @property
    def holds(self) -> Literal["network", "picture", "data", "document"]:
        """What it is to somebody who opens it: a part of a network counts as one, which is then refused for it, and
        whatever is one sample counts as a picture."""
        if self.kind in (*NETWORKS, *PARTS, EPOCHS):
            return "network"
        if self.kind in ("document", "lecture"):
            return "document"
        return "picture" if self.kind in ("image", "sound") else "data"


def inspect_file(path: str | os.PathLike[str], *, trust: Sequence[str] = (), timeout: float = TIMEOUT) -> Inspected:
    """Say what the file or folder is, having checked all of it.

    Args:
        trust: custom classes and functions that a network may name, "module:Class" each; none is imported here.
        timeout: seconds.

    Raises:
        UserError: missing, broken, hostile, or of a kind that dlviz does not open.
    """
    with looked_into(path, timeout, trust) as (report, _):
        return Inspected(report["kind"], report["says"], report["facts"])


class Opened(NamedTuple):
    """A network that was in a file.

    Attributes:
        model: not compiled.
        card: None where the file has none.
        losses: the names of Keras's losses that it was trained with, by output; see `dlviz.inspect.losses`.
        classes: one name an output, from a file beside the network's, or empty.
        notes: sentences that belong with it, such as what an older version of Keras meant otherwise.
    """

    model: "keras.Model"
    card: Card | None
    losses: dict[str, str]
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_network(
    path: str | os.PathLike[str], *, trust: Sequence[str] = (), timeout: float = NETWORK_TIMEOUT
) -> tuple["keras.Model", Card | None]:
    """Return model and card of `open_network`."""
    return open_network(path, trust=trust, timeout=timeout)[:2]


def open_network(
    path: str | os.PathLike[str], *, trust: Sequence[str] = (), timeout: float = NETWORK_TIMEOUT
) -> Opened:
    """Return the network in a `.keras` or `.h5` file or a SavedModel folder of Keras 2 (imports Keras).

    Names of classes beside the file count where its card has none and there are as many as the network has outputs.

    Args:
        trust: custom classes and functions to import for this one network where it names them, "module:Class" each.
        timeout: seconds, for looking into the file.

    Raises:
        UserError: as `inspect_file`; or it holds no network, or its parts do not fit together.
    """
    with looked_into(path, timeout, trust) as (report, folder):
        _check_kind(path, report, NETWORKS, "a network")
        load_keras()
        from dlviz.inspect.build import build

        config = json.loads((folder / "config.json").read_text("utf-8"))
        model = build(config, folder / report["weights"], report, path)
    facts, card = report["facts"], Card.from_json(report["facts"].get("card"))
    names, notes = facts.get("classes", []), tuple(facts["notes"])
    if not names or (card and card.class_names) or not _answers_with(model, len(names)):
        return Opened(model, card, facts["losses"], notes=notes)
    notes = (*notes, f"The names of its classes are from {facts['classes_from']}.")
    return Opened(model, card, facts["losses"], tuple(names), notes)


def _answers_with(model: "keras.Model", classes: int) -> bool:
    """Whether the only output has a number for each class, or one for two."""
    outputs = getattr(model, "outputs", None) or []
    return len(outputs) == 1 and (outputs[0].shape[-1] == classes or (outputs[0].shape[-1], classes) == (1, 2))


def load_weights(model: "keras.Model", path: str | os.PathLike[str], *, timeout: float = NETWORK_TIMEOUT) -> None:
    """Put the weights of a file, of weights alone or of a whole network, into a network of the same layers.

    Raises:
        UserError: as `load_network`.
    """
    with looked_into(path, timeout) as (report, folder):
        _check_kind(path, report, ("weights", *NETWORKS), "weights")
        from dlviz.inspect.build import set_weights

        set_weights(model, folder / report["weights"], path)


def load_parts(
    configuration: str | os.PathLike[str],
    weights: str | os.PathLike[str],
    *,
    trust: Sequence[str] = (),
    timeout: float = NETWORK_TIMEOUT,
) -> "keras.Model":
    """Return the network that a configuration, which `to_json` wrote, and the weights in another file make.

    Raises:
        UserError: as `load_network`.
    """
    with looked_into(configuration, timeout, trust) as (network, folder), looked_into(weights, timeout) as (found, of):
        _check_kind(configuration, network, ("configuration",), "a configuration")
        _check_kind(weights, found, ("weights", *NETWORKS), "weights")
        load_keras()
        from dlviz.inspect.build import build

        config = json.loads((folder / "config.json").read_text("utf-8"))
        facts = network["facts"] | {"weights": found["facts"]["weights"]}
        return build(config, of / found["weights"], network | {"facts": facts}, weights)


def check_fit(
    weights: str | os.PathLike[str],
    network: str | os.PathLike[str],
    *,
    trust: Sequence[str] = (),
    timeout: float = NETWORK_TIMEOUT,
) -> bool:
    """Return whether the shapes of arrays alone tell that the weights in a file fit the network in another one.

    Raises:
        UserError: they tell that the weights do not fit; or as `inspect_file`.
    """
    with looked_into(weights, timeout) as (found, _), looked_into(network, timeout, trust) as (wanted, _):
        _check_kind(weights, found, ("weights", *NETWORKS), "weights")
        listings = [report.get("arrays", {"naming": report["kind"]}) for report in (found, wanted)]
        if listings[0]["naming"] != listings[1]["naming"]:
            return False
        wrong = weights_mismatch(*listings)
        if wrong is None:
            return "partial" not in listings[1]
        names = [os.path.basename(os.fspath(path))[-60:] for path in (weights, network)]
        raise UserError(
            f"{names[0]} has {wrong}, so its weights do not fit {names[1]}; give the weights of that network."
        )


def load_image(path: str | os.PathLike[str], *, timeout: float = TIMEOUT) -> np.ndarray:
    """Return a picture as uint8 (height, width, channel), with 1 or 3 channels.

    Raises:
        UserError: as `inspect_file`; or it is not a picture.
    """
    with looked_into(path, timeout) as (report, folder):
        _check_kind(path, report, ("image",), "a picture")
        return np.load(folder / "image.npy")


def load_sound(path: str | os.PathLike[str], *, timeout: float = TIMEOUT) -> Sound:
    """Return the recording in a `.wav` file.

    Raises:
        UserError: as `inspect_file`; or it is not a recording.
    """
    with looked_into(path, timeout) as (report, folder):
        _check_kind(path, report, ("sound",), "a recording")
        return sound_in(report, folder, os.path.basename(os.fspath(path)))


def sound_in(report: dict[str, Any], folder: Path, name: str) -> Sound:
    """Return the recording that a report is about, which lies in `folder`."""
    return Sound(np.load(folder / "sound.npy"), report["facts"]["rate"], name=name)


def load_arrays(path: str | os.PathLike[str], *, timeout: float = TIMEOUT) -> dict[str, np.ndarray]:
    """Return the arrays, of any shape, of an `.npz` or idx file by name; that of an `.npy` file is called "array".

    Raises:
        UserError: as `inspect_file`; or it holds no arrays.
    """
    with looked_into(path, timeout) as (report, folder):
        _check_kind(path, report, ("npz", "npy", "idx"), "arrays")
        return {name: np.load(folder / f"{index}.npy") for index, name in enumerate(report["facts"]["arrays"])}


def _check_kind(path: str | os.PathLike[str], report: dict[str, Any], kinds: tuple[str, ...], wanted: str) -> None:
    if report["kind"] in kinds:
        return
    name = os.path.basename(os.fspath(path))[-80:]
    if report["kind"] == EPOCHS and wanted == "a network":
        raise UserError(f"{name} holds the epochs of a training: give one of its files, epoch_NNN.keras.")
    if report["kind"] == "configuration":
        raise UserError(
            f"{name} holds a network without its weights; complete it with `dlviz inspect NAME.weights.h5 --with "
            f"{name} --out new.keras`."
        )
    if report["kind"] == "weights":
        raise UserError(
            f"{name} holds weights without their network; complete it with `dlviz inspect {name} --with MODEL --out "
            'new.keras`, or save both together with model.save("name.keras").'
        )
    raise UserError(f"{name} does not hold {wanted}: {report['says'][:200]} Open a file that does.")
