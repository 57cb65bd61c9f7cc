"""The options of an ascent, declared without a framework."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from dlviz_models.options import option

PARAMETRISATIONS = ("fourier", "maco", "pixels")
USUAL, UNSET = "usual", -1.0
"""The values that stand for the default choice and the default size."""
DEFAULTS: dict[str, Any] = {
    "parametrisation": "fourier", "variation": 4.0, "jitter": 0.04, "scale": 0.05, "rotation": 5.0
}  # fmt: skip
DEFAULTS_FOR: dict[str, dict[str, Any]] = {
    "class": {"parametrisation": "maco", "jitter": 0.1, "scale": 0.5, "rotation": 10.0}
}
"""Defaults by objective: of the classes, a second network recognises more this way (`benchmarks/class_pictures.py`)."""
SMALL = 12
"""Pixels. Smaller pictures, receptive fields of small filters, have no noise to smooth away."""


@dataclass(frozen=True)
class Recipe:
    """The parametrisation, the optimiser and the regularisation of an ascent."""

    parametrisation: str = option(
        USUAL,
        "what is changed. fourier: frequencies, the higher the less; maco: phases alone, with the strengths of natural"
        " pictures; pixels: each pixel by itself; usual: maco for classes, otherwise fourier",
        choices=(USUAL, *PARAMETRISATIONS),
        label="picture made of",
        labels=("the usual", "frequencies (Fourier)", "phases alone (MACO)", "pixels"),
    )
    steps: int = option(200, "steps of gradient ascent", low=1, high=10_000)
    rate: float = option(0.0, "how far a step goes at first", low=0, high=10, zero="usual", label="size of a step")
    variation: float = option(
        UNSET,
        "weight of the total variation beside the objective's steepest gradient, divided by the picture's side; -1: the"
        " usual, 4, in pictures of less than 12 pixels 0",
        low=UNSET,
        high=100,
        zero=USUAL,
        label="smoothness (total variation)",
    )
    jitter: float = option(
        UNSET,
        "random shifts at each step, as a share of the picture; -1: the usual, 0.04, for classes 0.1",
        low=UNSET,
        high=0.5,
        zero=USUAL,
        label="jitter (share of the side)",
    )
    scale: float = option(
        UNSET,
        "random scalings at each step; 0.05: by 5%; -1: the usual, 0.05, for classes 0.5",
        low=UNSET,
        high=1,
        zero=USUAL,
        label="random scaling (share)",
    )
    rotation: float = option(
        UNSET,
        "random turns at each step, either way; -1: the usual, 5, for classes 10",
        low=UNSET,
        high=180,
        zero=USUAL,
        label="rotation (degrees)",
    )
    blur: float = option(
        0.0, "Gaussian blur that fades during the ascent, its deviation at first", low=0, high=20, label="blur (pixels)"
    )
    contrast: float = option(
        0.0,
        "the largest root mean square distance from mid-grey, a ball of the L2 norm; pixels as 0 to 1",
        low=0,
        high=0.5,
        zero="no limit",
        label="contrast (L2)",
    )
    pictures: int = option(1, "pictures for each unit, made to differ", low=1, high=8, label="pictures per unit")
    diversity: float = option(
        0.3, "how much several pictures of a unit are made to differ", low=0, high=10, label="diversity"
    )
    seed: int = option(0, "random seed; another one starts from other noise", low=0, high=2**31 - 1)

    def for_objective(self, name: str, side: int = SMALL) -> Recipe:
        """Replace unset options by the defaults for an objective and pictures of `side` pixels."""
        defaults = DEFAULTS | DEFAULTS_FOR.get(name, {}) | ({"variation": 0.0} if side < SMALL else {})
        return replace(self, **{n: value for n, value in defaults.items() if _is_unset(getattr(self, n))})


def _is_unset(value: str | float) -> bool:
    return value == USUAL if isinstance(value, str) else value < 0


def recipe_of(view: Recipe) -> Recipe:
    """The options of a view that belong to the recipe."""
    return Recipe(**{field.name: getattr(view, field.name) for field in fields(Recipe)})
