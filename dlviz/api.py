"""The Python interface, equivalent to the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dlviz import take_home_page
from dlviz.describe import default_source
from dlviz.draw import FILMS, ending, save, sheets_in
from dlviz.engine.cluster import on_cluster
from dlviz.epochs import as_film, at_each_epoch
from dlviz.inspect.data import load_data
from dlviz.jobs import BuildIndex, Request
from dlviz.layout.side_by_side import side_by_side
from dlviz.network import Network
from dlviz.options import Value
from dlviz.progress import Progress
from dlviz.session import Session
from dlviz.sheet import Sheet
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    import keras

    from dlviz.scan.top_responses import TopResponses
    from dlviz.watching.live_sheets import Watch
    from dlviz_models.training.search import Found
    from dlviz_models.training.train import Result

__all__ = ["compare", "index", "open_model", "save", "search", "show", "take_home", "train", "watch"]


def open_model(
    model: str | os.PathLike[str] | keras.Model,
    preprocess: str = "auto",
    trust: Sequence[str] = (),
    epoch: int = 0,
    changes: Sequence[str] = (),
) -> Network:
    """Open a network from a path, the name of a shipped one, or a Keras model; files are inspected first.

    Args:
        trust: custom classes that the file may use, "module:Class" each, which are imported for this file.
        epoch: the epoch to open from a folder of kept epochs; 0: the last.
        changes: changes to the network: units switched off (`off=conv1:3`), scaled (`scale=conv1:3:0.5`) or swapped
            (`swap=conv1:1:4`), or a weight set (`weight=conv1:kernel:0,0,0,3:0.5`).

    Raises:
        UserError: the file or a change is refused, or the network cannot be analysed.

    >>> network = open_model("lenet5")
    >>> list(network.layers)[:6]
    ['pixels', 'scale', 'pad', 'conv1', 'pool1', 'conv2']
    >>> network.layers["conv2"].shape  # (height, width, units)
    (10, 10, 16)
    """
    given = os.fspath(model) if isinstance(model, os.PathLike) else model
    return _session().network(given, preprocess, tuple(trust), epoch=epoch, changes=tuple(changes))


def show(
    view: str,
    model: str | os.PathLike[str] | keras.Model | Network,
    *,
    layer: str = "",
    units: Sequence[int] = (),
    input: str | np.ndarray | Mapping[str, Any] | Sequence[str | np.ndarray] = (),
    data: str = "",
    limit: int = 0,
    balanced: bool = False,
    output: str = "",
    preprocess: str = "auto",
    fit: str = "",
    like_data: bool = False,
    other: str | os.PathLike[str] = "",
    epoch: int = 0,
    changes: Sequence[str] = (),
    trust: Sequence[str] = (),
    out: str | os.PathLike[str] = "",
    **options: Value,
) -> Sheet:
    """Return the last sheet of a view, as drawn by `dlviz show`; `options` are the view's own.

    Args:
        input: an image file, `SOURCE:INDEX`, pixels uint8 (height, width, channel), or several of them;
            of a network with several inputs a dict of these, or of numbers, by the input's name.
        limit: how many samples of the data are looked at, the first ones; 0: all.
        balanced: look at as many of each class instead.
        fit: how pictures are resized to the input: cover, stretch or contain.
        like_data: adapt drawings in `input` to the background, strokes, size and position of those in the data.
        other: a second network, shown beside the first.
        epoch: the epoch of a folder of kept epochs; 0: the last, or a film of all in an `out` that can play it.
        changes: changes to the network, as for `open_model`.
        output: the output to look at, for a network with several.
        out: a file to write as well, whose ending chooses the medium.

    Raises:
        UserError: the request is refused.

    >>> sheet = show("activations", "lenet5", layer="conv2", input="digits:7")
    >>> sheet.arrays["activation"].shape  # (height, width, units)
    (10, 10, 16)
    """
    inputs = (input,) if isinstance(input, str | np.ndarray | Mapping) else tuple(input)
    name = os.fspath(model) if isinstance(model, str | os.PathLike) else ""
    request = Request(
        view, name, layer, tuple(units), inputs, data, limit, balanced, output=output, preprocess=preprocess, fit=fit,
        like_data=like_data, other=os.fspath(other), epoch=epoch, changes=tuple(changes), settings=options,
        trust=tuple(trust),
    )  # fmt: skip
    return _written(request, model, out) if out else _sheets(request, model)[-1]


def _written(
    request: Request, model: str | os.PathLike[str] | keras.Model | Network, out: str | os.PathLike[str]
) -> Sheet:
    """Write the last sheet, or a film if the file can play one, and return the last sheet."""
    frames = at_each_epoch(request) if ending(out) in FILMS else [request]
    sheets = as_film([_sheets(frame, model)[-1] for frame in frames]) if len(frames) > 1 else _sheets(request, model)
    save(sheets_in(ending(out), sheets), out)
    return sheets[-1]


def _sheets(request: Request, model: str | os.PathLike[str] | keras.Model | Network) -> list[Sheet]:
    """All sheets of a request."""
    if isinstance(model, str | os.PathLike):
        model = open_model(model, request.preprocess, request.trust, request.epoch, request.changes)
    return [found for found in _session().show(request, model) if isinstance(found, Sheet)]


def index(
    model: str | os.PathLike[str],
    data: str = "",
    *,
    layers: Sequence[str] = (),
    per_unit: int = 0,
    by: Literal["activation", "relevance"] = "activation",
    limit: int = 0,
    preprocess: str = "auto",
    fit: str = "",
    shard: tuple[int, int] = (1, 1),
    merge: int = 0,
    cluster: Any = "",
    progress: Callable[[Progress], object] | None = None,
) -> dict[str, TopResponses]:
    """Find the top samples of every unit of every layer in one pass and cache them, so that views show them at once.

    An interrupted call is resumed by the next.

    Args:
        model: a file, or the name of a shipped network.
        layers: the layers to index; empty: all visible ones.
        per_unit: samples per unit; 0: 16, for texts 64.
        by: rank by activation, or by relevance to the predicted class.
        shard: (i, n), scan only part i of n of the data.
        merge: merge the shards of n calls with `shard`; 0: do not.
        cluster: scan on the workers of a Dask cluster: the address of its scheduler, or a `distributed.Client`.
        progress: called with the progress several times a second.

    Returns:
        For each layer the `score` (units, k) float32 of each unit's largest responses, one for each distinct sample,
        the `index` of the sample (units, k) int64, -1 for an empty slot, and the `position` in the map (units, k, axes)
        int64. For a shard, the merged result so far, which may be empty.

    Raises:
        UserError: the network, the data or a layer is refused, the index cannot be cached, or a shard is missing.

    >>> found = index("lenet5", "digits", layers=["conv1", "conv2"], limit=100)
    >>> found["conv2"].score.shape, found["conv2"].position.shape  # (units, k), (units, k, axes)
    ((16, 16), (16, 16, 2))
    """
    job = BuildIndex(os.fspath(model), data, tuple(layers), per_unit, limit, preprocess, fit, by=by, shard=shard)
    of = _session().index(job)
    if merge:
        of.merge(merge)
        return of.top_responses
    for each in on_cluster(of, job, cluster) if cluster else of.build(shard):
        if progress:
            progress(each)
    return of.top_responses


def compare(
    *models: str | os.PathLike[str], view: str = "compare", out: str | os.PathLike[str] = "", **how: Any
) -> Sheet:
    """Compare two networks or epochs, or show a view of several side by side, as `dlviz compare` does.

    Args:
        how: arguments of `show`.

    Raises:
        UserError: fewer than two networks, or more than two without a view, are given; or as `show`.

    >>> compare("lenet5", "dbn", data="digits", samples_used=100).title
    'lenet5 · compare · dbn'
    """
    if len(models) < 2 or (view == "compare" and len(models) > 2):
        raise UserError("Give two networks to compare, or more than two with a view of each.")
    if view == "compare":
        return show(view, models[0], other=models[1], out=out, **how)
    sheet = side_by_side([show(view, model, **how) for model in models])
    if out:
        save([sheet], out)
    return sheet


def train(network: str, data: str, out: str | os.PathLike[str], **how: Any) -> Result:
    """Train a network of `dlviz list networks` and write it to `out`, a .keras file.

    `how` is what `dlviz_models.training.train.train` takes: `epochs`, `batch`, `limit`, `seed`, `options`, `resume`,
    `log`, `progress`, ...

    Raises:
        UserError: the request or the data is refused.

    >>> result = train("logistic", "digits", "net.keras", epochs=5, limit=2000)
    >>> result.out, result.epochs, result.parameters
    ('net.keras', 5, 7850)
    >>> result.accuracy > 0.5
    True
    """
    from dlviz_models.training import train as training

    return training.train(network, load_data(data), out, **how)


def watch(network: str, data: str, part: str = "answers", *, layer: str = "", sample: int = 0, **how: Any) -> Watch:
    """Train a network while watching it: iterate over the result, and inspect, change, rewind or save in between.

    Args:
        part: what to watch: answers, maps, filters, gradients, patches.
        layer: the layer to watch; empty: all, or the first suitable one.
        sample: the index of the test sample to watch.
        how: `epochs`, `batch`, `limit`, `seed`, `options`, `keep_epochs` as for `train`; the folder must be a new one.

    Raises:
        UserError: the request or the data is refused.

    >>> watch = watch("logistic", "digits", epochs=2, limit=500)
    >>> for seen in watch:
    ...     if seen.moment.done == 1:
    ...         watch.change(learning_rate=0.01)
    >>> seen.curves.title
    'logistic learns digits'
    >>> watch.keep("net.keras")
    >>> watch.close()
    """
    from dlviz.watching.jobs import Look
    from dlviz.watching.live_sheets import Watch

    return Watch(network, load_data(data), Look(part, layer, sample), **how)


def search(network: str, data: str, out: str | os.PathLike[str], over: Sequence[str], **how: Any) -> Found:
    """Train a network with many values of some options and write the best to `out`, a .keras file.

    `over`, such as `["learning_rate=1e-4..1e-1"]`, and `how` are what `dlviz_models.training.search.search` takes.

    Raises:
        UserError: the request or the data is refused.
    """
    from dlviz_models.training import search as searching

    return searching.search(network, load_data(data), out, over, **how)


def take_home(
    model: str | os.PathLike[str] | keras.Model | Network,
    out: str | os.PathLike[str],
    *,
    data: str = "",
    preprocess: str = "auto",
    trust: Sequence[str] = (),
) -> None:
    """Write a single .html page in which a small trained network runs, also on phones.

    Args:
        data: the source of the pictures in the page; empty: the default one.

    Raises:
        UserError: `out` has another ending, or the network is too large or has a layer that the page cannot run.

    >>> take_home("lenet5", "lenet5.html")
    """
    opened = open_model(model, preprocess, trust) if isinstance(model, str | os.PathLike) else model
    network = _session().network(opened)
    source = data or default_source(network)
    network = _session().adapted_to_data(network, source)
    take_home_page.write(network, _session().data_for(network, source), out)


@cache
def _session() -> Session:
    return Session()
