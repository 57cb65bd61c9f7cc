"""Reading `.wav` files: RIFF with samples of PCM or floats.

IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0, 1991.
"""

import struct
from pathlib import Path

import numpy as np

from dlviz_models.data.samples import Sound
from dlviz_models.errors import UserError, unreadable

SUFFIXES = (".wav", ".wave")
MAX_BYTES = 512 * 1024**2
MAX_SAMPLES = 30_000_000
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
OTHERS = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "ADPCM", 0x55: "MP3"}


def read_wav(path: Path, name: str = "") -> Sound:
    """Return the recording, several channels as their mean.

    Args:
        name: how messages call it; the path by default.

    Raises:
        UserError: missing, damaged, packed, above 512 MiB or 30 million samples.
    """
    name = name or str(path)[-200:]
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UserError(f"{name} has more than {MAX_BYTES // 1024**2} MiB; cut the recording into parts.")
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(name, error) from error
    try:
        return _sound(content, name)
    except (struct.error, ValueError) as error:
        raise UserError(f"{name} is damaged or not a .wav file; save the recording again.") from error


def broken(path: Path) -> str:
    """Return briefly why a file cannot be a recording, judged by its first bytes, or ""."""
    with open(path, "rb") as file:
        start = file.read(12)
    if not start:
        return "empty"
    return "" if start.startswith(b"RIFF") and start[8:] == b"WAVE" else "not a recording"


def _sound(content: bytes, name: str) -> Sound:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise UserError(f"{name} is not a .wav file; save the recording as one.")
    chunks = _chunks(content)
    form, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    if form == EXTENSIBLE:
        form = struct.unpack_from("<H", chunks[b"fmt "], 24)[0]
    if form not in (PCM, FLOAT):
        raise UserError(
            f"{name} is packed as {OTHERS.get(form, f'format {form}')}; save it as a plain .wav of 16 bits."
        )
    if not channels or not rate or frame != channels * -(-bits // 8):
        raise ValueError("the format does not add up")
    data = chunks[b"data"]
    count = len(data) // frame
    if not 0 < count <= MAX_SAMPLES:
        raise UserError(f"{name} holds {count:,} samples; recordings have 1 to {MAX_SAMPLES:,}.")
    samples = _samples(data[: count * frame], form, frame // channels).reshape(count, channels)
    mixed = samples.mean(axis=1, dtype=np.float32) if channels > 1 else samples[:, 0]
    return Sound(np.ascontiguousarray(np.nan_to_num(mixed), np.float32), int(rate))


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the first chunk of each name; the last may be shorter than it says."""
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        chunks.setdefault(content[at : at + 4], content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    if not {b"fmt ", b"data"} <= chunks.keys():
        raise ValueError("a part is missing")
    return chunks


def _samples(data: bytes, form: int, width: int) -> np.ndarray:
    """Return values -1..1, float32 (time * channel,), of samples of so many bytes."""
    if form == FLOAT:
        return np.frombuffer(data, {4: "<f4", 8: "<f8"}.get(width, "")).astype(np.float32)
    if width == 1:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    if width == 3:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    if width not in (2, 4):
        raise ValueError("an unusual number of bits")
    return np.frombuffer(data, f"<i{width}").astype(np.float32) / 2 ** (8 * width - 1)
