"""Reading spoken digits."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlviz_models.data.npz import read_arrays
from dlviz_models.data.parts import Data
from dlviz_models.data.samples import ListedSamples, Sound
from dlviz_models.errors import UserError

WANTED = frozenset({"audio", "offsets", "label"})
OFFICIAL_TEST = 5


def is_sounds(path: Path) -> bool:
    """Say whether a file is an `.npz` with the arrays of recordings."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {f"{name}.npy" for name in WANTED} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def read_sounds(path: Path) -> Data[ListedSamples]:
    """Read an `.npz` of `audio` int16 end to end, `offsets` (n + 1,) and `label` (n,): recording i is
    `audio[offsets[i]:offsets[i + 1]]`.

    Where it also has `recording` (n,), each speaker's running number, numbers 0..4 are the test part, as the Free
    Spoken Digit Dataset says (https://github.com/Jakobovski/free-spoken-digit-dataset); else every fifth is.

    Raises:
        UserError: it cannot be read, or the arrays do not fit together.
    """
    return sounds_in(read_arrays(path), path.name)


def sounds_in(arrays: Mapping[str, np.ndarray], name: str) -> Data[ListedSamples]:
    """Return the recordings that the arrays make up, as `read_sounds` does.

    Args:
        arrays: `audio` int16 (samples,), all recordings end to end; `offsets` (n + 1,) of their starts and the end;
            `label` (n,), class numbers; perhaps `recording` (n,), whose low numbers are the official test part.

    Raises:
        UserError: the arrays do not fit together.
    """
    audio, offsets, labels = arrays["audio"], arrays["offsets"], arrays["label"]
    if audio.dtype != np.int16 or audio.ndim != 1:
        raise UserError(f"{name}: audio is {audio.dtype} {audio.shape}; it must be int16 samples end to end.")
    if offsets.dtype.kind not in "iu" or offsets.ndim != 1 or len(offsets) < 2:
        raise UserError(f"{name}: offsets must be whole numbers, one more than there are recordings.")
    offsets = offsets.astype(np.int64)
    if offsets[0] < 0 or offsets[-1] > len(audio) or (np.diff(offsets) < 1).any():
        raise UserError(f"{name}: offsets must rise from 0 to at most {len(audio)}, the number of samples.")
    if labels.dtype.kind not in "iu" or labels.shape != (len(offsets) - 1,) or (labels.astype(np.int64) < 0).any():
        raise UserError(f"{name}: {len(offsets) - 1} recordings need as many class numbers 0, 1, 2, ... in label.")
    sounds = [
        Sound(audio[start:stop].astype(np.float32) / 2**15, target=int(label))
        for start, stop, label in zip(offsets, offsets[1:], labels, strict=False)
    ]
    numbers = arrays.get("recording")
    if numbers is None or numbers.shape != labels.shape:
        return Data.undivided(name, ListedSamples(name, Sound.kind, sounds))
    train = [sound for sound, number in zip(sounds, numbers, strict=True) if number >= OFFICIAL_TEST]
    test = [sound for sound, number in zip(sounds, numbers, strict=True) if number < OFFICIAL_TEST]
    sets = ListedSamples(f"{name}/train", Sound.kind, train), ListedSamples(name, Sound.kind, test)
    return Data.divided(name, *sets)
