"""Layer-wise relevance propagation: the answer divided among the inputs of each layer, from the last to the first."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlviz.progress import Progress
from dlviz.saliency.method import Attribution, Method, total
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.saliency.target import Target


@dataclass(frozen=True)
class Relevance(Method):
    """S. Bach et al., On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation, PLOS ONE 2015, doi 10.1371/journal.pone.0130140, equation 58 (the epsilon rule).

    Of a layer's output z = sum_i z_i each input gets z_i / (z + epsilon sign z) of its relevance; activations hand on
    what they get.
    """

    name = "relevance"
    title = "layer-wise relevance propagation"
    summary = "the answer divided among the inputs of each layer, down to the pixels"
    source = "S. Bach et al., Layer-wise relevance propagation, 2015, doi 10.1371/journal.pone.0130140"

    epsilon: float = option(
        0.01, "what is added to each sum, as a share of a layer's root mean square", low=0, high=10, label="epsilon"
    )

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        from dlviz.saliency.propagation import propagated

        yield Progress(0, 1, "dividing the answer among the layers")
        score = target.score

        def divided(feeds: dict[str, Any], weights: Any) -> tuple[Any, Any]:
            return score.score(feeds, weights), propagated(score, feeds, weights, self.epsilon)

        number, found = target.of_sample((self.name, self.epsilon), divided)
        values = total(found.reshape(target.values.shape))
        answer, summed = float(number[0]), float(values.sum())
        note = (
            f"It sums to {summed:.4g}; the answer is {answer:.4g}. The difference goes to biases, epsilon and layers"
            " that are more than weighted sums, such as attention."
        )
        return Attribution(values, note)
