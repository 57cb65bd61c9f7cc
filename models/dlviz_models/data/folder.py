"""Reading a folder of pictures or recordings: one subfolder per class, perhaps in train/ and test/; or unlabelled."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from dlviz_models.data import image, wav
from dlviz_models.data.image import read_image
from dlviz_models.data.parts import Data
from dlviz_models.data.pictures import Pictures
from dlviz_models.data.recordings import Recordings
from dlviz_models.data.samples import Picture, Samples, Sound
from dlviz_models.data.wav import read_wav
from dlviz_models.errors import UserError

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing", "val", "valid", "validation")
SYSTEM = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information"}
"""What operating systems leave in folders, as names that begin with a dot are too."""
LOOKED_AT = 2_000
"""The number of files that decide whether a folder holds pictures or recordings."""
MAX_DEPTH = 12
MAX_FILES = 1_000_000
DECODED, DECODED_BYTES = 500, 8 * 1024**2
"""How many files, and bytes in all, are fully decoded to check them; beyond that only their ends are checked."""
NAMED = 4
"""The maximum number of omitted files that are named."""


@dataclass(frozen=True)
class Medium:
    """A kind of file that holds one sample."""

    kind: str
    things: str
    suffixes: tuple[str, ...]
    broken: Callable[[Path], str]
    decode: Callable[[Path], object]


PICTURES = Medium(Picture.kind, "pictures", image.SUFFIXES, image.broken, image.read_image)
SOUNDS = Medium(Sound.kind, "recordings", wav.SUFFIXES, wav.broken, wav.read_wav)


@dataclass
class Listing:
    """The files of one part of a data set, as far as they can be read.

    Attributes:
        labels: the class number of each file; empty where there are no classes.
        left_out: "path (why)" of each file that cannot be read.
        others: how often each ending of other files occurs.
    """

    paths: list[Path] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)

    def notes(self, things: str) -> tuple[str, ...]:
        """Return sentences about what is left out."""
        notes = []
        if self.left_out:
            count, whole = len(self.left_out), len(self.paths) + len(self.left_out)
            more = f" and {count - NAMED:,} more" if count > NAMED else ""
            notes.append(f"Left out {count:,} of {whole:,} {things}: {', '.join(self.left_out[:NAMED])}{more}.")
        for ending, count in sorted(self.others.items()):
            files = "file" if count == 1 else "files"
            what = f"{ending} {files}" if ending else f"{files} without an ending"
            notes.append(f"{count:,} {what} {'is' if count == 1 else 'are'} not read.")
        return tuple(notes)


class FolderPictures(Pictures):
    """Picture files, decoded when asked for; sizes and channels may differ from one to the next."""

    def __init__(
        self,
        name: str,
        paths: list[Path],
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(name, labels, class_names, notes=notes)
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        return read_image(self.paths[index])

    def batch(self, start: int, stop: int) -> list[np.ndarray]:
        return [read_image(path) for path in self.paths[start:stop]]


class FolderSounds(Recordings):
    """Files of recordings, read when asked for."""

    def __init__(
        self,
        name: str,
        paths: list[Path],
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(name, labels, class_names, notes)
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, index: int) -> Sound:
        return read_wav(self.paths[index])


def read_folder(folder: Path) -> Data[Any]:
    """List the pictures of a folder, or if it holds more of them the recordings, sorted by path.

    Classes are the subfolders' names in order, also of the only folder that lies in this one; what lies in folders
    below them is theirs. What operating systems leave there is passed over; what cannot be read is left out and said.

    Raises:
        UserError: nothing to read, an empty class, a class of the test part that train/ does not have, or a link to
            somewhere else.
    """
    name = folder.resolve().name
    medium = _medium(folder)
    root = _unwrapped(folder, medium)
    test = test_folder(root)
    if test is not None:
        train = _subfolder(root, TRAIN_NAMES)
        assert train is not None
        classes = tuple(path.name for path in _subfolders(train, root))
        learned = _part(train, root, classes, medium, f"{name}/train")
        return Data.divided(name, learned, _part(test, root, classes, medium, name))
    classes = tuple(path.name for path in _subfolders(root))
    if classes:
        return Data.undivided(name, _part(root, root, classes, medium, name))
    listing = _listed(root, root, medium)
    if not listing.paths:
        why = f": {listing.left_out[0][:80]}" if listing.left_out else ""
        raise UserError(
            f"{folder} holds no pictures{why}; put PNG, JPEG, GIF, WebP, BMP or TIFF files there, or .wav files, one"
            f" subfolder per class."
        )
    return Data.undivided(name, _samples(listing, medium, name, None))


def test_folder(folder: Path) -> Path | None:
    """Return the folder of the test part if `folder` is divided into train/ and test/ or val/, else None."""
    return _subfolder(folder, TEST_NAMES) if _subfolder(folder, TRAIN_NAMES) else None


def _subfolder(folder: Path, names: tuple[str, ...]) -> Path | None:
    """Return the first subfolder of one of these names, in whatever case."""
    present = {path.name.lower(): path for path in _subfolders(folder)}
    return next((present[name] for name in names if name in present), None)


def _unwrapped(folder: Path, medium: Medium) -> Path:
    """Return the folder, or the one inside it where that is all it holds and holds the classes."""
    top = folder
    for _ in range(MAX_DEPTH):
        inside = _subfolders(folder, top)
        if len(inside) != 1 or not _subfolders(inside[0], top):
            return folder
        if any(path.suffix.lower() in medium.suffixes for path in folder.iterdir()):
            return folder
        folder = inside[0]
    return folder


def _medium(folder: Path) -> Medium:
    """Return the medium of most of the first files."""
    found: Counter[str] = Counter()
    for path in islice(_walk(folder, folder.resolve(), ()), LOOKED_AT):
        found[path.suffix.lower()] += 1
    sounds, pictures = (sum(found[suffix] for suffix in medium.suffixes) for medium in (SOUNDS, PICTURES))
    return SOUNDS if sounds > pictures else PICTURES


def _part(folder: Path, root: Path, classes: tuple[str, ...], medium: Medium, name: str) -> Samples:
    found = {path.name: path for path in _subfolders(folder, root)}
    unknown = sorted(found.keys() - set(classes))
    if unknown or not found:
        raise UserError(
            f"{folder} needs one subfolder per class, the same in every part; "
            + (f"{unknown[0][:80]} is not in train." if unknown else "it has none.")
        )
    whole = Listing()
    for label, class_name in enumerate(classes):
        listing = _listed(found[class_name], root, medium) if class_name in found else Listing()
        if not listing.paths:
            raise UserError(f"{folder / class_name} holds no {medium.things}; add some or remove the class everywhere.")
        whole.paths += listing.paths
        whole.labels += [label] * len(listing.paths)
        whole.left_out += listing.left_out
        whole.others += listing.others
    outside = sum(Path(entry.name).suffix.lower() in medium.suffixes and entry.is_file() for entry in _visible(folder))
    samples = _samples(whole, medium, name, classes)
    if outside:
        samples.notes += (f"{outside:,} {medium.things} beside the folders of the classes are left out.",)
    return samples


def _samples(listing: Listing, medium: Medium, name: str, classes: tuple[str, ...] | None) -> Any:
    labels = np.array(listing.labels, np.int64) if classes else None
    make = FolderPictures if medium is PICTURES else FolderSounds
    return make(name, listing.paths, labels, classes, listing.notes(medium.things))


def _listed(folder: Path, root: Path, medium: Medium) -> Listing:
    """Return the files of a medium in a folder and those below it, as far as they look whole."""
    listing = Listing()
    files = _files(folder, root)
    is_small = len(files) <= DECODED and sum(path.stat().st_size for path in files) <= DECODED_BYTES
    for path in files:
        if path.suffix.lower() not in medium.suffixes:
            listing.others[path.suffix.lower()[:12]] += 1
            continue
        try:
            why = medium.broken(path)
            if is_small and not why:
                medium.decode(path)
        except OSError:
            why = "may not be read"
        except UserError:
            why = "damaged"
        if why:
            listing.left_out.append(f"{path.relative_to(root)} ({why})"[-120:])
        else:
            listing.paths.append(path)
    return listing


def _files(folder: Path, root: Path) -> list[Path]:
    """Return all files in a folder and those below it, sorted by path.

    Raises:
        UserError: a link leads out of `root`, or there are too many.
    """
    found = []
    for path in _walk(folder, root.resolve(), ()):
        found.append(path)
        if len(found) > MAX_FILES:
            raise UserError(f"{folder} holds more than {MAX_FILES:,} files; give a part of it.")
    return sorted(found, key=lambda path: path.parts)


def _walk(folder: Path, root: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files below `folder`; links that lead in a circle are followed once.

    Raises:
        UserError: a link leads out of `root`.
    """
    here = folder.resolve()
    if here in above or len(above) > MAX_DEPTH:
        return
    for entry in _visible(folder):
        if _leads_out(entry, root):
            continue
        if entry.is_dir():
            yield from _walk(folder / entry.name, root, (*above, here))
        elif entry.is_file():
            yield folder / entry.name


def _leads_out(entry: os.DirEntry[str], root: Path) -> bool:
    """Say whether a file that does not matter is a link out of `root`.

    Raises:
        UserError: it does matter.
    """
    if not entry.is_symlink() or Path(entry.path).resolve().is_relative_to(root):
        return False
    if entry.is_dir() or Path(entry.name).suffix.lower() in (*PICTURES.suffixes, *SOUNDS.suffixes):
        raise UserError(
            f"{Path(entry.path).parent} holds “{entry.name[:60]}”, a link to somewhere else; put the file itself there."
        )
    return True


def _subfolders(folder: Path, root: Path | None = None) -> list[Path]:
    inside = (root or folder).resolve()
    return sorted(folder / entry.name for entry in _visible(folder) if not _leads_out(entry, inside) and entry.is_dir())


def _visible(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder, but for what operating systems leave there."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.name.lower() not in SYSTEM:
                yield entry
