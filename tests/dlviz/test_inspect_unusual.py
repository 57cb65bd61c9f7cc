"""Valid but unusual files open: networks answer as the originals did, pictures and arrays are what was stored."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

from dlviz.inspect import child
from dlviz.inspect.build import build, set_weights
from tests.dlviz import unusual


def report_on(path: Path, folder: Path) -> dict[str, Any]:
    """What the process that looks into files would say, without starting one."""
    report = child.report_on(path, folder)
    assert "refused" not in report, report["refused"]
    assert report["says"].isprintable()
    json.dumps(report["facts"])
    return report


def opened(path: Path) -> keras.Model:
    folder = path.parent / "found"
    folder.mkdir(exist_ok=True)
    report = report_on(path, folder)
    return build(json.loads((folder / "config.json").read_text()), folder / report["weights"], report, path)


def assert_same(one: keras.Model, two: keras.Model) -> None:
    for left, right in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    given = unusual.fed(one)
    for left, right in zip(*[keras.tree.flatten(model(given, training=False)) for model in (one, two)], strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(left), keras.ops.convert_to_numpy(right))


@pytest.mark.parametrize("build", unusual.NETWORKS, ids=lambda build: build.__name__)
def test_networks(build: Callable[[], keras.Model], tmp_path: Path) -> None:
    model = build()
    model.save(tmp_path / "net.keras")
    assert_same(model, opened(tmp_path / "net.keras"))


def test_any_names_can_be_compiled(tmp_path: Path) -> None:
    """As Keras alone cannot: its `predict` refuses such names."""
    model = unusual.names_of_all_letters()
    model.save(tmp_path / "net.keras")
    given = unusual.fed(model)
    np.testing.assert_allclose(opened(tmp_path / "net.keras").predict(given, verbose=0), model(given), rtol=1e-5)


def small() -> keras.Model:
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])


def trained() -> keras.Model:
    model = small()
    model.compile(keras.optimizers.Adam(), "mse", metrics=["mae"])
    model.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)
    return model


def repacked(path: Path, change: Callable[[h5py.File], None] | None = None, method: int = zipfile.ZIP_STORED) -> Path:
    """The archive `path` written anew, its weights changed."""
    new = path.with_name("new.keras")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w", method) as packed:
        for name in old.namelist():
            content = io.BytesIO(old.read(name))
            if name.endswith(".h5") and change:
                with h5py.File(content, "a") as file:
                    change(file)
            packed.writestr(name, content.getvalue())
    return new


def rewritten(**how: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        arrays = {}
        file.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        for name, array in arrays.items():
            del file[name]
            file.create_dataset(name, data=array, **how)

    return change


@pytest.mark.parametrize("change", [None, rewritten(dtype=">f4"), rewritten(dtype="f8"), rewritten(track_times=True)])
def test_weights_stored_otherwise(change: Callable[[h5py.File], None] | None, tmp_path: Path) -> None:
    """With the optimizer's state, deflated, big-endian, as doubles, with times."""
    model = trained()
    model.save(tmp_path / "net.keras")
    found = opened(repacked(tmp_path / "net.keras", change, zipfile.ZIP_DEFLATED))
    assert_same(model, found)
    assert not found.compiled


def test_compressed_weights(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(30, use_bias=False)])
    model.save(tmp_path / "net.keras")
    packed = rewritten(compression="gzip", shuffle=True, fletcher32=True)
    assert_same(model, opened(repacked(tmp_path / "net.keras", packed)))


def test_low_rank_adapters(tmp_path: Path) -> None:
    """Keras adds them to the kernel when it saves, so the answers are the same and the weights are not."""
    model = small()
    model.layers[0].enable_lora(2)
    model.layers[0].lora_kernel_b.assign(np.ones((2, 3)))
    model.save(tmp_path / "net.keras")
    given = unusual.fed(model)
    np.testing.assert_allclose(model(given), opened(tmp_path / "net.keras")(given), rtol=1e-5)


def test_legacy_network_with_optimizer(tmp_path: Path) -> None:
    model = trained()
    model.save(tmp_path / "net.h5")
    assert_same(model, opened(tmp_path / "net.h5"))


@pytest.mark.parametrize("name", ["w.weights.h5", "w.h5"])
def test_weights_alone(name: str, tmp_path: Path) -> None:
    model = trained()
    other = small()
    if name == "w.h5":
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

        with h5py.File(tmp_path / name, "w") as file:
            save_weights_to_hdf5_group(file, model)
    else:
        model.save_weights(tmp_path / name)
    report = report_on(tmp_path / name, tmp_path)
    assert report["kind"] == "weights"
    set_weights(other, tmp_path / report["weights"], name)
    assert_same(model, other)


