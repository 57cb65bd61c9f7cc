"""How a network is trained: the options of a training beside those of the network."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import keras

from dlviz_models.errors import UserError
from dlviz_models.spec import NetworkSpec, Option

STALLED = 2  # epochs without a better score, after which `plateau` halves the learning rate
CLIP_NORM = 15.0
"""What gradients are clipped to where they run through many steps of time or levels of a tree: R. Pascanu, T. Mikolov,
Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013, arXiv 1211.5063."""
LEARNING_RATES = {
    "adam": 2e-3, "rmsprop": 1e-3, "adagrad": 2e-2, "sgd": 5e-2, "momentum": 2e-2, "nesterov": 2e-2
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Options of a training, each usable as `--set NAME=VALUE`.

    Attributes:
        optimizer: the rule by which weights follow their gradients.
        learning_rate: of the optimizer at its highest; 0 for its usual one (`LEARNING_RATES`).
        schedule: `cosine` falls to zero at the last epoch; `plateau` halves when the score on the pictures held out
            has not improved for two epochs; `constant` stays.
        warmup: epochs in which the learning rate rises to its height first.
        patience: stop after so many epochs without a better score; 0 to go on to the end.
        clip_norm: gradients longer than this, all weights together, are shortened to it; 0 for none. Unless it is said,
            `CLIP_NORM` for recurrent and recursive networks.
        initializer: a name of `initialization.INITIALIZERS` for all kernels; empty for the network's own.
        augment: names of `augmentation.AUGMENTATIONS` with commas between them.
        pretraining: epochs in which each restricted Boltzmann machine of a deep belief net learns on its own first.
        precision: in which layers compute; weights, and what is saved, are float32.
        cd_steps: steps of Gibbs sampling in contrastive divergence.
        persistent: let the Markov chains of contrastive divergence go on from batch to batch.
    """

    optimizer: Literal["adam", "sgd", "momentum", "nesterov", "adagrad", "rmsprop"] = "adam"
    learning_rate: float = 0.0
    schedule: Literal["cosine", "plateau", "constant"] = "cosine"
    warmup: int = 0
    patience: int = 0
    clip_norm: float = 0.0
    initializer: str = ""
    augment: str = ""
    pretraining: int = 10
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    cd_steps: int = 1
    persistent: bool = False

    @property
    def chosen(self) -> dict[str, Any]:
        """What is not as usual."""
        return {name: value for name, value in asdict(self).items() if value != OPTIONS[name].default}

    @property
    def height(self) -> float:
        """The learning rate at its highest."""
        return self.learning_rate or LEARNING_RATES[self.optimizer]

    def keras_optimizer(self, epochs: int, steps: int) -> keras.optimizers.Optimizer:
        """Return the optimizer for that many epochs of so many steps each."""
        rate: Any = self.height
        if self.schedule == "cosine":
            warmup = min(self.warmup, epochs - 1) * steps
            start = 0.0 if warmup else rate
            rate = keras.optimizers.schedules.CosineDecay(
                start, epochs * steps - warmup, warmup_target=rate if warmup else None, warmup_steps=warmup
            )
        how: dict[str, Any] = {"learning_rate": rate, "global_clipnorm": self.clip_norm or None}
        match self.optimizer:
            case "adam":
                return keras.optimizers.Adam(**how)
            case "rmsprop":
                return keras.optimizers.RMSprop(**how)
            case "adagrad":
                return keras.optimizers.Adagrad(**how)
            case "sgd":
                return keras.optimizers.SGD(**how)
            case _:
                return keras.optimizers.SGD(momentum=0.9, nesterov=self.optimizer == "nesterov", **how)

    def epoch_rate(self, scores: Sequence[float]) -> float | None:
        """Return the learning rate of the epoch after those that had these scores; None where each step has its own."""
        if self.schedule == "cosine":
            return None
        risen = min(1.0, (len(scores) + 1) / (self.warmup + 1))
        return self.height * risen * 0.5 ** (halvings(scores) if self.schedule == "plateau" else 0)

    def stops(self, scores: Sequence[float]) -> bool:
        """Say whether training ends early after epochs with these scores."""
        return 0 < self.patience <= since_best(scores)


OPTIONS = {
    field.name: Option(field.name, field.default, get_args(kind) if get_origin(kind) is Literal else ())
    for field in fields(Recipe)
    for kind in [get_type_hints(Recipe)[field.name]]
}


def recipe_and_settings(spec: NetworkSpec, options: Mapping[str, Any]) -> tuple[Recipe, dict[str, Any]]:
    """Part options into those of the training and those of the network, each checked; values may be text.

    Raises:
        UserError: neither has such an option, or does not take the value.
    """
    known = [option.name for option in spec.options] + list(OPTIONS)
    for name in options.keys() - known:
        raise UserError(f"{spec.name} has no option {name[:80]}; it has {', '.join(known)}.")
    own = {name: OPTIONS[name].read(value) for name, value in options.items() if name in OPTIONS}
    for name, value in own.items():
        if not isinstance(value, str) and value < 0:
            raise UserError(f"Option {name}={value} is negative; give 0 or more.")
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
