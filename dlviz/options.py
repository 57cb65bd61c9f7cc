"""A view's fields are its options, declared as those of networks and trainings are: `dlviz_models.options`."""

from dlviz_models.options import (
    Matrix,
    Option,
    Position,
    Signal,
    Value,
    configure,
    matrix,
    option,
    options_of,
    position,
    signal,
    step,
)

__all__ = [
    "Matrix", "Option", "Position", "Signal", "Value", "configure", "matrix", "option", "options_of", "position",
    "signal", "step",
]  # fmt: skip
