"""Kinds of tasks: which fits a network and a data set."""

from collections.abc import Mapping
from typing import Any

from dlviz_models.data import Data
from dlviz_models.data.sequences import PairData, SoundData, TreeData
from dlviz_models.errors import UserError
from dlviz_models.networks import NetworkSpec
from dlviz_models.tasks.belief import Believe
from dlviz_models.tasks.denoising import Denoise
from dlviz_models.tasks.pictures import ClassifyPictures
from dlviz_models.tasks.reconstruction import Reconstruct
from dlviz_models.tasks.sequences import ClassifySentences, ClassifySounds, ClassifyTexts
from dlviz_models.tasks.task import Task
from dlviz_models.tasks.translation import Translate
from dlviz_models.tasks.trees import ClassifyNodes

TASKS: dict[tuple[str, type], type[Any]] = {
    ("classifier", Data): ClassifyPictures,
    ("autoencoder", Data): Reconstruct,
    ("belief net", Data): Believe,
    ("sequence classifier", Data): ClassifyPictures,
    ("sequence classifier", PairData): ClassifyTexts,
    ("sequence classifier", TreeData): ClassifySentences,
    ("sound classifier", SoundData): ClassifySounds,
    ("translator", PairData): Translate,
    ("denoiser", SoundData): Denoise,
    ("tree classifier", TreeData): ClassifyNodes,
}
"""By the network's kind and the class of the data."""


def task_for(spec: NetworkSpec, data: Any, settings: Mapping[str, Any], limit: int | None, seed: int) -> Task:
    """Return the task of training such a network on that data.

    Args:
        settings: the builder's options as far as they were given.
        limit: use that many examples of the training part only, drawn by `seed`.

    Raises:
        UserError: the network takes other data, or the data does not do.
    """
    if (spec.kind, type(data)) not in TASKS:
        raise UserError(f"{spec.name} cannot be trained on {data.name}; give it data of another kind.")
    return TASKS[spec.kind, type(data)](data, settings, limit, seed)


__all__ = ["TASKS", "Task", "task_for"]
