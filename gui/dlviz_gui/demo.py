"""What the shipped demonstration is made of, and how it is recorded: `python -m dlviz_gui.demo`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from dlviz.engine.client import Answer, Done, Engine, Failed
from dlviz.engine.recording import write_recording
from dlviz.jobs import Describe, Description, Job, Strip
from dlviz.sheet import Progress, Sheet
from dlviz_gui.choice import MAIN, PREDICTIONS, UNIT, Choice, layer_of, needs, offered
from dlviz_gui.film_strip import PAGE

MODEL = "lenet5"
PICTURES = 8
"""How many pictures of the data can be stepped through before TensorFlow is loaded."""
DEMO = Path(__file__).with_name("demo.npz")
"""The recording that ships."""


def jobs(network: Description) -> Iterator[Job]:
    """What people are likely to click on in the first seconds."""
    yield Strip(network.data, 0, PAGE)
    start = Choice(MODEL, network.data, network.first_layer)
    layers = [layer.name for layer in network.layers if layer.units]
    for number in range(PICTURES):
        fed = replace(start, input=f"{network.data}:{number}")
        yield fed.show(PREDICTIONS)
        for layer in layers:
            yield replace(fed, layer=layer).show(MAIN)
            yield replace(fed, layer=layer).show(UNIT)
    first = replace(start, input=f"{network.data}:0")
    for unit in range(1, layer_of(network, network.first_layer).units):
        yield replace(first, unit=unit).show(UNIT)
    for view in offered():
        for layer in layers if "layer" in needs(view) else layers[:1]:
            yield replace(first, layer=layer, view=view).show(MAIN)


def record(path: Path) -> None:
    """Ask an engine for everything and keep its answers; what it refuses is left out."""
    engine = Engine()
    try:
        describe = Describe(MODEL)
        (network,) = _ask(engine, describe)
        answers = [(describe, (network,)), *((job, _ask(engine, job)) for job in jobs(network))]
        write_recording(path, ((job, values) for job, values in answers if values))
    finally:
        engine.close()


def _ask(engine: Engine, job: Job) -> tuple[Any, ...]:
    """The answer but for its progress, and for the raw arrays, which the window does not show."""
    number = engine.submit(job, 600)
    values: list[Any] = []
    while True:
        wait([engine.readable], 0.1)
        for event in engine.poll():
            match event:
                case Answer(job=n, value=value) if n == number and not isinstance(value, Progress):
                    values.append(replace(value, arrays={}) if isinstance(value, Sheet) else value)
                case Done(job=n) if n == number:
                    return tuple(values)
                case Failed(job=n) if n == number:
                    return ()


if __name__ == "__main__":
    record(DEMO)
