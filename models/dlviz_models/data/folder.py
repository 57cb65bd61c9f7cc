"""Reading a folder of picture files: one subfolder a class, perhaps under train/ and test/; or flat, unlabelled."""

from pathlib import Path

import numpy as np

from dlviz_models.data.image import SUFFIXES, read_image
from dlviz_models.data.pictures import Data, Pictures
from dlviz_models.errors import UserError

TEST_NAMES = ("test", "val", "validation")


class FolderPictures(Pictures):
    """Picture files, decoded when asked for; sizes and channels may differ from one to the next."""

    def __init__(
        self,
        name: str,
        paths: list[Path],
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(name, labels, class_names)
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        return read_image(self.paths[index])

    def batch(self, start: int, stop: int) -> list[np.ndarray]:
        return [read_image(path) for path in self.paths[start:stop]]


def read_folder(folder: Path) -> Data:
    """List the pictures of a folder, sorted by name; classes are the subfolders' names in order.

    Raises:
        UserError: no pictures, a class without pictures, or a class of the test part that train/ does not have.
    """
    name = folder.resolve().name
    test = test_folder(folder)
    if test is not None:
        classes = tuple(path.name for path in _subfolders(folder / "train"))
        train_pictures = _labelled(folder / "train", classes, f"{name}/train")
        return Data.divided(name, train_pictures, _labelled(test, classes, name))
    classes = tuple(path.name for path in _subfolders(folder))
    if classes:
        return Data.undivided(name, _labelled(folder, classes, name))
    paths = _pictures_in(folder)
    if not paths:
        raise UserError(f"{folder} holds no pictures; put PNG, JPEG, GIF or WebP files there, one subfolder a class.")
    return Data.undivided(name, FolderPictures(name, paths))


def test_folder(folder: Path) -> Path | None:
    """Return the folder of the test part if `folder` is divided into train/ and test/ or val/, else None."""
    if not (folder / "train").is_dir():
        return None
    return next((folder / part for part in TEST_NAMES if (folder / part).is_dir()), None)


def _labelled(folder: Path, classes: tuple[str, ...], name: str) -> FolderPictures:
    found = {path.name: path for path in _subfolders(folder)}
    unknown = sorted(found.keys() - set(classes))
    if unknown or not found:
        raise UserError(
            f"{folder} needs one subfolder a class, the same in every part; "
            + (f"{unknown[0][:80]} is not in train." if unknown else "it has none.")
        )
    paths: list[Path] = []
    labels: list[int] = []
    for label, class_name in enumerate(classes):
        inside = _pictures_in(found[class_name]) if class_name in found else []
        if not inside:
            raise UserError(f"{folder / class_name} holds no pictures; add some or remove the class everywhere.")
        paths += inside
        labels += [label] * len(inside)
    return FolderPictures(name, paths, np.array(labels, np.int64), classes)


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )
