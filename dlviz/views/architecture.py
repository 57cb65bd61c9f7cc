"""A network as boxes and arrows, with shapes, parameters and receptive fields."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.filesize import decimal

from dlviz.grammar import enumerated
from dlviz.jobs import LayerInfo
from dlviz.model.fold import PASSING, Block, common_beginning, folded, single
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Diagram, Node, Paragraph, Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.network import Network


FEW = 24
"""The maximum number of layers that are shown one by one."""
MOST_KINDS = 3
_OPEN = {
    "picture": "a picture of any size",
    "text": "a text of any length",
    "sound": "a sound of any length",
    "tree": "a tree of any size",
    "numbers": "numbers of any length",
    "pixels": "a class for each pixel",
    "steps": "a class for each step",
    "nodes": "a class for each node",
}
"""What is said of an input or an output whose shape is open, by its kind."""


@dataclass(frozen=True)
class Architecture(View):
    """The layers as boxes in the order in which they compute; long networks are folded into fewer boxes.

    >>> import dlviz
    >>> dlviz.show("architecture", "lenet5").summary
    '12 layers with 61,706 parameters turn 28×28×1 into 10.'
    """

    name = "architecture"
    summary = "The network as a diagram: each layer's kind, output shape, parameters and receptive field."
    needs = frozenset({"network"})
    order = 6

    fold: str = option(
        "auto", "fold nested models, named blocks, branches and repeats into one box each; auto: in long networks",
        choices=("auto", "all", "none"), label="fold blocks", labels=("of long networks", "all", "none"),
    )  # fmt: skip
    unfold: str = option(
        "", "names of the blocks to show layer by layer, separated by commas", label="unfolded blocks", zero="none"
    )
    fields: bool = option(True, "state how many input pixels each position of a layer sees", label="receptive fields")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        network = scene.network
        layers = list(network.layers.values())
        seen = _fields(network) if self.fields and network.takes_pictures else {}
        blocks = self._blocks([layer for layer in layers if ":" not in layer.name])
        total, trainable = _totals(network)
        facts = _facts(network, total, trainable)
        longest = max(map(len, facts))
        takes, gives = (
            _listed([value for name, value in facts.items() if name.startswith(side)], f"{side.lower()}s")
            for side in ("Input", "Output")
        )
        boxes = f" in {len(blocks)} boxes" if any(len(block.layers) > 1 for block in blocks) else ""
        yield Sheet(
            title=f"{network.name} · architecture",
            summary=f"{len(layers)} layers{boxes} with {total:,} parameters turn {takes} into {gives}.",
            panels=(
                _diagram(network, blocks, seen),
                Paragraph("\n".join(f"{name:{longest}}  {value}" for name, value in facts.items()), title="Totals"),
            ),
            arrays={
                "layer": np.array([la.name for la in layers]),
                "parameters": np.array([la.parameters for la in layers], np.int64),
                "receptive_field": np.array([seen.get(la.name, (0, 0)) for la in layers], np.int64),
            },
        )

    def _blocks(self, layers: list[LayerInfo]) -> list[Block]:
        """What is shown as a box each.

        Raises:
            UserError: a block that is to be unfolded does not exist.
        """
        if self.fold == "none" or (self.fold == "auto" and len(layers) <= FEW and not self.unfold):
            return single(layers)
        wanted = [name.strip() for name in self.unfold.split(",") if name.strip()]
        blocks = folded(layers, wanted)
        known = {block.name for block in folded(layers)} | {block.name for block in blocks}
        for name in wanted:
            if name not in known and folded(layers, [name]) == folded(layers):
                several = ", ".join([block.name for block in folded(layers) if len(block.layers) > 1])
                raise UserError(f"Unknown block {name[:60]}: choose from {several[:250] or 'none'}.")
        return blocks


def _diagram(network: Network, blocks: list[Block], seen: Mapping[str, tuple[int, int]]) -> Diagram:
    """A box for each block."""
    folds = any(len(block.layers) > 1 for block in blocks)
    common = common_beginning([block.name for block in blocks]) if folds else ""
    places = layered({block.name: block.parents for block in blocks})
    number = {block.name: i for i, block in enumerate(blocks)}
    return Diagram(
        nodes=tuple(
            Node(
                name=_title(block, common),
                lines=_lines(network, block, seen),
                row=places[block.name][0],
                column=places[block.name][1],
                kind=max(block.layers, key=lambda layer: layer.parameters).kind,
                members=tuple(layer.name for layer in block.layers),
            )
            for block in blocks
        ),
        edges=tuple((number[parent], number[block.name]) for block in blocks for parent in block.parents),
        selects="layer",
    )


def layered(parents: dict[str, tuple[str, ...]]) -> dict[str, tuple[int, float]]:
    """(row, column) of each node, given in an order in which parents come first.

    A node's row is the longest way to it from an input; nodes of one row stand side by side, each near its parents,
    the row centred (Sugiyama, Tagawa, Toda 1981, DOI 10.1109/TSMC.1981.4308636).
    """
    rows: dict[str, int] = {}
    for name, before in parents.items():
        rows[name] = 1 + max((rows[p] for p in before), default=-1)
    members: dict[int, list[str]] = defaultdict(list)
    for name, row in rows.items():
        members[row].append(name)
    middle = (max(map(len, members.values())) - 1) / 2
    columns: dict[str, float] = {}
    for row in sorted(members):
        aims = {n: np.mean([columns[p] for p in parents[n]]) if parents[n] else middle for n in members[row]}
        for i, name in enumerate(sorted(members[row], key=aims.__getitem__)):
            columns[name] = middle + i - (len(members[row]) - 1) / 2
    return {name: (row, columns[name]) for name, row in rows.items()}


def _fields(network: Network) -> dict[str, tuple[int, int]]:
    """The receptive field (height, width) in pixels of each layer that answers with maps."""
    from dlviz.analysis.receptive_field import receptive_fields

    maps = [name for name, layer in network.layers.items() if layer.is_map]
    fields = receptive_fields(network, maps)
    return {name: (size[0], size[1]) for name in maps if len(size := fields[name].size) == 2}


def _title(block: Block, common: str) -> str:
    """A box's name, without what is common to nearly all, and how often it repeats."""
    name = block.name.removeprefix(common)
    return f"{name}  × {block.times}" if block.times > 1 else name


