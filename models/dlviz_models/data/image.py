"""Decoding one picture file."""

import contextlib
import io
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from dlviz_models.data.pixels import BYTES, as_bytes, value_range
from dlviz_models.errors import UserError, unreadable

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
NAMES = "PNG, JPEG, GIF, WebP, BMP or TIFF"
SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".webp", ".bmp", ".tif", ".tiff")
MAX_PIXELS = 40_000_000
MAX_BYTES = 256 * 1024**2
MAX_SCANS = 100
SCAN = b"\xff\xda"
TAIL = 4096
"""Bytes at the end of a file in which the mark of its end stands; some programs write something behind it."""


def read_image(source: str | os.PathLike[str] | bytes, name: str | None = None) -> np.ndarray:
    """Decode a PNG, JPEG, GIF, WebP, BMP or TIFF picture to uint8 (height, width, channel).

    What is stored as grey has one channel, all else, palettes too, three (RGB). Turned as its EXIF orientation says;
    transparent parts stand on white; of an animation the first frame; 16 bits a channel become 8.

    Args:
        source: path of the file, or its bytes.
        name: how messages call it; the path by default.

    Raises:
        UserError: missing, of another format, damaged, or above 40 megapixels.
    """
    name = str(source if name is None and not isinstance(source, bytes) else name or "the picture")[-200:]
    if not isinstance(source, bytes):
        source = _content(Path(source), name)
    if source.startswith(b"\xff\xd8") and source.count(SCAN) > MAX_SCANS:
        raise UserError(f"{name} is a JPEG picture in more than {MAX_SCANS} scans; save it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(source), formats=FORMATS) as image:
                _check_size(image, name)
                image.load()
                _upright(image)
                return _pixels(image)
    except (UserError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise UserError(f"{name} is larger than 40 megapixels; make it smaller first.") from error
    except Image.UnidentifiedImageError as error:
        raise UserError(
            f"{name} is not a PNG, JPEG, GIF, WebP, BMP or TIFF picture; save it as one of these."
        ) from error
    except Exception as error:  # Pillow's decoders raise whatever a damaged file makes them stumble over
        raise UserError(f"{name} is damaged and cannot be decoded; download or save it again.") from error


def broken(path: Path) -> str:
    """Return briefly why a file cannot be a whole picture, judged by its first and last bytes, or "".

    Decoding all pictures of a large folder would take minutes; a download that broke off is known by its end.
    """
    with open(path, "rb") as file:
        start = file.read(16)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        end = file.read()
    if not start:
        return "empty"
    if start.startswith(b"\xff\xd8\xff"):
        return "" if b"\xff\xd9" in end else "cut off"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "" if b"IEND" in end else "cut off"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "" if int.from_bytes(start[4:8], "little") + 8 <= size else "cut off"
    if start.startswith(b"BM"):
        return "" if int.from_bytes(start[2:6], "little") <= size else "cut off"
    return "" if start.startswith((b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")) else "not a picture"


def _content(path: Path, name: str) -> bytes:
    if not path.is_file():
        raise UserError(f"{name} does not exist or is not a file; give the path of a picture.")
    if path.stat().st_size > MAX_BYTES:
        raise UserError(f"{name} has more than {MAX_BYTES // 1024**2} MiB; make the picture smaller first.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(name, error) from error


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UserError(f"{name} has {width}x{height} pixels; make it smaller than 40 megapixels first.")


def _upright(image: Image.Image) -> None:
    """Turn the picture as its EXIF data say; where these are damaged, it stays."""
    with contextlib.suppress(Exception):  # readers of EXIF raise whatever it makes them stumble over
        ImageOps.exif_transpose(image, in_place=True)


def _pixels(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # 16 bits of grey
        wide = np.asarray(image).astype(np.int64).clip(0, 65535)
        return ((wide * 255 + 32767) // 65535).astype(np.uint8)[..., None]
    if image.mode == "F":
        return as_bytes(np.asarray(image)[None, ..., None], _range(np.asarray(image)))[0]
    mode = "L" if image.mode in ("1", "L", "LA") else "RGB"
    if image.has_transparency_data:
        image = _on_white(image, mode)
    pixels = np.asarray(_in_mode(image, mode))  # (height, width) or (height, width, 3)
    return pixels.reshape(*pixels.shape[:2], -1)


def _range(values: np.ndarray) -> tuple[float, float]:
    """Return the values of black and white of a picture of floats."""
    found, _ = value_range(np.nan_to_num(values), True, "")
    return found or BYTES


def _on_white(image: Image.Image, mode: str) -> Image.Image:
    image = _in_mode(image, "RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return _in_mode(white, mode)


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Convert where needed: Pillow copies also where nothing is to be done, and pictures are large."""
    return image if image.mode == mode else image.convert(mode)
