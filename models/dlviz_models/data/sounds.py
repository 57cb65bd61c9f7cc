"""Reading spoken digits."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlviz_models.data.sequences import Sound, SoundData
from dlviz_models.errors import UserError

MAX_BYTES = 2 * 1024**3
WANTED = frozenset({"audio", "offsets", "label"})
NAMES = WANTED | {"recording"}
OFFICIAL_TEST = 5


def is_sounds(path: Path) -> bool:
    """Say whether a file is an `.npz` with the arrays of recordings."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {f"{name}.npy" for name in WANTED} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def read_sounds(path: Path) -> SoundData:
    """Read an `.npz` of `audio` int16 end to end, `offsets` (n + 1,) and `label` (n,): recording i is
    `audio[offsets[i]:offsets[i + 1]]`.

    Where it also has `recording` (n,), each speaker's running number, numbers 0..4 are the test part, as the Free
    Spoken Digit Dataset says (https://github.com/Jakobovski/free-spoken-digit-dataset); else every fifth is.

    Raises:
        UserError: it cannot be read, or the arrays do not fit together.
    """
    return sounds_in(_arrays(path), path.name)


def sounds_in(arrays: Mapping[str, np.ndarray], name: str) -> SoundData:
    """Return the recordings that the arrays make up, as `read_sounds` does.

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
        Sound(audio[start:stop].astype(np.float32) / 2**15, int(label))
        for start, stop, label in zip(offsets, offsets[1:], labels, strict=False)
    ]
    numbers = arrays.get("recording")
    if numbers is None or numbers.shape != labels.shape:
        return SoundData.undivided(name, sounds)
    train = [sound for sound, number in zip(sounds, numbers, strict=True) if number >= OFFICIAL_TEST]
    test = [sound for sound, number in zip(sounds, numbers, strict=True) if number < OFFICIAL_TEST]
    return SoundData(name, train, test)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise UserError(f"{path} unpacks to {size / 1024**3:.1f} GiB; at most 2 GiB are read, so store fewer.")
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files if name in NAMES}
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise UserError(f"{path} is no .npz file of numbers, or is damaged; write it with numpy.savez.") from error
