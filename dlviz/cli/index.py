"""`dlviz index`: find the best samples of every unit of every layer and keep them."""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from dlviz.cli.arguments import add_changes, add_preprocess, add_trust, positive
from dlviz.cli.bar import TenthLines, bar
from dlviz.grammar import number_of
from dlviz.jobs import BuildIndex
from dlviz.progress import Progress
from dlviz.silence_logs import silence_logs
from dlviz_models.cards import FITS
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz.scan.index import Index

HELP = "find the best samples of every unit of every layer and keep them, so that views have them at once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file, or a name of `dlviz list zoo`")
    parser.add_argument("--data", metavar="SOURCE", default="", help="the data set (default: one that suits MODEL)")
    parser.add_argument(
        "--layer", metavar="NAME", action="append", default=[], help="only this layer; may be given several times"
    )
    parser.add_argument(
        "--by",
        choices=("activation", "relevance"),
        default="activation",
        help="rank by what excites a unit, or by what it counts for the predicted class",
    )
    parser.add_argument(
        "--per-unit", metavar="N", type=positive, default=0, help="samples kept of each unit (16; of texts 64)"
    )
    parser.add_argument(
        "--limit", metavar="N", type=positive, default=0, help="use only the first N samples of the data"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--workers", metavar="N", type=positive, default=1, help="so many processes at once (1)")
    how.add_argument(
        "--shard", metavar="I/N", type=shard, default=(1, 1), help="scan only part I of N, on this or any other machine"
    )
    how.add_argument(
        "--merge", metavar="N", type=positive, default=0, help="merge the N parts that were found with --shard"
    )
    how.add_argument(
        "--cluster", metavar="ADDRESS", default="", help="scan on the workers of a Dask cluster (needs Dask)"
    )
    add_preprocess(parser)
    parser.add_argument("--fit", metavar="FIT", choices=FITS, default="", help="how to fit pictures of another size")
    add_changes(parser)
    add_trust(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON value")


def shard(text: str) -> tuple[int, int]:
    """`I/N`; argparse names the option."""
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{text[:100]} is not a part such as 2/8, from 1/8 to 8/8")
    return int(found[1]), int(found[2])


def run(arguments: argparse.Namespace) -> int:
    """Build the index, going on where it was left, and say what it holds.

    Raises:
        UserError: the network, the data or a layer is refused, nothing can be kept, or a part is missing.
    """
    asked = BuildIndex(
        arguments.model,
        arguments.data,
        tuple(arguments.layer),
        arguments.per_unit,
        arguments.limit,
        arguments.preprocess,
        arguments.fit,
        tuple(arguments.trust),
        arguments.by,
        tuple(arguments.change),
        arguments.shard,
    )
    with bar() as progress:
        task = progress.add_task("index", total=None, message="loading TensorFlow")
        with silence_logs():
            load_keras(for_views=True)
            from dlviz.session import Session  # TensorFlow: seconds

        index, lines = Session().index(asked), TenthLines("index")
        for step in _steps(index, asked, arguments.workers, arguments.merge, arguments.cluster):
            message = f"{step.done:,} of {step.total:,} {'shards' if arguments.cluster else 'samples'}"
            progress.update(task, completed=step.done, total=step.total, message=message)
            lines(step.done, step.total, message)
    if arguments.json:
        print(json.dumps({**asdict(index.summary), "complete": index.complete}))
    else:
        print(_summary(index, asked.shard), *index.samples.notes, sep="\n")
    return 0


def _steps(index: "Index", asked: BuildIndex, workers: int, merged: int, cluster: str) -> Iterator[Progress]:
    """Progress of what was asked for, until it is done."""
    if cluster:
        from dlviz.engine.cluster import on_cluster

        yield from on_cluster(index, asked, cluster)
        return
    if workers > 1 and not index.complete:
        from dlviz.engine.indexing import in_processes

        yield from in_processes(asked, workers)
        merged = workers
    if merged:
        index.merge(merged)
    else:
        yield from index.build(asked.shard)


def _summary(index: "Index", part: tuple[int, int]) -> str:
    """What is known now, for people."""
    summary = index.summary
    samples = f"{number_of(summary.samples, 'sample')} of {summary.data}"
    if not index.complete:
        return f"Part {part[0]} of {part[1]} of {samples} is done; when all are, merge them: --merge {part[1]}."
    units = f"{number_of(sum(summary.layers.values()), 'unit')} in {number_of(len(summary.layers), 'layer')}"
    return (
        f"The {summary.per_unit} best of {samples} for each of {units} of {summary.network} are kept;"
        " dlviz show patches and dlviz show unit have them at once."
    )
