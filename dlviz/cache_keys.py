"""Cache keys: digests of the network and the data that a result was computed from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from dlviz.feeding.synthetic import SyntheticSamples
from dlviz.inspect.data import InspectedPictures, InspectedSounds
from dlviz.network import Network
from dlviz.scan.content_keys import content_key
from dlviz_models.data import ArrayPictures
from dlviz_models.data.arrays import ArrayNumbers, SeveralSamples
from dlviz_models.data.folder import FolderPictures
from dlviz_models.data.pictures import SelectedPictures
from dlviz_models.data.samples import ListedSamples, Samples, SelectedSamples

CLOCK = 2.0
"""The resolution of modification times in seconds, on the coarsest file systems."""

_networks: WeakKeyDictionary[Network, str] = WeakKeyDictionary()
_pictures: WeakKeyDictionary[Samples, str] = WeakKeyDictionary()


def digest(*parts: object) -> str:
    """The hexadecimal SHA-256 of texts, numbers and arrays."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(f"{part.dtype.str}{part.shape}".encode())
            found.update(np.ascontiguousarray(part).view(np.uint8).data if part.size else b"")
        else:
            text = str(part).encode("utf-8", "surrogateescape")
            found.update(len(text).to_bytes(8, "little") + text)
    return found.hexdigest()


def of_network(network: Network) -> str:
    """A digest of a network's configuration, weights, preprocessing and changes, and of the version of dlviz. Not for
    networks with custom layers, whose code it does not cover."""
    if network not in _networks:
        config = json.dumps(network.model.get_config(), default=str)
        weights = (np.asarray(weight) for weight in network.model.weights)
        how_fed = (network.preprocess, network.requested_mode, network.resizing)
        _networks[network] = digest(version("dlviz-toolkit"), config, *how_fed, *network.changes, *weights)
    return _networks[network]


def of_pictures(pictures: Samples, opened: float) -> str | None:
    """A digest of the contents of samples of any kind; for files, of their paths, sizes and times, or None if they may
    have changed after `opened`.

    Args:
        opened: the time when they were opened, in seconds since the epoch.
    """
    match pictures:
        case SelectedPictures() | SelectedSamples():
            inner = of_pictures(pictures.source, opened)
            return inner and digest(inner, np.asarray(pictures.indices))
        case ArrayPictures():
            if pictures not in _pictures:
                _pictures[pictures] = digest(pictures.pictures, pictures.range)
            return _pictures[pictures]
        case ArrayNumbers():
            if pictures not in _pictures:
                _pictures[pictures] = digest(pictures.values)
            return _pictures[pictures]
        case ListedSamples():
            if pictures not in _pictures:
                _pictures[pictures] = digest(*map(content_key, pictures.samples))
            return _pictures[pictures]
        case SeveralSamples():
            parts = {name: of_pictures(part, opened) for name, part in pictures.parts.items()}
            return None if None in parts.values() else digest(*parts.items())
        case SyntheticSamples():
            return digest(pictures.name)  # a network's own
        case FolderPictures():
            return _of_files(pictures.paths, opened)
        case InspectedPictures() | InspectedSounds():
            inner = _of_files(_below(Path(pictures.folder.path)), opened)
            return inner and digest(inner, pictures.name, len(pictures))
    return None


def _below(folder: Path) -> Iterator[Path]:
    """A folder and everything in it, in a fixed order."""
    for here, folders, files in os.walk(folder):
        folders.sort()
        yield Path(here)
        yield from (Path(here, name) for name in sorted(files))


def _of_files(paths: Iterator[Path] | list[Path], opened: float) -> str | None:
    seen: list[object] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            return None
        if max(status.st_mtime, status.st_ctime) > opened - CLOCK:
            return None
        seen += [path.absolute(), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    return digest(*seen)
