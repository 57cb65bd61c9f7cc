"""The decoder against pictures whose pixels are known."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlviz_models.data.image import read_image
from dlviz_models.errors import UserError

COLOURS = np.random.default_rng(0).integers(0, 256, (7, 5, 3), np.uint8)
GREY = COLOURS[..., 0]


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, bits: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG written by hand, as its specification says."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_lossless_formats_give_the_pixels_back() -> None:
    assert np.array_equal(read_image(encoded(Image.fromarray(COLOURS))), COLOURS)
    assert np.array_equal(read_image(encoded(Image.fromarray(COLOURS), "WEBP", lossless=True)), COLOURS)
    assert np.array_equal(read_image(encoded(Image.fromarray(GREY))), GREY[..., None])
    assert np.array_equal(read_image(encoded(Image.fromarray(GREY), "GIF")), np.repeat(GREY[..., None], 3, axis=2))


def test_path_and_bytes_agree(tmp_path: Path) -> None:
    (tmp_path / "ö.png").write_bytes(encoded(Image.fromarray(COLOURS)))
    assert np.array_equal(read_image(tmp_path / "ö.png"), COLOURS)


def test_sixteen_bits_become_eight() -> None:
    values = np.array([[0, 128, 129, 257], [32768, 65280, 65406, 65535]], np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    expected = np.rint(values / 257).astype(np.uint8)
    assert np.array_equal(read_image(png(4, 2, 16, 0, rows))[..., 0], expected)


def test_one_bit_becomes_black_and_white() -> None:
    assert read_image(png(8, 1, 1, 0, bytes([0, 0b10110001]))).ravel().tolist() == [
        255 * bit for bit in (1, 0, 1, 1, 0, 0, 0, 1)
    ]


def test_palette() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 1, 2, 3])
    image.putdata([2, 0, 1])
    assert read_image(encoded(image)).tolist() == [[[1, 2, 3], [255, 0, 0], [0, 255, 0]]]


def test_transparent_parts_stand_on_white() -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(10, 20, 30, 255), (10, 20, 30, 0), (0, 0, 0, 51)])
    assert read_image(encoded(image)).tolist() == [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]
    grey = Image.new("LA", (2, 1))
    grey.putdata([(10, 255), (10, 0)])
    assert read_image(encoded(grey)).tolist() == [[[10], [255]]]


def test_cmyk_jpeg() -> None:
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan, full magenta and yellow: red
    pixels = read_image(encoded(image, "JPEG", quality=100))
    assert pixels.shape == (16, 16, 3)
    assert np.abs(pixels.astype(int) - [255, 0, 0]).max() <= 4


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    upright = np.rot90(COLOURS, -1)
    assert np.array_equal(read_image(encoded(Image.fromarray(COLOURS), exif=exif)), upright)


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("L", (2, 2), value) for value in (40, 200)]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_image(animation).ravel().tolist() == [40] * 12


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a PNG, JPEG, GIF, WebP, BMP or TIFF"),
        (b"<html>not found</html>", "not a PNG, JPEG, GIF, WebP, BMP or TIFF"),
        (encoded(Image.fromarray(COLOURS), "EPS"), "not a PNG, JPEG, GIF, WebP, BMP or TIFF"),
        (encoded(Image.fromarray(np.tile(COLOURS, (30, 30, 1))), "JPEG")[:900], "damaged"),
        (png(4, 4, 8, 0, b"\0" * 7), "damaged"),
        (png(8000, 5001, 8, 0, b""), "8000x5001"),
        (png(60000, 60000, 8, 0, b""), "40 megapixels"),
        (png(10000, 10000, 8, 0, b""), "40 megapixels"),
    ],
)
def test_refused_in_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(UserError, match=says) as refusal:
        read_image(content, "holiday.png")
    assert str(refusal.value).startswith("holiday.png")
    assert len(str(refusal.value)) <= 400


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.png does not exist"):
        read_image(tmp_path / "gone.png")
