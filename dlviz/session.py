"""Requests answered: opened networks and data are kept, a view is set up and run.

The command line, the Python interface and the window's engine all ask here, so that they show the same pictures.
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
from dlviz.preprocessing.by_labels import fed_by_labels
from dlviz.preprocessing.infer import UNTOLD
from dlviz.preprocessing.like_the_data import is_own, restyled_like, unlike
from dlviz.progress import Progress
from dlviz.provenance import caption, stamped
from dlviz.remarks import health, remarks, with_remarks
from dlviz.scan.index import Index
from dlviz.scan.top_patches import default_k
from dlviz.sheet import Sheet
from dlviz.spacing import limited
from dlviz.targets import named_by
from dlviz.view import Need, Scene, View, no_cache_entry
from dlviz.views import view
from dlviz_models.data.catalogue import UNLABELLED
from dlviz_models.data.samples import Sample, Samples
from dlviz_models.data.sources import divided, training_part
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import epoch_title, kept_epochs
from dlviz_models.zoo import NAMES, shipped

AS_IT_IS: dict[str, Any] = {"epoch": 0, "changes": ()}
"""What of a request is meant for its first network alone."""
KEPT = 4
"""How many networks, and how many sources, stay open."""


class Session:
    """The networks and data sets opened last; what has changed on disk is opened anew."""

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
            epoch: of a folder of kept epochs, the one that is opened; 0: the last.
            changes: what is done to it, as `dlviz.model.changes` reads it.
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
            self._networks[key] = self._networks.pop(key)  # what was used last is closed last
        elif changes and not changes_weights(changes):
            self._networks[key] = apply_changes(self.network(model, preprocess, trust, fit, epoch), changes)
            _forget(self._networks)
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
            _forget(self._networks)
        return self._networks[key]

    def data(self, source: str, network: Network | None = None) -> Samples:
        """The samples of a source, kept open; a file is read as it suits a network, where one is given."""
        of = network if Path(divided(source)[0]).is_file() else None
        kinds, outputs = (_kinds(of), tuple(of.outputs)) if of else ({}, ())
        key = (source, tuple(kinds.items()), outputs, stamp(source))
        if key not in self._data:
            opened = time.time()
            self._data[key] = load_samples(source, kinds, outputs)
            self._opened[source] = opened
            _forget(self._data)
        return self._data[key]

    def data_for(self, network: Network, source: str) -> Samples:
        """The samples of a source, or made ones where it is "made" or "made/..."."""
        return synthetic_samples(network) if source == SYNTHETIC else self.data(source, network)

    def suited_data(self, network: Network, source: str) -> Samples:
        """The samples of a source that a network can be fed.

        Raises:
            UserError: the source is refused, or holds none that the network takes.
        """
        return _suited(network, self.data_for(network, source))

    def samples(self, network: Network, given: Sequence[Given | Together]) -> tuple[Sample, ...]:
        """What is fed, as it was given: see `dlviz.parsing.samples`."""
        return parse_samples(given, partial(self.data_for, network), _kinds(network))

    def describe(
        self, model: str, output: str = "", preprocess: str = "auto", trust: tuple[str, ...] = (), data: str = ""
    ) -> Description:
        """What the window has to know of a network."""
        network = self.network(model, preprocess, trust)
        with suppress(UserError):  # of the data, which is said where they are shown
            network = self.as_data_tell(network, data or default_source(network))
        described = describe(self._looked_at(network, output), trust)
        return replace(described, name=Path(model).absolute().name) if described.epochs else described

    @staticmethod
    def _looked_at(network: Network, output: str) -> Network:
        return network.with_output(output) if output and output != network.answered.name else network

    def show(self, request: Request, model: keras.Model | Network | None = None) -> Iterator[Progress | Sheet]:
        """Progress and sheets of a request; `model`, where given, is looked at instead of `request.model`.

        A second network that the view does not itself compare with the first stands beside it, in the same view.
        """
        chosen = view(request.view)
        request = replace(request, settings=by_present_names(chosen, request.settings))
        if request.other and chosen.needs and "other" not in chosen.needs:
            yield from self._side_by_side(request, model)
            return
        configured = configure(chosen, request.settings)
        if not chosen.needs:
            yield from stamped(configured.run(Scene({})), request, caption(chosen, request))
            return
        network = self._network_for(chosen, request, model)
        layer = self._check(chosen, network, request)
        source = request.data or default_source(network)
        given = self._given(chosen, network, layer, source, request)
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
        hint = unlike(samples, self._beside(network, source)) if any(map(is_own, samples)) else ""
        note = " ".join([*self._notes(given, source, request), remarks(network, samples, chosen, given.get("data"))])
        said = caption(
            chosen, request, network=network.name, layer=layer if "layer" in chosen.needs else "",
            source=source if "data" in chosen.needs else "", inputs=", ".join(sample.name for sample in samples),
        )  # fmt: skip
        yield from stamped(with_remarks(found, f"{health(network)} {hint}".strip(), note.strip()), request, said)

    def _side_by_side(self, request: Request, model: keras.Model | Network | None) -> Iterator[Progress | Sheet]:
        """Progress, and one sheet of both networks, fed the same."""
        source = (
            request.data
            or source_in(request.inputs)
            or default_source(self._network_for(view(request.view), request, model))
        )
        alone = replace(request, other="", data=source)
        sheets: list[Sheet] = []
        for done, (one, given) in enumerate([(alone, model), (replace(alone, model=request.other, **AS_IT_IS), None)]):
            for value in self.show(one, given):
                if isinstance(value, Progress):
                    yield Progress(done * value.total + value.done, 2 * value.total, value.message)
                else:
                    sheets[done:] = [value]
        side = side_by_side(sheets)
        yield from stamped([side], request, side.caption)

    def _network_for(self, chosen: type[View], request: Request, model: keras.Model | Network | None) -> Network:
        """The network of a request, fed and its classes named as the data tell, at the output that is looked at."""
        how = (request.preprocess, request.trust, request.fit, request.epoch, request.changes)
        opened = self.network(request.model if model is None else model, *how)
        if model is not None:
            opened.forget_if_trained()
        if (chosen.needs | chosen.optional) & {"sample", "data"}:
            opened = self.as_data_tell(opened, request.data or source_in(request.inputs) or default_source(opened))
        return self._looked_at(opened, request.output)

    def _given(
        self, chosen: type[View], network: Network, layer: str, source: str, request: Request
    ) -> dict[Need, Any]:
        """Everything that a view declares that it needs or shows."""
        given: dict[Need, Any] = {"network": network, "layer": layer}
        if "data" in chosen.needs:
            given["data"] = limited(self.suited_data(network, source), request.limit, request.balanced)
        if "train" in chosen.needs:
            given["train"] = self.suited_data(network, training_part(source))
        if "epochs" in chosen.needs:
            given["epochs"] = self._epochs(request, network, source)
        if "other" in chosen.needs:
            given["other"] = self._second(chosen, network, request, source)
        if request.inputs and "sample" in chosen.needs | chosen.optional:
            given["sample"] = self.samples(network, request.inputs)
            if request.like_data:
                given["sample"] = restyled_like(given["sample"], self._beside(network, source))
        elif "sample" in chosen.needs:
            given["sample"] = (self.data_for(network, source).sample(0),)
        return {need: value for need, value in given.items() if need in chosen.needs | chosen.optional}

    def _notes(self, given: dict[Need, Any], source: str, request: Request) -> tuple[str, ...]:
        """What is to be said of the data that are given, or of where the samples are from if that is a guess."""
        if "data" in given:
            notes: tuple[str, ...] = given["data"].notes
            return notes
        source = source_in(request.inputs) if request.inputs else source
        is_guess = "sample" in given and divided(source)[1] == UNLABELLED
        return self.data(source).notes if is_guess else ()

    def index(self, asked: BuildIndex, *, keeps: bool = True) -> Index:
        """The index that is asked for, as far as it is known, or one that `keeps` nothing on disk.

        Raises:
            UserError: the network, the data or a layer is refused, or nothing can be kept of them.
        """
        network = self.network(asked.model, asked.preprocess, asked.trust, asked.fit, changes=asked.changes)
        source = asked.data or default_source(network)
        network = self.as_data_tell(network, source)
        samples = limited(self.suited_data(network, source), asked.limit)

        def entry(*what: object) -> Entry:
            if not keeps:
                return NOWHERE
            found = None if asked.trust else self._cache_entry(network, source, samples, *what)
            if found is None:
                raise _not_kept(network, samples, bool(asked.trust))
            return found

        return Index(network, samples, asked.layers, asked.per_unit or default_k(network), entry, asked.by)

    def _second(self, chosen: type[View], network: Network, request: Request, source: str) -> Network:
        """The second network of a request.

        Raises:
            UserError: none is named, or the view cannot show it beside the first.
        """
        if not request.other:
            raise UserError(f"{chosen.name} needs a second network beside {network.name}: choose one (--other).")
        other = self.as_data_tell(self.network(request.other, trust=request.trust), source)
        if reason := obstacle(chosen, describe(other)):
            raise UserError(reason)
        self.suited_data(other, source)
        return other

    def _epochs(self, request: Request, network: Network, source: str) -> tuple[Callable[[], Network], ...]:
        """What opens the network of a request at each kept epoch up to the one that is looked at, which is the last;
        where no epochs were kept there is nothing before it."""

        def opened(epoch: int) -> Network:
            how = (request.preprocess, request.trust, request.fit, epoch, request.changes)
            state = self.network(request.model, *how)
            return self._looked_at(self.as_data_tell(state, source), request.output)

        epochs = list(kept_epochs(request.model))
        earlier = epochs[: epochs.index(request.epoch or epochs[-1])] if epochs else []
        return (*(partial(opened, epoch) for epoch in earlier), lambda: network)

    def _beside(self, network: Network, source: str) -> Samples | None:
        """The data that a user's own pictures are compared with; None where they are of another kind."""
        return self.data_for(network, source) if network.takes_pictures and source != SYNTHETIC else None

    def as_data_tell(self, network: Network, source: str) -> Network:
        """The network, fed as the labelled pictures of a source tell and its classes named as they are there, where
        nothing in it tells."""
        is_told = network.preprocess_note != UNTOLD or not network.takes_pictures
        is_named = bool(network.classes) or network.answered.kind != "classes"
        if (is_told and is_named) or source == SYNTHETIC:
            return network
        if source not in network.by_labels:
            data = self.data_for(network, source)
            network.by_labels[source] = named_by(fed_by_labels(network, data), data)
        return network.by_labels[source]

    def _check(self, chosen: type[View], network: Network, request: Request) -> str:
        """The layer that a request names, or what is looked at first.

        Raises:
            UserError: the view has nothing to show of the network or the layer, or a unit does not exist.
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
        """The place on disk for what was found out about a network and pictures of a source."""
        folder = default_folder()
        of_pictures = folder and cache_keys.of_pictures(samples, self._opened.get(source, 0.0))
        if not folder or not of_pictures:
            return None
        return Entry(folder, cache_keys.digest(cache_keys.of_network(network), of_pictures, *what))


def _not_kept(network: Network, samples: Samples, trusts: bool) -> UserError:
    """Why an index cannot be kept."""
    why = f"files of {samples.name} have just been changed: ask again in a few seconds"
    if trusts:
        why = "the code of trusted classes may change: index a network of Keras's own layers"
    elif not default_folder():
        why = "DLVIZ_CACHE is empty: set it to a folder"
    return UserError(f"The index of {samples.name} for {network.name} cannot be kept, because {why}.")


def _kinds(network: Network) -> dict[str, str]:
    """The kind of sample that each input takes."""
    return {spec.name: spec.kind for spec in network.inputs.values()}


def _suited(network: Network, data: Samples) -> Samples:
    """The data set; UserError where it holds no samples that the network takes."""
    if sentence := data_obstacle(data.name, data.kind, network.name, network.sample_kind):
        raise UserError(sentence)
    return data


def _forget(kept: dict[Any, Any]) -> None:
    """Close what was opened first where too much is open."""
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
        gc.collect()  # networks and their compiled functions hold each other