def _lines(network: Network, block: Block, seen: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """What a box says below its name."""
    last, names = block.layers[-1], {layer.name for layer in block.layers}
    shared = ", shared" if any("#" in name for name in names) or f"{last.name}#2" in network.layers else ""
    if last.name in network.inputs:
        head = f"Input: {network.inputs[last.name].kind}  {_shape(last)}"
    elif len(block.layers) == 1:
        others = [la for name, la in network.layers.items() if name.startswith(f"{last.name}:")]
        head = f"{last.kind}{shared}  {' and '.join(_shape(la) for la in (last, *others))}"
    else:
        head = f"{len(block.once)} layers{shared}  {_shape(last)}"
    parameters = sum(layer.parameters for layer in block.once if "#" not in layer.name)
    each = " each" if block.times > 1 else ""
    details = [f"{parameters:,} parameters{each}"] if parameters else []
    field = seen.get(last.name)
    details += [f"sees {field[1]}×{field[0]}"] if field and last.parents else []
    outputs = [o for o in network.outputs.values() if o.layer.partition(":")[0] in names]
    named = len(network.outputs) > 1
    answers = [f"Output {o.name}: {o.kind}" if named else f"Output: {o.kind}" for o in outputs]
    kinds = [_kinds(block)] if len(block.layers) > 1 else []
    return (head, *answers, *kinds, *(["  ".join(details)] if details else []))


def _kinds(block: Block) -> str:
    """The kinds of layers in one repetition that compute or join, those with most parameters first."""
    weight: Counter[str] = Counter()
    for layer in block.once:
        if not any(word in layer.kind for word in PASSING):
            weight[layer.kind] += layer.parameters + (len(layer.parents) > 1)
    counts = Counter(layer.kind for layer in block.once)
    shown = [kind for kind, parameters in weight.most_common(MOST_KINDS) if parameters] or list(counts)[:MOST_KINDS]
    return ", ".join(f"{counts[kind]} {kind}" if counts[kind] > 1 else kind for kind in shown)


def _facts(network: Network, total: int, trainable: int) -> dict[str, str]:
    """The totals by name."""
    given = network.inputs if network.sample_kind != "tree" else [network.input]  # a tree is fed in several arrays
    inputs = {"Input" if len(given) == 1 else f"Input {n}": network.layers[n] for n in given}
    outputs = {
        "Output" if len(network.outputs) == 1 else f"Output {n}": network.layers[o.layer]
        for n, o in network.outputs.items()
    }
    kinds = {n: spec.kind for n, spec in network.inputs.items()} | {o.layer: o.kind for o in network.outputs.values()}
    ends = {name: _end(layer, kinds[layer.name]) for name, layer in (inputs | outputs).items()}
    return {
        "Layers": f"{len(network.layers):,}",
        "  with kernels": f"{sum(layer.has_kernel for layer in network.layers.values()):,}",
        "Parameters": f"{total:,}",
        "  trainable": f"{trainable:,}",
        "As float32": decimal(4 * total),
        **ends,
    } | ({"Preprocessing": network.preprocess.mode} if network.takes_pictures else {})


def _shape(layer: LayerInfo) -> str:
    return "×".join("?" if n is None else str(n) for n in layer.shape) or "a number"


def _end(layer: LayerInfo, kind: str) -> str:
    """What an input takes or an output answers: its shape, or where that is open what it is."""
    return _shape(layer) if None not in layer.shape else _OPEN.get(kind, f"{kind} of any length")


def _listed(ends: Sequence[str], things: str) -> str:
    """What some inputs take, or outputs answer, which `things` are: what is alike only once."""
    counts = Counter(ends)
    return enumerated([end if count == 1 else f"{count} {things} (each {end})" for end, count in counts.items()])


def _totals(network: Network) -> tuple[int, int]:
    """All parameters and the trainable ones, those of a shared layer counted once."""
    model: Any = network.model
    return model.count_params(), sum(int(np.prod(v.shape)) for v in model.trainable_variables)
