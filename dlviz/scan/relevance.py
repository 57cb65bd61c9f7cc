"""Rank samples by the relevance of a unit to the predicted class instead of its activation.

The relevance of a unit is the sum over its map of activation times gradient of the predicted class's logit. In networks
of rectifiers this is layer-wise relevance propagation without a stabiliser (M. Ancona et al., Towards better
understanding of gradient-based attribution methods, ICLR 2018, arXiv 1711.06104), and the relevances of a layer's units
sum up to the logit but for the biases behind it. To rank samples by it is R. Achtibat et al., From attribution maps to
human-understandable explanations through Concept Relevance Propagation, Nature Machine Intelligence 2023, doi
10.1038/s42256-023-00711-8 ("relevance maximization", with the sum over the map).
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.cache import Entry
from dlviz.feeding.feed import Feeds
from dlviz.model.logits import logits_and_outputs
from dlviz.network import Network
from dlviz.scan import Scan
from dlviz.scan.best import as_maps, flat_maps, places_of
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

SMALLER = 4
"""Batches are smaller by this factor, because backpropagation holds the outputs of all layers."""


class RelevanceScan(Scan):
    """A scan whose scores are relevances; the position is where in the map the relevance is largest.

    Raises:
        UserError: the network does not answer with classes.
    """

    def __init__(
        self,
        network: Network,
        layers: tuple[str, ...],
        samples: Samples,
        k: int,
        checkpoint: Entry | None = None,
        shard: tuple[int, int] = (1, 1),
    ) -> None:
        if network.chosen_output.kind != "classes":
            raise UserError(
                f"{network.name} does not answer with classes, and by=relevance ranks by what counts for the class:"
                " choose by=activation."
            )
        super().__init__(network, layers, samples, k, checkpoint, shard)
        self._inputs = set(network.inputs)

    def _is_stored_as_bytes(self) -> bool:
        return False

    def _batch_limit(self, most: int, fed: dict[str, tuple[int, ...]] | None = None) -> int:
        return max(1, super()._batch_limit(most, fed) // SMALLER)

    def _responses(self, feeds: Feeds, numbers: np.ndarray) -> Any:
        return self._compiled_relevances(feeds)

    @cached_property
    def _compiled_relevances(self) -> Any:
        return backend.compiled(self._relevances)

    def _relevances(self, feeds: dict[str, Any]) -> Any:
        """For each layer the relevance of every unit (n, units), the flat index of its largest summand, and the shape
        of the map."""
        network = self.network

        def predicted_logit(feeds: dict[str, Any]) -> tuple[Any, list[Any]]:
            z, outputs = logits_and_outputs(network, feeds, self.layers)
            if math.prod(network.graph.symbol(network.output).shape[1:]) == 1:
                z = z - ops.flip(z, axis=1)  # one unit for two classes
            predicted = ops.one_hot(ops.argmax(z, axis=1), z.shape[1], dtype=z.dtype)
            return ops.sum(z * predicted), outputs

        outputs, gradients = backend.outputs_and_gradients(predicted_logit)(feeds)
        maps = []
        for name, output, gradient in zip(self.layers, outputs, gradients, strict=True):
            products = ops.zeros_like(output) if gradient is None else output * gradient
            maps.append(as_maps(network, name, products))
        flat = [flat_maps(map_) for map_ in maps]
        return [ops.sum(m, axis=1) for m in flat], places_of(flat), [ops.shape(m)[1:-1] for m in maps]
