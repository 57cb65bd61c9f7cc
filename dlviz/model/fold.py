"""Fold a network of many layers into few blocks: nested models, common names, branches that merge, repeats."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dlviz.jobs import LayerInfo

LEAST_MEMBERS = 3
"""The minimum number of layers with a common name that make a block."""
SHARED = 0.8
"""A prefix shared by this share of all names does not distinguish them."""
MOST_BETWEEN = 40
"""The maximum number of layers between a branching and its merge that make a block."""
MANY = 30
"""With more blocks than this, the shortest possible prefixes are used."""
PASSING = ("Normalization", "Activation", "ReLU", "Softmax", "Dropout", "Noise")
"""Words in the kinds of layers that are folded into the layer with weights before them."""
LONGEST_PERIOD = 12
"""The maximum number of blocks in a repeated unit."""


@dataclass(frozen=True)
class Block:
    """Layers that are shown as one box.

    Attributes:
        name: their common name; for a single layer its own.
        layers: in order of computation.
        times: the number of repetitions of the same kinds, shapes and numbers of parameters.
        parents: the names of the blocks before it.
    """

    name: str
    layers: tuple[LayerInfo, ...]
    times: int = 1
    parents: tuple[str, ...] = ()

    @property
    def once(self) -> tuple[LayerInfo, ...]:
        """The layers of the first repetition."""
        return self.layers[: len(self.layers) // self.times]


def folded(layers: Sequence[LayerInfo], unfolded: Collection[str] = ()) -> list[Block]:
    """Fold layers, parents first, into blocks.

    Args:
        unfolded: the names of blocks to open: repeated ones into their repetitions, others into their layers.
    """
    blocks = _folded(layers, unfolded, shortest=False)
    return blocks if len(blocks) <= MANY else min(blocks, _folded(layers, unfolded, shortest=True), key=len)


def single(layers: Sequence[LayerInfo]) -> list[Block]:
    """Each layer as a separate block."""
    return _blocks(layers, {})


def _folded(layers: Sequence[LayerInfo], unfolded: Collection[str], shortest: bool) -> list[Block]:
    names = _block_names(layers, shortest)
    names |= _forks({la.name: la for la in layers if la.name not in names})
    names |= _with_following(layers, names)
    names = {layer: name for layer, name in names.items() if name not in unfolded}
    return _repeated(_blocks(layers, _without_cycles(layers, names)), unfolded)


# -- blocks by name ----------------------------------------------------------------------------------------------------


def _block_names(layers: Sequence[LayerInfo], shortest: bool) -> dict[str, str]:
    """Blocks by name prefix: "block_3" for "block_3_expand", "encoder" for "encoder/conv"."""
    prefixes = {layer.name: _prefixes(layer) for layer in layers}
    counts = Counter(prefix for found in prefixes.values() for prefix in found)
    found: dict[str, str] = {}
    for layer in layers:
        suited = [prefix for prefix in prefixes[layer.name] if counts[prefix] >= LEAST_MEMBERS]
        if suited:
            found[layer.name] = suited[0 if shortest else -1]
    entries: dict[str, set[str]] = defaultdict(set)  # by block, the parents of its layers
    for layer in layers:
        if layer.name in found:
            entries[found[layer.name]].update(layer.parents)
        elif _is_named_by_keras(layer):  # such as the sum at the end of a block
            own = dict.fromkeys(found[p] for p in layer.parents if p in found)
            joined = [b for b in own if all(found.get(p) == b or p in entries[b] for p in layer.parents)]
            if joined:
                found[layer.name] = joined[-1]
    return found


def _prefixes(layer: LayerInfo) -> list[str]:
    """The prefixes of a name that may be a block's, shortest first: of nested models, and those with a number."""
    name = layer.name.partition("#")[0]
    found = {name[: match.start()] for match in re.finditer("/", name)}
    if not _is_named_by_keras(layer):
        found |= {name[: match.end()] for match in re.finditer(r"(?<![a-zA-Z])[a-zA-Z]+_?\d+[a-z]?(?=[_./])", name)}
    return sorted(found, key=len)