@pytest.mark.parametrize("name", ["größe 網.h5", os.fsdecode(b"\xff\xfe\x80.png"), "a\nb\x1b[31m.txt", "-x", "n" * 250])
def test_odd_paths(name: str, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.save(tmp_path / "net.keras")
    odd = tmp_path / os.fsdecode(b"folder \xf0\x9f\x90")
    odd.mkdir()
    shutil.move(tmp_path / "net.keras", odd / name)
    assert_same(model, opened(odd / name))


# -- pictures -------------------------------------------------------------------------------------------------------

RANDOM = np.random.default_rng(0)
COLOUR = RANDOM.integers(0, 256, (6, 8, 3), np.uint8)
GREY = COLOUR[..., 0]


def stored(image: Image.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return stored(Image.fromarray(np.rot90(COLOUR).copy()), "PNG", exif=exif)


def wide_colours() -> bytes:
    """16 bits a channel, written by hand because Pillow does not."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.astype(">u2").__mul__(257).astype(">u2").tobytes() for row in COLOUR)
    header = struct.pack(">IIBBBBB", 8, 6, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def palette(**how: Any) -> tuple[bytes, np.ndarray]:
    image = Image.fromarray(COLOUR).quantize(16)
    return stored(image, "PNG"), np.asarray(image.convert("RGB"))


TRANSPARENT = np.dstack([COLOUR, np.where(GREY > 99, 255, 0).astype(np.uint8)])
ON_WHITE = np.where(TRANSPARENT[..., 3:] > 0, COLOUR, 255)
PALETTE, PALETTE_COLOURS = palette()
PICTURES: dict[str, tuple[bytes, np.ndarray]] = {
    "colours": (stored(Image.fromarray(COLOUR), "PNG"), COLOUR),
    "grey": (stored(Image.fromarray(GREY), "PNG"), GREY[..., None]),
    "16 bits of grey": (stored(Image.fromarray(GREY.astype(np.uint16) * 257), "PNG"), GREY[..., None]),
    "16 bits of colour": (wide_colours(), COLOUR),
    "one bit": (stored(Image.fromarray(GREY > 99), "PNG"), np.where(GREY > 99, 255, 0)[..., None]),
    "palette": (PALETTE, PALETTE_COLOURS),
    "transparent": (stored(Image.fromarray(TRANSPARENT), "PNG"), ON_WHITE),
    "transparent grey": (
        stored(Image.fromarray(TRANSPARENT[..., [0, 3]]), "PNG"),
        np.where(TRANSPARENT[..., 3:] > 0, GREY[..., None], 255),
    ),
    "turned by EXIF": (turned(), COLOUR),
    "broken EXIF": (stored(Image.fromarray(COLOUR), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), COLOUR),
    "animation": (
        stored(Image.fromarray(GREY), "GIF", save_all=True, append_images=[Image.new("L", (8, 6))]),
        np.repeat(GREY[..., None], 3, -1),
    ),
    "animated PNG": (
        stored(Image.fromarray(COLOUR), "PNG", save_all=True, append_images=[Image.new("RGB", (8, 6))]),
        COLOUR,
    ),
    "WebP": (stored(Image.fromarray(COLOUR), "WEBP", lossless=True), COLOUR),
    "transparent WebP": (stored(Image.fromarray(TRANSPARENT), "WEBP", lossless=True), ON_WHITE),
    "interlaced": (stored(Image.fromarray(GREY), "GIF", interlace=1), np.repeat(GREY[..., None], 3, -1)),
    "one pixel": (stored(Image.new("RGB", (1, 1), (1, 2, 3)), "PNG"), np.array([[[1, 2, 3]]])),
}


@pytest.mark.parametrize("case", PICTURES)
def test_pictures(case: str, tmp_path: Path) -> None:
    content, expected = PICTURES[case]
    (tmp_path / "picture").write_bytes(content)
    assert report_on(tmp_path / "picture", tmp_path)["kind"] == "image"
    found = np.load(tmp_path / "image.npy")
    if found.shape != expected.shape and expected.shape[-1] == 3:
        found = np.repeat(found, 3, -1)  # a grey GIF may open as grey
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB", "YCbCr"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg(mode: str, progressive: bool, tmp_path: Path) -> None:
    image = Image.new("RGB", (16, 16), (200, 100, 50)).convert(mode)
    (tmp_path / "picture").write_bytes(stored(image, "JPEG", quality=95, progressive=progressive))
    report_on(tmp_path / "picture", tmp_path)
    found = np.load(tmp_path / "image.npy").astype(int)
    expected = np.asarray(image.convert("L" if mode == "L" else "RGB")).reshape(found.shape).astype(int)
    assert abs(found - expected).max() <= 4


# -- arrays ---------------------------------------------------------------------------------------------------------

ARRAYS = {
    "big-endian": np.arange(6, dtype=">f8").reshape(2, 3),
    "columns first": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "no dimension": np.float32(7).reshape(()),
    "nothing": np.empty((0, 5)),
    "half": np.arange(3, dtype=np.float16),
    "complex": np.arange(3) * 1j,
    "truth": np.array([True, False]),
    "texts": np.array(["a", "größe", ""]),
    "bytes": np.array([b"ab", b"c"]),
    "16 dimensions": np.zeros((1,) * 16, np.uint8),
    "every other": np.arange(10)[::2],
}


@pytest.mark.parametrize("case", ARRAYS)
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_arrays(case: str, version: tuple[int, int], tmp_path: Path) -> None:
    with open(tmp_path / "x", "wb") as file:
        np.lib.format.write_array(file, ARRAYS[case], version)
    assert report_on(tmp_path / "x", tmp_path)["kind"] == "npy"
    found = np.load(tmp_path / "0.npy")
    np.testing.assert_array_equal(found, ARRAYS[case])
    assert found.dtype == ARRAYS[case].dtype


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_names_of_arrays(save: Callable[..., None], tmp_path: Path) -> None:
    names = ["", "größe 網", "layer/kernel:0", "a.b", "x" * 200, "two\nlines"]
    save(tmp_path / "x.npz", **{name: np.full(3, index) for index, name in enumerate(names)})
    assert list(report_on(tmp_path / "x.npz", tmp_path)["facts"]["arrays"]) == names
    assert [np.load(tmp_path / f"{index}.npy")[0] for index in range(6)] == list(range(6))
