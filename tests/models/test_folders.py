"""Folders as people have them, of pictures and of recordings; and recordings against those that scipy writes."""

import os
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from dlviz_models.data import open_data
from dlviz_models.data.datasets import open_dataset
from dlviz_models.data.image import read_image
from dlviz_models.data.wav import read_wav
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.integers(0, 256, (7, 5, 3), np.uint8)


def save(path: Path, value: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 3), value).save(path)


def firsts(pictures) -> list[int]:
    return [int(picture[0, 0, 0]) for picture in pictures.batch(0, 99)]


def test_what_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"pets/cat/{number}.png", number)
        save(tmp_path / f"pets/dog/{number}.bmp", 100 + number)
    (tmp_path / "pets/cat/1.png").write_bytes(b"")
    (tmp_path / "pets/cat/2.png").write_bytes((tmp_path / "pets/cat/3.png").read_bytes()[:-20])
    (tmp_path / "pets/dog/4.bmp").write_text("<html>")
    for name in ("__MACOSX/._0.png", ".DS_Store", "dog/Thumbs.db", "cat/.ipynb_checkpoints/0.png", "dog/desktop.ini"):
        (tmp_path / "pets" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(b"x")
    (tmp_path / "pets/dog/7.heic").write_bytes(b"x")
    save(tmp_path / "pets/readme.png")
    pets = open_data(str(tmp_path / "pets")).whole
    assert (pets.class_names, firsts(pets)) == (("cat", "dog"), [0, 3, 4, 5, 100, 101, 102, 103, 105])
    assert pets.notes == (
        f"Left out 3 of 12 pictures: cat{os.sep}1.png (empty), cat{os.sep}2.png (cut off), "
        f"dog{os.sep}4.bmp (not a picture).",
        "1 .heic file is not read.",
        "1 pictures beside the folders of the classes are left out.",
    )


def test_wrapped_nested_and_linked_folders(tmp_path: Path) -> None:
    save(tmp_path / "a/archive/PetImages/Cat/2019/1.png", 1)
    save(tmp_path / "a/archive/PetImages/Cat/0.png", 0)
    save(tmp_path / "a/archive/PetImages/Dog/9.png", 9)
    (tmp_path / "a/archive/PetImages/Cow").symlink_to(tmp_path / "a/archive/PetImages/Dog")
    (tmp_path / "a/archive/PetImages/Dog/here").symlink_to(tmp_path / "a/archive/PetImages/Dog")
    found = open_data(str(tmp_path / "a")).whole
    assert (found.name, found.class_names) == ("a", ("Cat", "Cow", "Dog"))
    assert firsts(found) == [0, 1, 9, 9]
    for part in ("Training", "valid"):
        save(tmp_path / f"b/{part}/yes/1.tif", 3)
    divided = open_data(str(tmp_path / "b"))
    assert (len(divided.train), firsts(divided.whole)) == (1, [3])
    (tmp_path / "b/valid/yes/out.png").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match="link to somewhere else"):
        open_data(str(tmp_path / "b"))


def test_bmp_and_tiff(tmp_path: Path) -> None:
    for ending, how in (("bmp", {}), ("tif", {}), ("tif", {"compression": "tiff_lzw"})):
        Image.fromarray(COLOURS).save(tmp_path / f"a.{ending}", **how)
        assert np.array_equal(read_image(tmp_path / f"a.{ending}"), COLOURS)
    Image.fromarray(COLOURS[..., 0].astype(np.float32) / 255).save(tmp_path / "a.tif")
    assert np.array_equal(read_image(tmp_path / "a.tif"), COLOURS[..., :1])


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2])
def test_recordings_as_scipy_writes_them(tmp_path: Path, kind: type, channels: int) -> None:
    exact = RANDOM.uniform(-0.9, 0.9, (50, channels))
    if kind is np.uint8:
        stored = np.round(exact * 128 + 128).astype(kind)
        exact = (stored - 128.0) / 128
    elif np.issubdtype(kind, np.integer):
        scale = 2.0 ** (8 * np.dtype(kind).itemsize - 1)
        stored = (exact * scale).astype(kind)
        exact = stored / scale
    else:
        stored = exact.astype(kind)
    wavfile.write(tmp_path / "a.wav", 16_000, stored)
    sound = read_wav(tmp_path / "a.wav")
    assert (sound.rate, sound.samples.dtype) == (16_000, np.float32)
    assert np.allclose(sound.samples, exact.mean(axis=1), atol=1e-6)


def test_recording_of_24_bits(tmp_path: Path) -> None:
    values = np.array([0, 1, -1, 2**23 - 1, -(2**23)])
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(8000)
        file.writeframes(b"".join(int(value).to_bytes(3, "little", signed=True) for value in values))
    assert np.allclose(read_wav(tmp_path / "a.wav").samples * 2**23, values)


def test_a_folder_of_recordings(tmp_path: Path) -> None:
    for number, name in enumerate(("no/a.wav", "no/b.wav", "yes/c.wav")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        wavfile.write(tmp_path / name, 8000, np.full(10 + number, 1000 * number, np.int16))
    (tmp_path / "yes/broken.wav").write_bytes(b"RIFF")
    found = open_dataset(str(tmp_path)).whole
    assert (found.kind, found.class_names, found.targets.tolist()) == ("sound", ("no", "yes"), [0, 0, 1])
    sample = found.sample(2)
    assert (len(sample.samples), sample.target, sample.name) == (12, 1, f"{tmp_path.name}:2")
    assert np.allclose(sample.samples * 2**15, 2000)
    assert found.notes == (f"Left out 1 of 4 recordings: yes{os.sep}broken.wav (not a recording).",)
