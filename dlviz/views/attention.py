"""Attention: how much each token looks at each other one, head by head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import enumerated, one_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Image, Matrix, Panel, Sheet, Tiles
from dlviz.view import Scene, View
from dlviz_models.data.samples import Picture
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.model.attention_scores import Places


EVEN = 0.1
"""How far from their mean, at most, weights are practically alike."""
FULL_COLOUR = 4
"""A weight of so many times the even share has the full colour, where none is larger."""


@dataclass(frozen=True)
class Attention(View):
    """The attention weights of one layer for one sample, a matrix for each head, or maps over a picture's patches.

    >>> import dlviz
    >>> sheet = dlviz.show("attention", "sums", layer="attention", input="text:74+8")
    >>> sheet.arrays["attention"].shape  # (heads, queries, keys)
    (1, 3, 4)
    """

    name = "attention"
    summary = "How much each token attends to every other, head by head: rows are queries, columns keys."
    needs = frozenset({"network", "layer", "sample"})
    units = False
    layer_trait = "attends"
    one_sample = True
    order = 4

    head: int = option(-1, "which head, counted from 0; -1: all of them", low=-1, high=1024)
    query: int = option(
        -1, "for patches of a picture, the query token, counted from 0; -1: the class token, or the average over all",
        low=-1, high=10**6,
    )  # fmt: skip
    part: str = option(
        "", "the name of one attention, in a layer that contains several; empty: the first", zero="the first"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.feeding.tokens import origin
        from dlviz.model.attention_scores import places_of, query_and_key, scores_of
        from dlviz.panels.samples import sample_panels

        network, layer, sample = scene.network, scene.layer, scene.samples[0]
        yield Progress(0, 1, f"reading {sample.title}")
        feeds = network.feed([sample])
        found = scores_of(network.graph.steps[layer], *network.call_arguments(feeds, layer))
        weights = self._chosen(layer, found)  # (heads, queries, keys)
        names = query_and_key(network, layer)
        looking, looked_at = (
            places_of(network, name, count, feeds, sample) for name, count in zip(names, weights.shape[1:], strict=True)
        )
        heads = range(len(weights)) if self.head < 0 else [self.head]
        made = " The sample is made up." if sample.synthetic else ""
        if looked_at.grid and isinstance(sample, Picture):
            pixels = network.resize_to_input(sample.pixels)
            who, panels = self._over_picture(pixels, weights, heads, looking, looked_at)
            whose = f"the mean of {len(heads)} heads" if len(heads) > 1 else f"head {heads[0]}"
            summary = (
                f"Where {who} attends in {sample.title}: {whose} of {layer} over the picture, bright where it attends"
                f" most."
            )
        else:
            writes = network.writer and [origin(network, name)[0] for name in names] == ["target", "source"]
            rows = network.writer.tokens_written(feeds) if network.writer and writes else looking.labels
            word = "token written" if writes else "token"
            panels = [_matrix(weights[head], f"head {head}", rows, word, looking, looked_at) for head in heads]
            count = f"{len(weights)} heads" if len(weights) > 1 else "one head"
            summary = f"The attention weights of {layer} with {count}: each row is a {word}, and its weights sum to 1."
            panels = panels if looking.named and looked_at.named else [*sample_panels(network, sample), *panels]
        others = f" There is attention in {', '.join(found)} within it: choose one by part." if len(found) > 1 else ""
        yield Sheet(
            title=f"{network.name} · {layer} · {sample.title}",
            summary=summary + _even_heads(weights[:, : looking.shown], heads) + others + made,
            panels=tuple(panels),
            arrays={
                "attention": weights,
                "tokens_query": np.array(looking.labels),
                "tokens_key": np.array(looked_at.labels),
            },
        )

    def _chosen(self, layer: str, found: dict[str, np.ndarray]) -> np.ndarray:
        """The weights asked for.

        Raises:
            UserError: the layer has no attention of that name, or not that many heads.
        """
        name = self.part or next(iter(found))
        if name not in found:
            raise UserError(f"Layer {layer[:60]} has no attention {name[:60]}: choose {one_of(list(found))}.")
        if self.head >= len(found[name]):
            raise UserError(
                f"Layer {layer[:60]} has {len(found[name])} heads, numbered from 0: there is no {self.head}."
            )
        return found[name]

    def _over_picture(
        self, pixels: np.ndarray, weights: np.ndarray, heads: Sequence[int], looking: Places, looked_at: Places
    ) -> tuple[str, list[Panel]]:
        """Who looks, and where: the picture with the mean of the heads over it, and a map of patches for each head."""
        if self.query >= weights.shape[1]:
            raise UserError(f"There are {weights.shape[1]} tokens, numbered from 0: there is no query {self.query}.")
        assert looked_at.grid is not None
        rows, columns = looked_at.grid
        has_class = looking.grid is not None and looking.first == 1
        query = 0 if self.query < 0 and has_class else self.query
        of_query = weights[:, query] if query >= 0 else weights.mean(axis=1)  # (heads, keys)
        maps = of_query[:, looked_at.first : looked_at.first + rows * columns].reshape(-1, rows, columns)
        mean = maps[list(heads)].mean(axis=0)
        patch = query - looking.first
        is_patch = looking.grid is not None and 0 <= patch < looking.grid[0] * looking.grid[1]
        box = _box(patch, looking.grid, pixels.shape) if is_patch and looking.grid else None
        who = "the average token" if query < 0 else f"the token {looking.labels[query]}"
        picture = Image(pixels, title=f"Where {who} looks", heat=_over(mean, pixels.shape), boxes=box, role="main")
        tiles = Tiles(
            maps[list(heads)][..., None], "each", "Each head", tuple(f"head {n}" for n in heads), role="beside"
        )
        return who, [picture, tiles] if len(heads) > 1 else [picture]


def _matrix(
    weights: np.ndarray, title: str, rows: Sequence[str], word: str, looking: Places, looked_at: Places
) -> Matrix:
    """One head's weights (queries, keys) without the padding at the end."""
    queries, keys = looking.shown, looked_at.shown
    labels, shown = (tuple(rows[:queries]), looked_at.labels[:keys]), weights[:queries, :keys]
    most = max(float(shown.max(initial=0.0)), min(FULL_COLOUR / max(keys, 1), 1.0))
    return Matrix(shown, *labels, word, "looks at", title, limits=(0.0, most))


