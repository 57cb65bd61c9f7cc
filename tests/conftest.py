"""No display is needed, TensorFlow keeps quiet, and nothing is kept from one run to the next: asked for before anything
is imported. No test depends on the machine's language and speed, nor on what ran before it."""

import gc
import os
import random
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests run side by side; threads that wait for others spin
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["DLVIZ_CACHE"] = ""
os.environ["LC_ALL"] = "C.UTF-8"  # Qt makes the system's messages and the names of months speak this language

HERE = Path(__file__).parent
STATES: dict[str, dict[str, Any]] = {}
"""The state of each module's RANDOM before its first test."""

settings.register_profile("dlviz", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dlviz")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The garbage collector does not go through what is imported, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The window's tests first: they load no TensorFlow, and Qt is not to run in a process that has loaded it; then
    those that take longest, so that no process waits for them at the end."""
    first = (HERE / "gui", HERE / "reliability")
    items.sort(key=lambda item: [not item.path.is_relative_to(folder) for folder in first])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What fixtures of a module draw is the same whichever test is the first to need them."""
    seed(item.module)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _seed(request: pytest.FixtureRequest) -> None:
    """What a test draws is the same whichever fixtures were made for it."""
    seed(request.module)


def seed(module: ModuleType) -> None:
    """What Keras and the module's RANDOM draw from now on is what they draw first. Keras's initializers and seed
    generators draw their seeds from Python; TensorFlow's own seed is not set, with it all functions are optimized anew.
    """
    if drawing := getattr(module, "RANDOM", None):
        generator = drawing.bit_generator
        generator.state = STATES.setdefault(module.__name__, generator.state)
    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)


@pytest.fixture(scope="module", autouse=True)
def _leftovers() -> Iterator[None]:
    """What a module leaves, mostly TensorFlow's graphs, is gone through by the garbage collector once, not with every
    collection of all the tests after it."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture
def no_burden() -> Iterator[None]:
    """What earlier tests left, TensorFlow among it, is out of the garbage collector's sight, which it would hold up for
    half a second at any moment."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
