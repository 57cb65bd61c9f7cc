"""What people give to be fed: a file, `SOURCE:INDEX`, pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from dlviz import inspect
from dlviz_models.data.samples import Picture, Sample, Samples
from dlviz_models.data.sources import SAYS
from dlviz_models.errors import UserError


def samples_of(
    given: Sequence[str | np.ndarray | Sample], open_samples: Callable[[str], Samples], input_names: tuple[str, ...]
) -> tuple[Sample, ...]:
    return tuple(sample_of(one, open_samples) for one in given)


def sample_of(given: str | np.ndarray | Sample, open_samples: Callable[[str], Samples]) -> Sample:
    if isinstance(given, Sample):
        return given
    if isinstance(given, np.ndarray):
        return Picture(given, name="your drawing")
    source, colon, index = given.rpartition(":")
    if colon and index.isdigit() and not Path(given).exists():
        samples = open_samples(source)
        if int(index) >= len(samples):
            raise UserError(f"--input {given}: {source} has {len(samples)} pictures, numbered from 0.")
        return samples.sample(int(index))
    if (source if colon else given) in SAYS and not Path(given).exists():
        raise UserError(f"--input {given[-100:]} names no picture: write SOURCE:INDEX, such as digits:0.")
    return Picture(inspect.load_image(given), name=Path(given).name)


def source_in(given: Sequence[object]) -> str:
    """The source of the first of what is given as `SOURCE:INDEX`; empty where none is."""
    for one in given:
        source, colon, index = one.rpartition(":") if isinstance(one, str) else ("", "", "")
        if colon and index.isdigit() and not Path(str(one)).exists():
            return source
    return ""