def _even_heads(weights: np.ndarray, heads: Sequence[int]) -> str:
    """Which heads of weights (heads, queries, keys) look at all that they may look at alike, a sentence; empty where
    none does."""
    counts = (weights > 0).sum(axis=-1, keepdims=True)  # what is masked has no weight
    off = np.where(weights > 0, np.abs(weights * counts - 1), 0)
    even = [head for head in heads if off[head].max() <= EVEN and counts[head].max() > 1]
    if not even:
        return ""
    is_all, least, most = len(even) == len(heads) > 1, counts[even].min(), counts[even].max()
    who = "All heads look" if is_all else f"Head {even[0]} looks"
    if not is_all and len(even) > 1:
        who = f"Heads {enumerated([str(head) for head in even])} look"
    share = f"1/{most} = {1 / most:.3g}" if least == most else "1/n of the n tokens that its row may look at"
    return f" {who} at all tokens nearly alike: each weight is within {EVEN:.0%} of {share}."


def _over(mean: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A map (rows, columns) as heat 0..1 of a picture's size, each patch evenly; pale where all are nearly alike."""
    rows, columns = (np.arange(size) * n // size for size, n in zip(shape[:2], mean.shape, strict=True))
    low, high = float(mean.min()), float(mean.max())
    heat = (mean - low) / max(high - low, EVEN * high, 1e-12)
    return heat[np.ix_(rows, columns)].astype(np.float32)


def _box(patch: int, grid: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Where a patch lies, (1, 4) in pixels."""
    row, column = divmod(patch, grid[1])
    height, width = shape[0] / grid[0], shape[1] / grid[1]
    return np.array([[row * height, column * width, (row + 1) * height, (column + 1) * width]])
