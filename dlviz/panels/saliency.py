"""Panels of a saliency map, for any kind of input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from dlviz.feeding.tokens import origin, tokens
from dlviz.panels.patch_tiles import shown_pixels
from dlviz.sheet import Bars, Curves, Image, Panel, Tiles
from dlviz.spacing import evenly_spaced
from dlviz_models.data.samples import Numbers, Several, Sound

if TYPE_CHECKING:
    from dlviz.feeding.feed import Feeds
    from dlviz.saliency.target import Target
    from dlviz_models.data.samples import Sample

BRIGHTEST = 0.995
"""The quantile of magnitudes beyond which a map is clipped."""
BLUR = 0.012
"""The sigma of the blur of a map over a picture or a sound, as a share of the longer side."""
MOST_FRAMES = 8
MOST_BARS = 24


def panels(target: Target, sample: Sample, feeds: Feeds, values: np.ndarray) -> tuple[Panel, ...]:
    """Panels of the map `values` (*places,) of one sample."""
    name = target.score.variable
    part = sample.parts[name] if isinstance(sample, Several) and name in sample.parts else sample
    signed = bool((values < 0).any())
    does, against = _verbs(target)
    title = f"Blue {does}, orange {against}" if signed else "The darker, the more it counts"
    match values.ndim:
        case 1:
            return (_along(target, part, feeds, values),)
        case 2 if not target.is_embedded and target.score.network.inputs[name].kind == "picture":
            lit = _lit(shown_pixels(target.score.network, name, part), values, does if signed else "counts")
            return lit, Tiles(without_extremes(values)[None, ..., None], "diverging", title, role="main")
        case 2:
            return (Tiles(without_extremes(values)[None, ..., None], "diverging", title, role="main"),)
    planes = without_extremes(values).reshape(-1, *values.shape[-2:])
    chosen = evenly_spaced(len(planes), MOST_FRAMES)
    captions = tuple(f"place {n}" for n in chosen)
    return (Tiles(planes[chosen][..., None], "diverging", title, captions, role="main"),)


def _verbs(target: Target) -> tuple[str, str]:
    """What a positive and a negative part of a map do to the target."""
    is_number = target.score.network.chosen_output.kind == "numbers"
    return ("raises it", "lowers it") if is_number else ("speaks for it", "against it")


def without_extremes(values: np.ndarray) -> np.ndarray:
    """Clip a map (*places,) at the `BRIGHTEST` quantile of its magnitudes."""
    limit = float(np.quantile(np.abs(values), BRIGHTEST)) or float(np.abs(values).max())
    return np.clip(values, -limit, limit)


def _lit(pixels: np.ndarray, values: np.ndarray, does: str) -> Image:
    """The picture (height, width, channel), lit where the map is positive."""
    heat = gaussian_filter(np.maximum(without_extremes(values), 0), BLUR * max(values.shape))
    return Image(pixels, title=f"Lit where it {does}", heat=heat / (heat.max() or 1), role="main")


def _along(target: Target, part: Sample, feeds: Feeds, values: np.ndarray) -> Panel:
    """A map (steps,): a bar for each word or number, or a curve over time."""
    does, against = _verbs(target)
    if target.is_row:
        return _bars(_names(target, part, feeds, len(values)), values, f"Blue {does}, orange {against}")
    rate = part.rate if isinstance(part, Sound) else 1
    wave = part.samples if isinstance(part, Sound) else target.values.mean(axis=-1)
    fed = "what is fed" if isinstance(part, Sound) or target.values.shape[-1] == 1 else "what is fed, on average"
    counts = gaussian_filter(values, BLUR * len(values))
    series = {fed: wave, "how much it counts, scaled to the same height": _as_high(counts, wave)}
    title = f"Above 0: {does}; below: {against}"
    return Curves(np.arange(len(values)) / rate, series, "seconds" if rate > 1 else "step", "", title, role="main")


def _names(target: Target, part: Sample, feeds: Feeds, count: int) -> tuple[str, ...]:
    """A name for each position of a text or row of numbers; "·" is padding."""
    network = target.score.network
    words = tokens(network, origin(network, target.score.variable)[0], feeds) if target.is_embedded else ()
    names = words or (part.names if isinstance(part, Numbers) else ())
    return names if len(names) == count else tuple(map(str, range(count)))


def _bars(names: tuple[str, ...], values: np.ndarray, title: str) -> Bars:
    """Bars in order of position; of many those with the largest magnitudes."""
    known = np.array([number for number, name in enumerate(names) if name != "·"])
    most = np.sort(known[np.argsort(-np.abs(values[known]), kind="stable")[:MOST_BARS]])
    is_part = len(most) < len(known)
    labels = tuple(f"{names[n]} ({n + 1})" if is_part else names[n] for n in most)
    which = f"; the {MOST_BARS} of {len(known)} that count most" if is_part else ""
    return Bars(labels, values[most], f"{title}{which}", role="main")


def _as_high(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Scale numbers to the largest magnitude of others, or to 1 if these are all 0."""
    most = float(np.abs(other).max()) or 1.0
    return values * (most / (float(np.abs(values).max()) or 1.0))