def _is_named_by_keras(layer: LayerInfo) -> bool:
    """Whether it has a default name: its kind, perhaps with a number."""
    plain = re.sub(r"(_\d+)?(#\d+)?$", "", layer.name.rsplit("/", 1)[-1]).replace("_", "")
    return plain == layer.kind.lower()


# -- blocks by structure -----------------------------------------------------------------------------------------------


def _forks(layers: Mapping[str, LayerInfo]) -> dict[str, str]:
    """Blocks of the layers between a fork and the layer that merges its branches, including the latter."""
    dominator: dict[str, str] = {}
    depth: dict[str, int] = {}
    found: dict[str, str] = {}
    number = 0
    for name, layer in layers.items():
        parents = [p for p in layer.parents if p in layers]
        above = parents[0] if parents else ""
        for parent in parents[1:]:
            above = _common_dominator(above, parent, dominator, depth)
        dominator[name], depth[name] = above, depth.get(above, 0) + 1
        if len(parents) > 1 and above:
            between = _layers_between(name, above, layers)
            inner = {found[n] for n in between if n in found}
            joined = {found[p] for p in parents if p in found}
            if len(between) <= MOST_BETWEEN and inner <= joined:
                number += 1
                found |= dict.fromkeys(between, f"block {number}")
    return found


def _common_dominator(one: str, other: str, dominator: Mapping[str, str], depth: Mapping[str, int]) -> str:
    """The lowest common ancestor of two layers in the dominator tree."""
    while one != other:
        if depth.get(one, 0) >= depth.get(other, 0):
            one = dominator.get(one, "")
        else:
            other = dominator.get(other, "")
    return one


def _layers_between(last: str, first: str, layers: Mapping[str, LayerInfo]) -> set[str]:
    """The layers on all paths from `first` to `last`, excluding `first`."""
    found, queue = set(), [last]
    while queue:
        name = queue.pop()
        if name != first and name not in found and name in layers:
            found.add(name)
            queue.extend(layers[name].parents)
    return found


def _with_following(layers: Sequence[LayerInfo], names: Mapping[str, str]) -> dict[str, str]:
    """Blocks of a layer with weights, named after it, and the normalisations and activations that follow."""
    children = Counter(parent for layer in layers for parent in layer.parents)
    found: dict[str, str] = {}
    for layer in layers:
        if layer.name in names or len(layer.parents) != 1 or not _is_normalisation_or_activation(layer):
            continue
        (parent,) = layer.parents
        before = next(other for other in layers if other.name == parent)
        if children[parent] == 1 and parent not in names and (parent in found or before.has_kernel):
            found[layer.name] = found.setdefault(parent, parent)
    return found


def _is_normalisation_or_activation(layer: LayerInfo) -> bool:
    """Whether it is a normalisation, an activation, dropout or noise."""
    return any(word in layer.kind for word in PASSING)


# -- the graph of blocks -----------------------------------------------------------------------------------------------


def _blocks(layers: Sequence[LayerInfo], names: Mapping[str, str]) -> list[Block]:
    """Blocks in topological order."""
    members: dict[str, list[LayerInfo]] = defaultdict(list)
    for layer in layers:
        members[names.get(layer.name, layer.name)].append(layer)
    parents = {name: _parents(name, within, names) for name, within in members.items()}
    return [Block(name, tuple(members[name]), 1, parents[name]) for name in _sorted(parents)]


def _parents(name: str, within: Sequence[LayerInfo], names: Mapping[str, str]) -> tuple[str, ...]:
    before = dict.fromkeys(names.get(parent, parent) for layer in within for parent in layer.parents)
    return tuple(parent for parent in before if parent != name)


