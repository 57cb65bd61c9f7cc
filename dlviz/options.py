"""A view's fields are its options, declared as those of networks and trainings are: `dlviz_models.options`."""

from dlviz_models.options import (
    Matrix,
    Option,
    Position,
    Signal,
    Value,
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
    "Matrix", "Option", "Position", "Signal", "Value", "chosen_of", "configure", "matrix", "option", "options_of",
    "position", "signal", "step", "with_options_of",
]  # fmt: skip
