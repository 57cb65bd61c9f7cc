"""Sets of recordings that are read one by one."""

from abc import abstractmethod
from dataclasses import replace

import numpy as np

from dlviz_models.data.samples import Samples, Sound


class Recordings(Samples):
    """Recordings, each read when asked for; `labels` (n,) are class numbers, or None."""

    kind = Sound.kind

    def __init__(
        self,
        name: str,
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.targets = labels
        self.class_names = class_names
        self.notes = notes

    @abstractmethod
    def read(self, index: int) -> Sound:
        """Return recording number `index`, without its name and class."""

    def sample(self, index: int) -> Sound:
        target = None if self.targets is None else int(self.targets[index])
        return replace(self.read(index), name=f"{self.name}:{index}", target=target)
