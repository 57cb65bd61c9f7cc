"""The options of an ascent, declared without a framework."""

from __future__ import annotations

from dataclasses import dataclass, fields

from dlviz_models.options import option

PARAMETRISATIONS = ("fourier", "maco", "pixels")


@dataclass(frozen=True)
class Recipe:
    """How pictures are changed and what keeps them from becoming noise."""

    parametrisation: str = option(
        "fourier",
        "what is changed. fourier: frequencies, the higher the less; maco: phases alone, with the strengths of natural"
        " pictures; pixels: each pixel by itself",
        choices=PARAMETRISATIONS,
        label="picture made of",
        labels=("frequencies (Fourier)", "phases alone (MACO)", "pixels"),
    )
    steps: int = option(200, "steps of gradient ascent", low=1, high=10_000)
    rate: float = option(0.0, "how far a step goes at first", low=0, high=10, zero="usual", label="size of a step")
    variation: float = option(
        4.0,
        "weight of the total variation beside the objective's steepest gradient, divided by the picture's side",
        low=0,
        high=100,
        label="smoothness (total variation)",
    )
    jitter: float = option(
        0.04, "random shifts at each step, as a share of the picture", low=0, high=0.5, label="jitter (share of it)"
    )
    scale: float = option(
        0.05, "random scalings at each step; 0.05: by 5%", low=0, high=0.5, label="random scaling (share)"
    )
    rotation: float = option(5.0, "random turns at each step, either way", low=0, high=180, label="rotation (degrees)")
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


def recipe_of(view: Recipe) -> Recipe:
    """The recipe in a view that has further options."""
    return Recipe(**{field.name: getattr(view, field.name) for field in fields(Recipe)})
