"""What a network takes a picture for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import option
from dlviz.sheet import Bars, Image, Panel, Progress, Sheet, Tiles
from dlviz.view import Scene, View


@dataclass(frozen=True)
class Predictions(View):
    name = "predictions"
    says = "What the network takes a picture for: the likeliest classes and how sure it is of each."
    needs = frozenset({"input"})

    classes: int = option(10, "how many of the likeliest classes are shown", low=1, high=100)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        network = scene.network
        if len(network.layers[network.output].shape) == len(network.input_shape):
            yield _pictures(scene)
            return
        x = network.feed([picture.pixels for picture in scene.inputs])
        probabilities = network.predict(x)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, : self.classes]
        panels: list[Panel] = []
        for picture, row, order in zip(scene.inputs, probabilities, best, strict=True):
            right = [i for i, number in enumerate(order) if number == picture.label]
            names = tuple(network.class_name(int(i)) for i in order)
            panels.append(Image(network.fit(picture.pixels), title=picture.name))
            panels.append(Bars(names, row[order], limit=1.0, right=right[0] if right else -1))
        first, order = scene.inputs[0], best[0]
        says = f"{network.name} takes {first.name} for {network.class_name(int(order[0]))}"
        says += f", {probabilities[0, order[0]]:.1%} sure"
        if first.label is not None and first.label < probabilities.shape[1]:
            says += ": right" if first.label == order[0] else f"; it is {network.class_name(first.label)}"
        yield Sheet(
            title=f"{network.name} · {first.name}" + (f" and {len(panels) // 2 - 1} more" if len(panels) > 2 else ""),
            says=f"{says}.",
            panels=tuple(panels),
            arrays={"input": x, "probabilities": probabilities},
        )


def _pictures(scene: Scene) -> Sheet:
    """What a network that answers with pictures, such as an autoencoder, makes of the given ones."""
    network = scene.network
    x = network.feed([picture.pixels for picture in scene.inputs])
    answer = np.stack([network.activations(one)[network.output] for one in x])  # (n, height, width, channel)
    channels = answer.shape[-1] if answer.shape[-1] in (1, 3) else 1
    names = tuple(picture.name for picture in scene.inputs)
    given = Tiles(np.stack([network.fit(p.pixels) for p in scene.inputs]), "pixels", title="Given", captions=names)
    low, high = answer.min(), answer.max()
    shown = answer[..., :channels]
    if low >= 0 and high <= 1:  # as bright as what was given
        told = Tiles(np.rint(255 * shown).astype(np.uint8), "pixels", title="Its answer, 0 to 1", captions=names)
    else:
        told = Tiles(shown, title=f"Its answer, {low:.3g} to {high:.3g}, each from black to white", captions=names)
    left_out = f", of whose {answer.shape[-1]} channels the first is shown" if channels < answer.shape[-1] else ""
    return Sheet(
        title=f"{network.name} · {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else ""),
        says=f"{network.name} answers {names[0]} with a picture{left_out}.",
        panels=(given, told),
        arrays={"input": x, "answer": answer},
    )
