"""Make `demo.npz`: a real engine is asked what the window asks first about the shipped LeNet-5.

To be run again, as `python -m dlviz_gui.record`, whenever a view, its options or the shipped network has changed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any

from dlviz.engine.client import Answer, Done, Engine, Failed
from dlviz.engine.recording import write_recording
from dlviz.jobs import Describe, Description, Job, Strip
from dlviz.progress import Progress
from dlviz_gui.__main__ import DEMO
from dlviz_gui.panes.film_strip import PAGE
from dlviz_gui.selection import MAIN, PREDICTIONS, UNIT, Selection, layer_of, offered, suits

MODEL = "lenet5"
INPUTS = 12
"""Pictures of the film strip that can be fed before TensorFlow is loaded."""


def first_jobs(network: Description) -> Iterator[Job]:
    """What the window asks when somebody looks round in the first seconds."""
    start = Selection(MODEL, network.data, network.first_layer, input=f"{network.data}:0")
    for page in range(2):
        yield Strip(network.data, page * PAGE, (page + 1) * PAGE)
    for layer in network.layers:
        if layer.units:
            here = replace(start, layer=layer.name)
            yield from (replace(here, view=view).show(MAIN) for view in offered() if suits(view, network))
            yield here.show(UNIT)
    for unit in range(layer_of(network, network.first_layer).units):
        yield replace(start, unit=unit).show(UNIT)
    for number in range(INPUTS):
        here = replace(start, input=f"{network.data}:{number}")
        yield from (here.show(pane) for pane in (MAIN, PREDICTIONS, UNIT))


def ask(engine: Engine, job: Job) -> tuple[Any, ...]:
    """The last answer to a job; nothing where it refuses."""
    number = engine.submit(job, 600)
    last: tuple[Any, ...] = ()
    while True:
        wait([engine.readable], 0.1)
        for event in engine.poll():
            match event:
                case Answer(job=n, value=value) if n == number and not isinstance(value, Progress):
                    last = (value,)
                case Done(job=n) if n == number:
                    return last
                case Failed(job=n, sentence=sentence) if n == number:
                    print(f"Left out: {sentence}", file=sys.stderr)
                    return ()


def main() -> int:
    """Write the recording; the exit status."""
    engine = Engine()
    try:
        describe = Describe(MODEL)
        (network,) = ask(engine, describe)
        jobs = {str(job): job for job in first_jobs(network)}
        answers = [(describe, (network,)), *((job, ask(engine, job)) for job in jobs.values())]
    finally:
        engine.close()
    kept = [(job, values) for job, values in answers if values]
    write_recording(DEMO, kept)
    print(f"{len(kept)} answers, {DEMO.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