def common_beginning(names: Sequence[str]) -> str:
    """The longest prefix, up to a separator, of at least the share `SHARED` of the names; empty for few names."""
    starts = Counter(name[: match.end()] for name in names for match in re.finditer("[_/]", name))
    shared = [start for start, count in starts.items() if count >= SHARED * len(names) and len(names) > LEAST_MEMBERS]
    return max(shared, key=len, default="")


def _sorted(parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Names in topological order, without those on or after cycles."""
    found: dict[str, None] = {}
    waiting = list(parents)
    while waiting:
        ready = [name for name in waiting if all(p in found for p in parents[name])]
        if not ready:
            return list(found)
        found |= dict.fromkeys(ready)
        waiting = [name for name in waiting if name not in found]
    return list(found)


def _without_cycles(layers: Sequence[LayerInfo], names: Mapping[str, str]) -> dict[str, str]:
    """The names without those of blocks that would form a cycle."""
    kept = dict(names)
    while True:
        blocks = {block.name for block in _blocks(layers, kept)}
        lost = {kept[layer.name] for layer in layers if kept.get(layer.name, "") not in blocks and layer.name in kept}
        if not lost:
            return kept
        worst = next(iter(lost))
        kept = {layer: name for layer, name in kept.items() if name != worst}


# -- repeats -----------------------------------------------------------------------------------------------------------


def _repeated(blocks: list[Block], unfolded: Collection[str]) -> list[Block]:
    """Merge consecutive repetitions of blocks into one."""
    by_name = {block.name: block for block in blocks}
    children: dict[str, set[str]] = defaultdict(set)
    for block in blocks:
        for parent in block.parents:
            children[parent].add(block.name)
    merged: dict[str, str] = {}
    alone: set[str] = set()
    result: list[Block] = []
    for block in blocks:
        if block.name in merged:
            continue
        run, times = _longest_repeat(block, by_name, children)
        name = _range_name(run[0].name, run[-1].name)
        if name in unfolded:
            alone |= {one.name for one in run}
        if times > 1 and block.name not in alone:
            result.append(Block(name, tuple(la for one in run for la in one.layers), times, block.parents))
            merged |= {one.name: name for one in run}
        else:
            result.append(block)
    return [Block(b.name, b.layers, b.times, tuple(dict.fromkeys(merged.get(p, p) for p in b.parents))) for b in result]


def _range_name(first: str, last: str) -> str:
    """A short name for a range of blocks: "block_4 to 5"."""
    numbered = re.compile(r"(.*?)([0-9]+[a-z]?)")
    one, other = numbered.fullmatch(first), numbered.fullmatch(last)
    return f"{first} to {other[2] if one and other and one[1] == other[1] else last}"


def _longest_repeat(
    first: Block, blocks: Mapping[str, Block], children: Mapping[str, set[str]]
) -> tuple[list[Block], int]:
    """The longest run of repetitions in the chain of blocks from `first`, and the number of repetitions."""
    chain = [first]
    while len(children[chain[-1].name]) == 1:
        after = blocks[next(iter(children[chain[-1].name]))]
        if not set(after.parents) - {chain[-1].name} <= set(first.parents):
            break
        chain.append(after)
    shapes = [_signature(block) for block in chain]
    best, times = [first], 1
    for period in range(1, min(LONGEST_PERIOD, len(chain) // 2) + 1):
        count = 1
        while shapes[count * period : (count + 1) * period] == shapes[:period]:
            count += 1
        single = period == 1 and len(first.layers) == 1
        if count > (2 if single else 1) and count * period > len(best):
            best, times = chain[: count * period], count
    return best, times


def _signature(block: Block) -> tuple[object, ...]:
    """The kinds, shapes, parameters and connections within a block."""
    places = {layer.name: n for n, layer in enumerate(block.layers)}
    return tuple(
        (la.kind, la.shape, la.parameters, tuple(places.get(p, -1) for p in la.parents)) for la in block.layers
    )
