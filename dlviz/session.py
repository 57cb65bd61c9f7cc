"""Requests answered: opened networks and data are kept, a view is set up and run.

The command line, the Python interface and the window's engine all ask here, so that they show the same pictures.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlviz import identity, inspect
from dlviz.cache import Entry, default_folder
from dlviz.inspect.data import load_pictures
from dlviz.jobs import Description, Request
from dlviz.network import Network
from dlviz.options import configure
from dlviz.sheet import Progress, Sheet
from dlviz.view import Picture, Scene, nowhere
from dlviz.views import view
from dlviz_models.data import Pictures
from dlviz_models.data.pictures import SelectedPictures
from dlviz_models.data.sources import SAYS
from dlviz_models.errors import UserError
from dlviz_models.zoo import NAMES, shipped

KEPT = 4
"""How many networks, and how many sources, stay open."""


class Session:
    """The networks and data sets opened last; a network whose file has changed is opened anew."""

    def __init__(self) -> None:
        self._networks: dict[tuple[Any, ...], Network] = {}
        self._data: dict[str, Pictures] = {}
        self._opened: dict[str, float] = {}

    def network(
        self, model: str | keras.Model | Network, preprocess: str = "auto", trust: tuple[str, ...] = ()
    ) -> Network:
        """The network behind a path, a shipped name or a Keras model, opened safely."""
        if isinstance(model, Network):
            return model if preprocess == "auto" else model.with_mode(preprocess)
        if not isinstance(model, str | os.PathLike):
            return Network(model, mode=preprocess)
        entry = shipped(str(model))
        path = Path(entry.path if entry else model)
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        key = (str(path), stamp, preprocess, trust)
        if not path.exists() and path.name == str(model) and not path.suffix:
            raise UserError(f"There is no network {path.name[-100:]}; give the path of a file, or {', '.join(NAMES)}.")
        if key not in self._networks:
            keras_model, card = inspect.load_network(path, trust=trust)
            name = entry.name if entry else path.stem
            self._networks[key] = Network(keras_model, name, card, mode=preprocess)
            _forget(self._networks)
        return self._networks[key]

    def data(self, source: str) -> Pictures:
        """The pictures of a source, kept open."""
        if source not in self._data:
            opened = time.time()
            self._data[source] = load_pictures(source)
            self._opened[source] = opened
            _forget(self._data)
        return self._data[source]

    def picture(self, given: str | np.ndarray) -> Picture:
        """One picture from an image file, `SOURCE:INDEX` or pixels."""
        if isinstance(given, np.ndarray):
            return Picture(given, "your drawing")
        source, colon, index = given.rpartition(":")
        if colon and index.isdigit() and not Path(given).exists():
            pictures = self.data(source)
            if int(index) >= len(pictures):
                raise UserError(f"--input {given}: {source} has {len(pictures)} pictures, numbered from 0.")
            label = None if pictures.labels is None else int(pictures.labels[int(index)])
            return Picture(pictures[int(index)], given, label)
        if (source if colon else given) in SAYS and not Path(given).exists():
            raise UserError(f"--input {given[-100:]} names no picture: write SOURCE:INDEX, such as digits:0.")
        return Picture(inspect.load_image(given), Path(given).name)

    def describe(self, model: str, preprocess: str = "auto", trust: tuple[str, ...] = ()) -> Description:
        """What the window has to know of a network."""
        network = self.network(model, preprocess, trust)
        return Description(
            name=network.name,
            layers=tuple(network.layers.values()),
            classes=network.classes,
            preprocess_says=network.preprocess_says,
            card=network.card,
            first_layer=network.first_kernel,
            data=default_data(network),
            takes_pictures=network.takes_pictures,
            trusted=trust,
        )

    def show(self, request: Request, model: keras.Model | Network | None = None) -> Iterator[Progress | Sheet]:
        """Progress and sheets of a request; `model`, where given, is looked at instead of `request.model`."""
        chosen = view(request.view)
        configured = configure(chosen, request.settings)
        network = self.network(request.model if model is None else model, request.preprocess, request.trust)
        layer = network.layer(request.layer or network.first_kernel)
        for unit in request.units:
            if not 0 <= unit < layer.units:
                raise UserError(f"Layer {layer.name} has {layer.units} units, numbered from 0: there is no {unit}.")
        if {"layer", "input"} <= chosen.needs and not layer.units:
            raise UserError(f"Layer {layer.name} of {network.name} has no units to look at: choose another layer.")
        if chosen.one_input and len(request.inputs) > 1:
            raise UserError(
                f"The view {chosen.name} looks at one picture: give --input once, or an --out ending in .pdf, .html or "
                ".pptx, where each picture has its page."
            )
        source = request.data or default_data(network)
        data = self.data(source) if "data" in chosen.needs else None
        inputs = request.inputs or ((f"{source}:0",) if "input" in chosen.needs else ())
        yield from configured.run(
            Scene(
                network=network,
                layer=layer.name,
                units=request.units,
                inputs=tuple(self.picture(i) for i in inputs),
                data=_limited(data, request.limit),
                memory=network.memory.setdefault((source, request.limit), {}),
                kept=partial(self._kept, network, source) if model is None and not request.trust else nowhere,
            )
        )

    def _kept(self, network: Network, source: str, pictures: Pictures, *what: object) -> Entry | None:
        """The place on disk for what was found out about a network and pictures of a source."""
        folder = default_folder()
        of_pictures = folder and identity.of_pictures(pictures, self._opened.get(source, 0.0))
        if not folder or not of_pictures:
            return None
        return Entry(folder, identity.digest(identity.of_network(network), of_pictures, *what))


def default_data(network: Network) -> str:
    """The shipped pictures that suit the network's input."""
    return "photos" if not network.takes_pictures or network.input_shape[2] == 3 else "digits"


def _limited(data: Pictures | None, limit: int) -> Pictures | None:
    return SelectedPictures(data.name, data, np.arange(limit)) if data and 0 < limit < len(data) else data


def _forget(kept: dict[Any, Any]) -> None:
    """Close what was opened first where too much is open."""
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
        gc.collect()  # networks and their compiled functions hold each other
