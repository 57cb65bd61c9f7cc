"""What the tests of builders share."""

from collections.abc import Iterator

import keras
import pytest
from keras.src.backend.common import global_state


@pytest.fixture
def no_memory() -> Iterator[None]:
    """Give the weights of large networks no memory: only their shapes matter."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    global_state.set_global_attribute("uninitialized_variables", [])
