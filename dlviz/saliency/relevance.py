"""Layer-wise relevance propagation (LRP)."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlviz.grammar import enumerated, in_digits
from dlviz.progress import Progress
from dlviz.saliency.method import Attribution, Method, total
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.saliency.target import Target


@dataclass(frozen=True)
class Relevance(Method):
    """S. Bach et al., On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation, PLOS ONE 2015, doi 10.1371/journal.pone.0130140, equation 58 (the epsilon rule).

    For a layer's output z = sum_i z_i, input i gets the share z_i / (z + epsilon sign z) of its relevance; activations
    pass relevance on unchanged.
    """

    name = "relevance"
    title = "layer-wise relevance propagation"
    summary = "the answer divided among the inputs of each layer, down to the pixels"
    source = "S. Bach et al., Layer-wise relevance propagation, 2015, doi 10.1371/journal.pone.0130140"

    epsilon: float = option(
        0.01, "what is added to each sum, as a share of a layer's root mean square", low=0, high=10, label="epsilon"
    )

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        from dlviz.saliency.propagation import more_than_sums, propagate_relevance

        yield Progress(0, 1, "dividing the answer among the layers")
        score = target.score

        def score_and_relevance(feeds: dict[str, Any], weights: Any) -> tuple[Any, Any]:
            return score.score(feeds, weights), propagate_relevance(score, feeds, weights, self.epsilon)

        [answer], relevance = target.compute((self.name, self.epsilon), score_and_relevance)
        values = total(relevance.reshape(target.values.shape))
        summed = float(values.sum())
        others = ["the other inputs"] * (len(score.network.inputs) > 1)
        more = [f"layers that are more than weighted sums, such as {name}" for name in more_than_sums(score)[:1]]
        note = (
            f"The map sums to {in_digits(summed, 4)}; the answer is {in_digits(answer, 4)}. The difference goes to"
            f" {enumerated(['biases', 'epsilon', *others, *more])}."
        )
        return Attribution(values, note)
