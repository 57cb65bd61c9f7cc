"""The files that the random clicker opens: some whole, some broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from dlviz_models.zoo import zoo


def make_files(folder: Path) -> dict[str, Path]:
    """Files that open, and files that do not."""
    folder.mkdir(parents=True)
    network = zoo()["lenet5"].path.read_bytes()
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).save(folder / "picture.png")
    Image.fromarray(rng.integers(0, 256, (900, 1200), np.uint8)).save(folder / "large.jpg")
    np.savez(folder / "data.npz", x=rng.integers(0, 256, (200, 28, 28), np.uint8), y=rng.integers(0, 10, 200))
    np.savez(folder / "objects.npz", x=np.array([{}], dtype=object))
    (folder / "pictures" / "a").mkdir(parents=True)
    shutil.copy(folder / "picture.png", folder / "pictures" / "a" / "1.png")
    shutil.copy(folder / "large.jpg", folder / "pictures" / "a" / "2.jpg")
    picture = (folder / "picture.png").read_bytes()
    contents = {
        "whole.keras": network,
        "cut.keras": network[: len(network) // 2],
        "empty.keras": b"",
        "page.keras": b"<!DOCTYPE html><html>404</html>",
        "pointer.keras": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "text.h5": b"hello",
        "cut.png": picture[:200],
        "text.png": b"hello",
        "cut.npz": (folder / "data.npz").read_bytes()[:3000],
        "zip.idx": b"\0\0\x08\x03",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    names = [*contents, "picture.png", "large.jpg", "data.npz", "objects.npz"]
    return {**{name: folder / name for name in names}, "folder": folder / "pictures", "missing": folder / "no.keras"}
