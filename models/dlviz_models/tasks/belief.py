"""Classifying pictures after learning what they look like."""

from collections.abc import Callable

import keras
import numpy as np

from dlviz_models.layers.rbm import RBM
from dlviz_models.networks.dbn import machines
from dlviz_models.tasks.pictures import ClassifyPictures
from dlviz_models.training.contrastive_divergence import learn
from dlviz_models.training.recipe import Recipe

EVALUATION_BATCH = 500


class Believe(ClassifyPictures):
    """Pixels in, class numbers out; each restricted Boltzmann machine learns the states below it first."""

    def prepare(
        self, model: keras.Model, recipe: Recipe, batch: int, after_epoch: Callable[[str, int, int], None]
    ) -> None:
        found = machines(model)
        for machine in found:
            if int(machine.learned) >= recipe.pretraining:
                continue
            states = keras.Model(model.input, machine.input).predict(self.train.x, EVALUATION_BATCH, verbose=0)
            if machine.labels:
                states = np.concatenate([states, np.eye(machine.labels, dtype=states.dtype)[self.train.y]], axis=1)

            def tell(machine: RBM = machine) -> None:
                done = sum(int(other.learned) for other in found)
                after_epoch(machine.name, done, len(found) * recipe.pretraining)

            learn(
                machine,
                states,  # (n, visible + labels)
                epochs=recipe.pretraining,
                batch=batch,
                steps=max(1, recipe.cd_steps),
                persistent=recipe.persistent,
                after_epoch=tell,
            )
