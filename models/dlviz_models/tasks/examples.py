"""From a data set to the arrays that a classifier is trained and tested on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz_models.data import Data, Pictures
from dlviz_models.data.pictures import SelectedPictures
from dlviz_models.data.stack import stack
from dlviz_models.errors import UserError

HELD_OUT = 0.1


@dataclass(frozen=True)
class Drawn:
    """Pictures uint8 (n, height, width, channel) to train, choose the epoch, and test; `order` are their numbers.

    `order` begins with those held out.
    """

    x: np.ndarray
    x_held_out: np.ndarray
    x_test: np.ndarray
    order: np.ndarray


@dataclass(frozen=True)
class Examples:
    """Pictures uint8 (n, height, width, channel) and class numbers int64 (n,), to train, choose the epoch, and test."""

    x: np.ndarray
    y: np.ndarray
    x_held_out: np.ndarray
    y_held_out: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: int
    class_names: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(height, width, channel)."""
        return self.x.shape[1:]


def draw_pictures(data: Data[Pictures], settings: Mapping[str, Any], limit: int | None, seed: int) -> Drawn:
    """Draw `limit` pictures (or all) of the training part in random order and hold a tenth of them out.

    Args:
        settings: has the `input_shape` that all pictures are brought to.

    Raises:
        UserError: there are too few pictures, or `input_shape` is not that of a picture.
    """
    if len(data.train) < 2 or not len(data.test):
        raise UserError(f"{data.name} has too few pictures to train and test with; give at least five.")
    order = np.random.default_rng(seed).permutation(len(data.train))[: max(2, limit or len(data.train))]
    shape = tuple(settings["input_shape"])
    x = stack(SelectedPictures(data.train.name, data.train, order), shape)
    held_out = max(1, round(HELD_OUT * len(x)))
    return Drawn(x[held_out:], x[:held_out], stack(data.test, shape), order)


def load_examples(data: Data[Pictures], settings: Mapping[str, Any], limit: int | None, seed: int) -> Examples:
    """Draw pictures as `draw_pictures` does, with their labels.

    Args:
        settings: has the `input_shape`, and may have `classes`, which otherwise follow the data.

    Raises:
        UserError: as `draw_pictures`; no labels, or labels beyond `classes`.
    """
    train_labels, test_labels = _labels(data.train), _labels(data.test)
    drawn = draw_pictures(data, settings, limit, seed)
    held_out, y = len(drawn.x_held_out), train_labels[drawn.order]
    named = data.train.class_names or ()
    highest = int(max(train_labels.max(), test_labels.max()))
    classes = settings.get("classes") or len(named) or max(highest + 1, 2)
    if highest >= classes:
        raise UserError(f"{data.name} has the label {highest}, but classes={classes}; set classes={highest + 1}.")
    return Examples(
        x=drawn.x,
        y=y[held_out:],
        x_held_out=drawn.x_held_out,
        y_held_out=y[:held_out],
        x_test=drawn.x_test,
        y_test=test_labels,
        classes=classes,
        class_names=named if len(named) == classes else (),
    )


def _labels(pictures: Pictures) -> np.ndarray:
    if pictures.labels is None:
        what = (
            "has no labels to learn from" if pictures.targets is None else "is labelled with numbers, not with classes"
        )
        raise UserError(f"{pictures.name} {what}; give one subfolder per class, or class numbers y_train, y_test.")
    return pictures.labels
