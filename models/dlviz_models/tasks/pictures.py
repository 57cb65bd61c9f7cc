"""Classifying pictures."""

from collections.abc import Mapping
from typing import Any

from dlviz_models.data import Data, Pictures
from dlviz_models.tasks.examples import load_examples
from dlviz_models.tasks.task import Part, Task


class ClassifyPictures(Task):
    """Pixels in, class numbers out."""

    def __init__(self, data: Data[Pictures], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        examples = load_examples(data, settings, limit, seed)
        self.train = Part(examples.x, examples.y)
        self.held_out = Part(examples.x_held_out, examples.y_held_out)
        self.test = Part(examples.x_test, examples.y_test)
        self.settings = {"input_shape": examples.input_shape, "classes": examples.classes}
        self.class_names = examples.class_names
