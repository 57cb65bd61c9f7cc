import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dlviz.jobs import Request, Show
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Diagram, Image, Matrix, Node, Paragraph, Sheet, Tiles
from dlviz.wire import pack, unpack

WORDS = st.text(max_size=8)
NUMBERS = arrays(np.float32, array_shapes(min_dims=1, max_dims=3, max_side=3), elements=st.floats(width=32))
TUPLE = st.lists(WORDS, max_size=3).map(tuple)
COUNTS = st.lists(st.integers(-(2**53), 2**53), max_size=3).map(tuple)
NODES = st.lists(st.builds(Node, WORDS, TUPLE, st.integers(0, 9), st.floats(0, 9), WORDS), max_size=3).map(tuple)
PANELS = st.one_of(
    st.builds(Tiles, NUMBERS, captions=TUPLE, keys=COUNTS, boxes=st.none() | NUMBERS),
    st.builds(Image, NUMBERS, title=WORDS, heat=st.none() | NUMBERS),
    st.builds(Matrix, NUMBERS, TUPLE, TUPLE),
    st.builds(Curves, NUMBERS, st.dictionaries(WORDS, NUMBERS, max_size=2)),
    st.builds(Bars, TUPLE, NUMBERS, limit=st.none() | st.floats(allow_nan=False)),
    st.builds(Diagram, NODES, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3).map(tuple)),
    st.builds(Paragraph, WORDS, WORDS),
)
SHEETS = st.builds(
    Sheet, WORDS, WORDS, st.lists(PANELS, max_size=3).map(tuple), st.dictionaries(WORDS, NUMBERS, max_size=2)
)
REQUESTS = st.builds(
    Request, WORDS, WORDS, units=COUNTS, inputs=st.lists(WORDS | NUMBERS, max_size=2).map(tuple),
    settings=st.dictionaries(WORDS, st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS, max_size=3),
)  # fmt: skip


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(SHEETS | st.builds(Show, REQUESTS) | st.builds(Progress, st.integers(), st.integers(), WORDS))
def test_what_is_packed_comes_out_the_same(value):
    assert same(value, unpack(*pack(value)))


def test_numpy_numbers_become_plain_ones():
    sent = unpack(*pack(Progress(np.int64(3), np.int64(4))))
    assert sent == Progress(3, 4)
    assert type(sent.done) is int


@pytest.mark.parametrize("value", [object(), {1, 2}, lambda: 0, Progress])
def test_what_does_not_travel_is_refused(value):
    with pytest.raises(TypeError, match="does not travel"):
        pack(value)
