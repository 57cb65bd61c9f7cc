"""From the argument of `--data` to pictures."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from dlviz_models.data import classes, folder, idx, npz
from dlviz_models.data.catalogue import GENERATED_SUMMARIES, PICTURE_SUMMARIES, UNLABELLED
from dlviz_models.data.keras_sets import read_keras_set
from dlviz_models.data.parts import Data
from dlviz_models.data.pictures import Pictures
from dlviz_models.data.samples import Samples, plural
from dlviz_models.errors import UserError, unreadable

SHIPPED = {"digits": classes.DIGITS, "fashion": classes.FASHION}
KERAS = {"mnist": classes.DIGITS, "fashion_mnist": classes.FASHION, "cifar10": classes.CIFAR10}


def names() -> dict[str, str]:
    """Return each named data set with one sentence about it."""
    return dict(PICTURE_SUMMARIES)


def open_data(source: str) -> Data[Any]:
    """Open a data set: a name of `names()`, an .npz, idx(.gz) files, or a folder of pictures or recordings.

    Raises:
        UserError: the source is unknown or cannot be read.

    >>> digits = open_data("digits")
    >>> len(digits.train), len(digits.test)
    (5000, 1000)
    >>> picture = digits.test.sample(7)
    >>> picture.name, picture.pixels.shape, picture.target
    ('digits:7', (28, 28, 1), 0)
    """
    if source in SHIPPED:
        with as_file(files("dlviz_models.data") / "shipped" / f"{source}.npz") as path:
            return npz.read_npz(path, source, SHIPPED[source])
    if source == "photos":
        with as_file(files("dlviz_models.data") / "shipped" / "photos") as path:
            return folder.read_folder(path)
    if source in KERAS:
        return read_keras_set(source, KERAS[source])
    path = Path(source)
    try:
        if path.is_dir():
            files_of_set = idx.idx_folder(path)
            return folder.read_folder(path) if files_of_set is None else idx.read_idx_folder(path, files_of_set)
        if path.is_file():
            return _read_file(path)
    except OSError as error:
        raise unreadable(source[-200:], error) from error
    raise UserError(
        f"Unknown data {source[-200:]}; give {', '.join(PICTURE_SUMMARIES)}, or the path of a folder or file."
    )


def open_pictures(source: str) -> Pictures:
    """Open the pictures to look at: the test part in stored order, or all of a source that is not divided.

    "SOURCE/train" and "SOURCE/test" name a part (see `Data` for how an undivided source is divided).

    Raises:
        UserError: as `open_data`.
    """
    base, part = divided(source)
    return pictures_of(part_of(open_data(base), part), source)


def divided(source: str) -> tuple[str, str]:
    """Return the data set that a source names, and the part of it: "train", "test", of a named one "unlabelled", or
    empty: what to look at."""
    base, _, part = source.rpartition("/")
    is_part = _is_named(base) if part == UNLABELLED else part in ("train", "test") and _has_parts(base, source)
    return (base, part) if is_part else (source, "")


def training_part(source: str) -> str:
    """Return how the part of a data set that is learned from is named, where a source names all of it; else the source.

    >>> training_part("digits"), training_part("digits/test")
    ('digits/train', 'digits/test')
    """
    named = f"{source.rstrip('/')}/train"
    return source if divided(source)[1] or not divided(named)[1] else named


def part_of(data: Data[Any], part: str) -> Samples:
    """Return the part of a data set that `divided` told."""
    samples: Samples = {"train": data.train, "test": data.test}.get(part, data.whole)
    if part == UNLABELLED:
        samples = samples.without_targets()
        samples.notes += (guess(samples.name),)
    return samples


def guess(name: str) -> str:
    """Return what is said of the data of that name where they are shown unlabelled, a sentence."""
    return (
        f"What the network was trained on is not known, so {name} are only a guess from its input, and their classes do"
        " not count: choose your own data (--data)."
    )


def pictures_of(samples: Samples, source: str) -> Pictures:
    """Return samples that are pictures; UserError where they are not."""
    if isinstance(samples, Pictures):
        return samples
    raise UserError(f"{source[-200:]} holds {plural(samples.kind)}, not pictures; give pictures.")


def _has_parts(base: str, source: str) -> bool:
    """Say whether the last word of `source` is the part of a data set `base`, not a folder of its own."""
    if _is_named(base) or Path(base).is_file():
        return True
    return Path(base).is_dir() and (folder.test_folder(Path(base)) is not None or not Path(source).exists())


def _is_named(source: str) -> bool:
    return source in PICTURE_SUMMARIES or source in GENERATED_SUMMARIES


def _read_file(path: Path) -> Data:
    with open(path, "rb") as file:
        start = file.read(4)
    if start.startswith(b"PK"):
        return npz.read_npz(path)
    if start[:2] in (b"\x1f\x8b", b"\0\0"):
        return idx.read_idx_file(path)
    raise UserError(f"{path} is neither an .npz nor an idx file; give one of these, or a folder of pictures.")
