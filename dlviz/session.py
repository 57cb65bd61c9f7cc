"""Answer requests: open and cache networks and data, set up a view and run it.

The command line, the Python interface and the window's engine all use it, so that they show the same pictures.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras

from dlviz import cache_keys, inspect
from dlviz.analysis.surgery import apply_changes, changed_in_memory, changes_weights
from dlviz.applies import data_obstacle, obstacle, obstacle_of_layer
from dlviz.cache import NOWHERE, Entry, default_folder
from dlviz.describe import SYNTHETIC, default_source, describe, first_layer
from dlviz.epochs import file_at_epoch
from dlviz.feeding.synthetic import synthetic_samples
from dlviz.grammar import number_of
from dlviz.inspect.data import load_samples, stamp
from dlviz.jobs import BuildIndex, Description, Request, source_in
from dlviz.layout.side_by_side import side_by_side
from dlviz.memory import Memory
from dlviz.network import Network
from dlviz.options import by_present_names, configure
from dlviz.parsing.samples import Given, Together, parse_samples
from dlviz.preprocessing.by_labels import doubt, fed_by_labels
from dlviz.preprocessing.infer import UNTOLD
from dlviz.preprocessing.like_the_data import is_own, restyled_like, unlike
from dlviz.progress import Progress
from dlviz.provenance import caption, with_provenance
from dlviz.remarks import health, remarks, with_remarks
from dlviz.scan.index import Index
from dlviz.scan.top_patches import default_k
from dlviz.sheet import Sheet
from dlviz.spacing import limited
from dlviz.targets import with_data_class_names
from dlviz.view import Need, Scene, View, no_cache_entry
from dlviz.views import view
from dlviz_models.data.catalogue import UNLABELLED
from dlviz_models.data.samples import Sample, Samples
from dlviz_models.data.sources import divided, training_part
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import epoch_title, kept_epochs
from dlviz_models.zoo import NAMES, shipped

FIRST_NETWORK_ONLY: dict[str, Any] = {"epoch": 0, "changes": ()}
"""Fields of a request that apply only to its first network, reset for the second."""
KEPT = 4
"""The number of networks, and of sources, that stay open."""


class Session:
    """A cache of the last networks and data sets; files that have changed on disk are reopened."""

    def __init__(self) -> None:
        self._networks: dict[tuple[Any, ...], Network] = {}
        self._data: dict[tuple[Any, ...], Samples] = {}
        self._opened: dict[str, float] = {}

    def network(
        self,
        model: str | keras.Model | Network,
        preprocess: str = "auto",
        trust: tuple[str, ...] = (),
        fit: str = "",
        epoch: int = 0,
        changes: tuple[str, ...] = (),
    ) -> Network:
        """The network behind a path, a shipped name or a Keras model, opened safely.

        Args:
            epoch: the epoch to open from a folder of kept epochs; 0: the last.
            changes: changes to the network, as texts of `dlviz.model.changes`.
        """
        if epoch and not isinstance(model, str | os.PathLike) and epoch not in getattr(model, "epochs", ()):
            raise UserError(f"{model.name} is a model in memory, without epoch {epoch}: leave epoch off.")
        if isinstance(model, Network):
            model = model if preprocess == "auto" else model.with_mode(preprocess)
            model = model if fit in ("", model.resizing) else model.with_fit(fit)
            return model if changes in ((), model.changes) else changed_in_memory(model, changes)
        if not isinstance(model, str | os.PathLike):
            return changed_in_memory(Network(model, mode=preprocess, fit=fit), changes)
        entry = shipped(str(model))
        path = file_at_epoch(entry.path if entry else model, epoch)
        changed = path.stat().st_mtime_ns if path.exists() else 0
        epochs = tuple(kept_epochs(model))
        key = (str(path), changed, preprocess, trust, fit, epochs, changes)
        if not path.exists() and path.name == str(model) and not path.suffix:
            raise UserError(f"Unknown network {path.name[-100:]}; give the path of a file, or {', '.join(NAMES)}.")
        if key in self._networks:
            self._networks[key] = self._networks.pop(key)  # move to the end: least recently used first
        elif changes and not changes_weights(changes):
            self._networks[key] = apply_changes(self.network(model, preprocess, trust, fit, epoch), changes)
            _evict(self._networks)
        else:
            opened = inspect.open_network(path, trust=trust)
            name = entry.name if entry else epoch_title(path) or path.stem
            network = Network(
                opened.model,
                name,
                opened.card,
                opened.classes,
                mode=preprocess,
                losses=opened.losses,
                fit=fit,
                notes=opened.notes,
                epochs=epochs,
            )
            self._networks[key] = apply_changes(network, changes) if changes else network
            _evict(self._networks)
        return self._networks[key]

    def data(self, source: str, network: Network | None = None) -> Samples:
        """The samples of a source, cached; a file is interpreted according to the inputs of `network`, if given."""
        of = network if Path(divided(source)[0]).is_file() else None
        kinds, outputs = (_input_kinds(of), tuple(of.outputs)) if of else ({}, ())
        key = (source, tuple(kinds.items()), outputs, stamp(source))
        if key not in self._data:
            opened = time.time()
            self._data[key] = load_samples(source, kinds, outputs)
            self._opened[source] = opened
            _evict(self._data)
        return self._data[key]

    def data_for(self, network: Network, source: str) -> Samples:
        """The samples of a source, or random samples if it is `SYNTHETIC`."""
        return synthetic_samples(network) if source == SYNTHETIC else self.data(source, network)

    def compatible_data(self, network: Network, source: str) -> Samples:
        """The samples of a source that a network can be fed.

        Raises:
            UserError: the source is refused, or holds none that the network takes.
        """
        return _checked(network, self.data_for(network, source))

    def samples(self, network: Network, given: Sequence[Given | Together]) -> tuple[Sample, ...]:
        """Parse inputs into samples; see `dlviz.parsing.samples`."""
        return parse_samples(given, partial(self.data_for, network), _input_kinds(network))

    def describe(
        self, model: str, output: str = "", preprocess: str = "auto", trust: tuple[str, ...] = (), data: str = ""
    ) -> Description:
        """Describe a network for the window."""
        network = self.network(model, preprocess, trust)
        with suppress(UserError):  # an error in the data is reported where they are shown
            network = self.adapted_to_data(network, data or default_source(network))
        described = describe(self._with_output(network, output), trust)
        return replace(described, name=Path(model).absolute().name) if described.epochs else described

    @staticmethod
    def _with_output(network: Network, output: str) -> Network:
        return network.with_output(output) if output and output != network.chosen_output.name else network

    def show(self, request: Request, model: keras.Model | Network | None = None) -> Iterator[Progress | Sheet]:
        """Progress and sheets of a request; `model`, if given, replaces `request.model`.

        A second network is shown side by side in the same view, unless the view itself compares two networks.
        """
        chosen = view(request.view)
        request = replace(request, settings=by_present_names(chosen, request.settings))
        if request.other and chosen.needs and "other" not in chosen.needs:
            yield from self._side_by_side(request, model)
            return
        configured = configure(chosen, request.settings)
        if not chosen.needs:
            yield from with_provenance(configured.run(Scene({})), request, caption(chosen, request))
            return
        network = self._network_for(chosen, request, model)
        layer = self._check(chosen, network, request)
        source = request.data or default_source(network)
        given = self._scene_contents(chosen, network, layer, source, request)
        found = configured.run(
            Scene(
                given,
                units=request.units,
                memory=network.memory.setdefault((source, stamp(source), request.limit, request.balanced), Memory()),
                cache_entry=partial(self._cache_entry, network, source)
                if model is None and not request.trust
                else no_cache_entry,
            )
        )
        samples = given.get("sample", ())
        hint = unlike(samples, self._reference_data(network, source)) if any(map(is_own, samples)) else ""
        note = " ".join([*self._notes(given, source, request), remarks(network, samples, chosen, given.get("data"))])
        text = caption(
            chosen, request, network=network.name, layer=layer if "layer" in chosen.needs else "",
            source=source if "data" in chosen.needs else "", inputs=", ".join(sample.name for sample in samples),
        )  # fmt: skip
        yield from with_provenance(
            with_remarks(found, f"{health(network) or network.doubt} {hint}".strip(), note.strip()), request, text
        )

    def _side_by_side(self, request: Request, model: keras.Model | Network | None) -> Iterator[Progress | Sheet]:
        """Progress, then one sheet with both networks, for the same inputs."""
        source = (
            request.data
            or source_in(request.inputs)
            or default_source(self._network_for(view(request.view), request, model))
        )
        alone = replace(request, other="", data=source)
        sheets: list[Sheet] = []
        for done, (one, given) in enumerate(
            [(alone, model), (replace(alone, model=request.other, **FIRST_NETWORK_ONLY), None)]
        ):
            for value in self.show(one, given):
                if isinstance(value, Progress):
                    yield Progress(done * value.total + value.done, 2 * value.total, value.message)
                else:
                    sheets[done:] = [value]
        side = side_by_side(sheets)
        yield from with_provenance([side], request, side.caption)

    def _network_for(self, chosen: type[View], request: Request, model: keras.Model | Network | None) -> Network:
        """The network of a request, adapted to the data, at the chosen output."""
        how = (request.preprocess, request.trust, request.fit, request.epoch, request.changes)
        opened = self.network(request.model if model is None else model, *how)
        if model is not None:
            opened.forget_if_trained()
        if (chosen.needs | chosen.optional) & {"sample", "data"}:
            opened = self.adapted_to_data(opened, request.data or source_in(request.inputs) or default_source(opened))
        return self._with_output(opened, request.output)

    def _scene_contents(
        self, chosen: type[View], network: Network, layer: str, source: str, request: Request
    ) -> dict[Need, Any]:
        """The contents of the scene: everything that a view declares in `needs` and `optional`."""
        given: dict[Need, Any] = {"network": network, "layer": layer}
        if "data" in chosen.needs:
            given["data"] = limited(self.compatible_data(network, source), request.limit, request.balanced)
        if "train" in chosen.needs:
            train = self.compatible_data(network, training_part(source))
            given["train"] = limited(train, request.limit, request.balanced)
        if "epochs" in chosen.needs:
            given["epochs"] = self._epochs(request, network, source)
        if "other" in chosen.needs:
            given["other"] = self._other_network(chosen, network, request, source)
        if request.inputs and "sample" in chosen.needs | chosen.optional:
            given["sample"] = self.samples(network, request.inputs)
            if request.like_data:
                given["sample"] = restyled_like(given["sample"], self._reference_data(network, source))
        elif "sample" in chosen.needs:
            given["sample"] = (self.data_for(network, source).sample(0),)
        return {need: value for need, value in given.items() if need in chosen.needs | chosen.optional}

    def _notes(self, given: dict[Need, Any], source: str, request: Request) -> tuple[str, ...]:
        """The notes on the data, or on the source of the samples if that is a guess."""
        if "data" in given:
            notes: tuple[str, ...] = given["data"].notes
            return notes
        source = source_in(request.inputs) if request.inputs else source
        is_guess = "sample" in given and divided(source)[1] == UNLABELLED
        return self.data(source).notes if is_guess else ()

    def index(self, job: BuildIndex, *, keeps: bool = True) -> Index:
        """The index for a job, as far as it has been built; without `keeps` it is not cached on disk.

        Raises:
            UserError: the network, the data or a layer is refused, or the index cannot be cached.
        """
        network = self.network(job.model, job.preprocess, job.trust, job.fit, changes=job.changes)
        source = job.data or default_source(network)
        network = self.adapted_to_data(network, source)
        samples = limited(self.compatible_data(network, source), job.limit)

        def entry(*what: object) -> Entry:
            if not keeps:
                return NOWHERE
            found = None if job.trust else self._cache_entry(network, source, samples, *what)
            if found is None:
                raise _cannot_cache(network, samples, bool(job.trust))
            return found

        return Index(network, samples, job.layers, job.per_unit or default_k(network), entry, job.by)

    def _other_network(self, chosen: type[View], network: Network, request: Request, source: str) -> Network:
        """The second network of a request.

        Raises:
            UserError: none is named, or the view does not apply to it.
        """
        if not request.other:
            raise UserError(f"{chosen.name} needs a second network beside {network.name}: choose one (--other).")
        other = self.adapted_to_data(self.network(request.other, trust=request.trust), source)
        if reason := obstacle(chosen, describe(other)):
            raise UserError(reason)
        self.compatible_data(other, source)
        return other

    def _epochs(self, request: Request, network: Network, source: str) -> tuple[Callable[[], Network], ...]:
        """Functions that open the network of a request at each kept epoch, up to and including the chosen one."""

        def opened(epoch: int) -> Network:
            how = (request.preprocess, request.trust, request.fit, epoch, request.changes)
            state = self.network(request.model, *how)
            return self._with_output(self.adapted_to_data(state, source), request.output)

        epochs = list(kept_epochs(request.model))
        earlier = epochs[: epochs.index(request.epoch or epochs[-1])] if epochs else []
        return (*(partial(opened, epoch) for epoch in earlier), lambda: network)

    def _reference_data(self, network: Network, source: str) -> Samples | None:
        """The data with which the user's own pictures are compared; None for other kinds of samples."""
        return self.data_for(network, source) if network.takes_pictures and source != SYNTHETIC else None

    def adapted_to_data(self, network: Network, source: str) -> Network:
        """The network with preprocessing and class names inferred from the labels of a source, if it lacks its own; one
        that may take sounds takes numbers if the source has these."""
        is_told = network.preprocess_note != UNTOLD or not network.takes_pictures
        is_named = bool(network.classes) or network.chosen_output.kind != "classes"
        if (is_told and is_named and network.sample_kind != "sound") or source == SYNTHETIC:
            return network
        if source not in network.by_labels:
            data = self.data_for(network, source)
            of_numbers = network.sample_kind == "sound" and data.kind == "numbers"
            like_data = network.with_kind("numbers", f"{data.name} holds numbers") if of_numbers else network
            network.by_labels[source] = adapted = with_data_class_names(fed_by_labels(like_data, data), data)
            adapted.doubt = doubt(adapted, data) if adapted.classes != network.classes else ""
        return network.by_labels[source]

    def _check(self, chosen: type[View], network: Network, request: Request) -> str:
        """The layer of a request, or the default one.

        Raises:
            UserError: the view does not apply to the network or the layer, or a unit does not exist.
        """
        described = describe(network)
        name = request.layer or first_layer(chosen, described)
        layer = network.layer(name)
        reason = obstacle(chosen, described) or obstacle_of_layer(chosen, described, layer)
        if reason:
            raise UserError(reason)
        for unit in request.units:
            if not 0 <= unit < layer.units:
                raise UserError(
                    f"Layer {layer.name} has {number_of(layer.units, 'unit')}, numbered from 0: there is no {unit}."
                )
        if chosen.one_sample and len(request.inputs) > max(1, len(network.inputs)):
            raise UserError(
                f"The view {chosen.name} looks at one sample: give --input once, or an --out ending in .pdf, .html or "
                ".pptx, which have a page for each."
            )
        return name

    def _cache_entry(self, network: Network, source: str, samples: Samples, *what: object) -> Entry | None:
        """The cache entry for a result about a network and samples of a source; None if it cannot be cached."""
        folder = default_folder()
        of_pictures = folder and cache_keys.of_pictures(samples, self._opened.get(source, 0.0))
        if not folder or not of_pictures:
            return None
        return Entry(folder, cache_keys.digest(cache_keys.of_network(network), of_pictures, *what))


def _cannot_cache(network: Network, samples: Samples, trusts: bool) -> UserError:
    """The error for an index that cannot be cached."""
    why = f"files of {samples.name} have just been changed: ask again in a few seconds"
    if trusts:
        why = "the code of trusted classes may change: index a network of Keras's own layers"
    elif not default_folder():
        why = "DLVIZ_CACHE is empty: set it to a folder"
    return UserError(f"The index of {samples.name} for {network.name} cannot be kept, because {why}.")


def _input_kinds(network: Network) -> dict[str, str]:
    """The kind of sample that each input takes."""
    return {spec.name: spec.kind for spec in network.inputs.values()}


def _checked(network: Network, data: Samples) -> Samples:
    """The data set; UserError if the network cannot take its samples."""
    if sentence := data_obstacle(data.name, data.kind, network.name, network.sample_kind):
        raise UserError(sentence)
    return data


def _evict(kept: dict[Any, Any]) -> None:
    """Close the least recently used entries beyond `KEPT`."""
    while len(kept) > KEPT:
        if isinstance(kept.pop(next(iter(kept))), Network):
            gc.collect()  # networks and their compiled functions form reference cycles
