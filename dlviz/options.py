"""A view's fields are its options, declared as those of networks and trainings are: `dlviz_models.options`."""

from typing import Any

from dlviz_models.options import (
    LAST,
    Matrix,
    Option,
    Position,
    Signal,
    Value,
    by_present_names,
    chosen_of,
    configure,
    matrix,
    option,
    options_of,
    position,
    signal,
    step,
    with_options_of,
)

__all__ = [
    "LAST", "Matrix", "Option", "Position", "Signal", "Value", "by_present_names", "chosen_of", "configure",
    "matrix", "most_predicted_class", "option", "options_of", "position", "signal", "step", "with_options_of",
]  # fmt: skip


def most_predicted_class() -> Any:
    """The option of a class; the default is the one that most pictures of the data are taken for."""
    return option(
        "",
        "the class, by its name or number; empty: the one most pictures are taken for",
        label="class",
        suggests="classes",
        zero="the most frequent",
    )
