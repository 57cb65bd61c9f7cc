"""The size that pictures have in training, and that looking brings pictures to it alike."""

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from dlviz.network import Network
from dlviz_models.cards import read_card
from dlviz_models.data import ArrayPictures, Data, open_data
from dlviz_models.data.stack import stack
from dlviz_models.networks import network
from dlviz_models.tasks.picture_size import picture_size
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.train import train


def pictures(height: int, width: int, channels: int = 3) -> ArrayPictures:
    return ArrayPictures("drawn", np.zeros((4, height, width, channels), np.uint8), np.arange(4) % 2)


@pytest.mark.parametrize(
    ("name", "size", "settings", "input_shape", "stretched"),
    [
        ("alexnet32", (224, 224, 3), {}, (32, 32, 3), True),
        ("alexnet32", (20, 224, 1), {}, (32, 32, 1), True),
        ("alexnet32", (32, 32, 3), {}, (32, 32, 3), False),
        ("resnet", (28, 28, 1), {}, (28, 28, 1), False),  # smaller ones stay
        ("lenet5", (32, 32, 3), {}, (32, 32, 3), False),  # about its own size
        ("alexnet32", (224, 224, 3), {"input_shape": (224, 224, 3)}, (224, 224, 3), False),
        ("alexnet32", (224, 224, 3), {"input_shape": (64, 64, 3)}, (64, 64, 3), True),
    ],
)
def test_size(name: str, size: tuple, settings: dict, input_shape: tuple, stretched: bool) -> None:
    found = picture_size(network(name), pictures(*size), settings, "drawn")
    assert (found.input_shape, found.stretched) == (input_shape, stretched)
    assert bool(found.note) == (stretched and not settings)


def test_note_names_both_sizes_and_the_next_step() -> None:
    assert picture_size(network("alexnet32"), pictures(224, 200), {}, "drawn").note == (
        "The pictures of drawn, 200x224 pixels, are stretched to the 32x32 of alexnet32; they can keep their size "
        "(--set input_shape=224,200,3)."
    )


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Twelve pictures of differing sizes, some grey: of class a the left half is bright, of class b the right one."""
    for number in range(12):
        height, width = 40 + 4 * number, 120 - 6 * number
        pixels = np.zeros((height, width), np.uint8)
        pixels[:, : width // 2] = 200
        picture = Image.fromarray(pixels if number % 2 else pixels[:, ::-1]).convert("RGB" if number > 3 else "L")
        (tmp_path / "photographs" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        picture.save(tmp_path / "photographs" / "ab"[number % 2] / f"{number}.png")
    return tmp_path / "photographs"


def test_photographs_of_many_sizes_are_stretched_and_later_fed_alike(photographs: Path, tmp_path: Path) -> None:
    seen: list[TrainingProgress] = []
    data: Data = open_data(str(photographs))
    train("logistic", data, tmp_path / "net.keras", epochs=1, batch=4, progress=seen.append)
    assert seen[0].notes == (
        "The pictures of photographs differ in size and are stretched to the 28x28 of logistic; "
        "they can be brought to another size (--set input_shape=HEIGHT,WIDTH,3).",
    )
    card = read_card(tmp_path / "net.keras")
    assert card is not None
    assert card.fit == "stretch"
    looked_at = Network(keras.saving.load_model(tmp_path / "net.keras"), card=card)
    trained_on = stack(data.train, (28, 28, 3))
    for index in range(len(data.train)):
        assert np.array_equal(looked_at.resize_to_input(data.train[index]), trained_on[index])


def test_digits_have_no_fit(tmp_path: Path) -> None:
    train("logistic", open_data("digits"), tmp_path / "net.keras", epochs=1, limit=50)
    card = read_card(tmp_path / "net.keras")
    assert card is not None
    assert card.fit == ""
