"""Kinds of tasks: which fits a network and a data set."""

from collections.abc import Mapping
from typing import Any

from dlviz_models.data import Data
from dlviz_models.data.samples import Picture, Sound, Text, Tree
from dlviz_models.errors import UserError
from dlviz_models.networks import NetworkSpec
from dlviz_models.tasks.belief import Believe
from dlviz_models.tasks.denoising import Denoise
from dlviz_models.tasks.picture_size import picture_size
from dlviz_models.tasks.pictures import ClassifyPictures
from dlviz_models.tasks.reconstruction import Reconstruct
from dlviz_models.tasks.sequences import ClassifySentences, ClassifySounds, ClassifyTexts
from dlviz_models.tasks.task import Task
from dlviz_models.tasks.translation import Translate
from dlviz_models.tasks.trees import ClassifyNodes

TASKS: dict[tuple[str, str], type[Any]] = {
    ("classifier", Picture.kind): ClassifyPictures,
    ("autoencoder", Picture.kind): Reconstruct,
    ("belief net", Picture.kind): Believe,
    ("sequence classifier", Picture.kind): ClassifyPictures,
    ("sequence classifier", Text.kind): ClassifyTexts,
    ("sequence classifier", Tree.kind): ClassifySentences,
    ("sound classifier", Sound.kind): ClassifySounds,
    ("translator", Text.kind): Translate,
    ("denoiser", Sound.kind): Denoise,
    ("tree classifier", Tree.kind): ClassifyNodes,
}
"""By the network's kind and the kind of the samples."""


def task_for(spec: NetworkSpec, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> Task:
    """Return the task of training such a network on that data.

    Args:
        settings: the builder's options as far as they were given.
        limit: use that many examples of the training part only, drawn by `seed`.

    Raises:
        UserError: the network takes another kind of data, or the data cannot be used.
    """
    if (spec.kind, data.kind) not in TASKS:
        raise UserError(f"{spec.name} cannot be trained on {data.name}; give it data of another kind.")
    kind = TASKS[spec.kind, data.kind]
    if data.kind != Picture.kind:
        return kind(data, settings, limit, seed)
    size = picture_size(spec, data.train, settings, data.name)
    task: Task = kind(data, {**settings, "input_shape": size.input_shape}, limit, seed)
    task.fit = "stretch" if size.stretched else ""
    task.notes = (size.note,) if size.note else ()
    return task


__all__ = ["TASKS", "Task", "task_for"]
