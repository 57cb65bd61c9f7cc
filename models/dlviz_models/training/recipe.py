"""How a network is trained: the options of a training beside those of the network."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from dlviz_models.errors import UserError
from dlviz_models.networks.spec import NetworkSpec
from dlviz_models.options import option, options_of

if TYPE_CHECKING:
    import keras

STALLED = 2  # epochs without a better score, after which `plateau` halves the learning rate
CLIP_NORM = 15.0
"""What gradients are clipped to where they run through many steps of time or levels of a tree: R. Pascanu, T. Mikolov,
Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013, arXiv 1211.5063."""
MOMENTA = {"adam": 0.9, "momentum": 0.9, "nesterov": 0.9, "sgd": 0.0, "rmsprop": 0.0}
LEARNING_RATES = {
    "adam": 2e-3, "rmsprop": 1e-3, "adagrad": 2e-2, "sgd": 5e-2, "momentum": 2e-2, "nesterov": 2e-2
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Options of a training, each usable as `--set NAME=VALUE`."""

    optimizer: Literal["adam", "sgd", "momentum", "nesterov", "adagrad", "rmsprop"] = option(
        "adam", "the update rule of the weights"
    )
    learning_rate: float = option(0.0, "peak learning rate", low=0, zero="the optimizer's default")
    momentum: float = option(
        -1.0,
        "what a step keeps of the steps before it, 0 to 1; of adam, its first beta",
        low=-1,
        high=1,
        zero="the optimizer's default",
    )
    weight_decay: float = option(
        0.0,
        "each step also shrinks all weights by this times the learning rate (decoupled weight decay, arXiv 1711.05101)",
        low=0,
        zero="no decay",
    )
    schedule: Literal["cosine", "plateau", "constant"] = option(
        "cosine",
        "cosine falls to zero at the last epoch; plateau halves the rate when the score on the pictures held out has "
        "not improved for two epochs; constant stays",
    )
    warmup: int = option(0, "warm-up epochs, in which the learning rate rises to its peak", low=0)
    patience: int = option(0, "stop after this many epochs without a better score", low=0, zero="never stop early")
    clip_norm: float = option(
        0.0,
        "global norm to which longer gradients are clipped; by default 15 in recurrent and recursive networks",
        low=0,
        zero="no clipping",
    )
    initializer: str = option("", "a name of `initialization.INITIALIZERS` for all kernels; empty: the network's own")
    augment: str = option("", "names of `augmentation.AUGMENTATIONS` separated by commas")
    pretraining: int = option(
        10, "epochs of greedy pre-training for each restricted Boltzmann machine of a deep belief net", low=0
    )
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = option(
        "float32", "number type in which layers compute; weights and saved files stay float32"
    )
    cd_steps: int = option(1, "steps of Gibbs sampling in contrastive divergence", low=0)
    persistent: bool = option(
        False, "persistent contrastive divergence: continue the Markov chains from batch to batch"
    )

    @property
    def chosen(self) -> dict[str, Any]:
        """What is not as usual."""
        return {name: value for name, value in asdict(self).items() if value != OPTIONS[name].default}

    @property
    def height(self) -> float:
        """The learning rate at its highest."""
        return self.learning_rate or LEARNING_RATES[self.optimizer]

    @property
    def momentum_used(self) -> float | None:
        """The momentum that the optimizer works with; None where it has none."""
        usual = MOMENTA.get(self.optimizer)
        return usual if usual is None or self.momentum < 0 else self.momentum

    def keras_optimizer(self, epochs: int, steps: int) -> "keras.optimizers.Optimizer":
        """Return the optimizer for that many epochs of so many steps each (imports Keras)."""
        import keras

        rate: Any = self.height
        if self.schedule == "cosine":
            warmup = min(self.warmup, epochs - 1) * steps
            start = 0.0 if warmup else rate
            rate = keras.optimizers.schedules.CosineDecay(
                start, epochs * steps - warmup, warmup_target=rate if warmup else None, warmup_steps=warmup
            )
        how: dict[str, Any] = {
            "learning_rate": rate,
            "global_clipnorm": self.clip_norm or None,
            "weight_decay": self.weight_decay or None,
        }
        momentum = self.momentum_used
        match self.optimizer:
            case "adam":
                return keras.optimizers.Adam(beta_1=momentum, **how)
            case "rmsprop":
                return keras.optimizers.RMSprop(momentum=momentum, **how)
            case "adagrad":
                return keras.optimizers.Adagrad(**how)
            case _:
                return keras.optimizers.SGD(momentum=momentum, nesterov=self.optimizer == "nesterov", **how)

    def epoch_rate(self, scores: Sequence[float]) -> float | None:
        """Return the learning rate of the epoch after those that had these scores; None where each step has its own."""
        if self.schedule == "cosine":
            return None
        risen = min(1.0, (len(scores) + 1) / (self.warmup + 1))
        return self.height * risen * 0.5 ** (halvings(scores) if self.schedule == "plateau" else 0)

    def stops(self, scores: Sequence[float]) -> bool:
        """Say whether training ends early after epochs with these scores."""
        return 0 < self.patience <= since_best(scores)


OPTIONS = {each.name: each for each in options_of(Recipe)}


def recipe_and_settings(spec: NetworkSpec, options: Mapping[str, Any]) -> tuple[Recipe, dict[str, Any]]:
    """Part options into those of the training and those of the network, each checked; values may be text.

    Raises:
        UserError: neither has such an option, or does not take the value.
    """
    known = [option.name for option in spec.options] + list(OPTIONS)
    for name in options.keys() - known:
        raise UserError(f"{spec.name} has no option {name[:80]}; it has {', '.join(known)}.")
    own = {name: OPTIONS[name].read(value) for name, value in options.items() if name in OPTIONS}
    if spec.recurrent:
        own = {"clip_norm": CLIP_NORM} | own
    return Recipe(**own), spec.settings({n: v for n, v in options.items() if n not in OPTIONS})


def since_best(scores: Sequence[float]) -> int:
    """Return how many epochs have passed since the first one with the best score."""
    return len(scores) - 1 - scores.index(max(scores)) if scores else 0


def halvings(scores: Sequence[float]) -> int:
    """Return how often a rate has been halved that is halved after every `STALLED` epochs without a better score."""
    count, waited, best = 0, 0, -math.inf
    for score in scores:
        best, waited = (score, 0) if score > best else (best, waited + 1)
        if waited == STALLED:
            count, waited = count + 1, 0
    return count
