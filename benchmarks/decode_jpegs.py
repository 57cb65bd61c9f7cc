"""Turn a data set whose pictures are JPEG files end to end into one of plain arrays that `dlviz train --data` opens.

    python benchmarks/decode_jpegs.py cifar10_jpeg_20k.npz cifar10.npz

It has `train_jpeg`, the bytes of all files, `train_offsets` (n + 1,), where each begins, `y_train`, the same for the
test part, and perhaps `class_names`.
"""

import io
import sys
from itertools import pairwise

import numpy as np
from PIL import Image

from dlviz_models.files import atomic_path


def pictures(files: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the pictures uint8 (n, height, width, channel) of files that begin at `offsets`."""
    parts = (files[start:stop].tobytes() for start, stop in pairwise(offsets))
    return np.stack([np.asarray(Image.open(io.BytesIO(part))) for part in parts])


def main(source: str, out: str) -> None:
    with np.load(source, allow_pickle=False) as stored, atomic_path(out) as path:
        arrays = {
            f"x_{part}": pictures(stored[f"{part}_jpeg"], stored[f"{part}_offsets"]) for part in ("train", "test")
        }
        kept = {name: stored[name] for name in ("y_train", "y_test", "class_names") if name in stored}
        np.savez(path, **arrays, **kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
