"""The lecture's four jumps."""

import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.edges1d import Edges1D, edge_filter
from dlviz_models.errors import UserError


def lectures() -> np.ndarray:
    g = np.ones(30)
    g[5:8] = g[15:18] = 0
    return g


def test_it_is_not_zero_at_the_four_jumps_alone():
    found = last(Edges1D, {}).arrays
    np.testing.assert_array_equal(found["g"], lectures())
    np.testing.assert_array_equal(found["h"], np.diff(lectures()))
    assert found["jumps"].tolist() == [4, 7, 14, 17]
    assert found["h"][found["jumps"]].tolist() == [-1, 1, -1, 1]
    assert [last(Edges1D, {"step": n}).panels[2].framed for n in (5, 15, 29)] == [(4,), (4, 7, 14), (4, 7, 14, 17)]
    assert "−1 at 4, +1 at 7, −1 at 14, +1 at 17" in last(Edges1D, {}).answer


@pytest.mark.parametrize("half", [1, 2, 4])
def test_turned_round_it_is_numpys_convolution(half):
    f = edge_filter(half)
    assert (f.sum(), len(f)) == (0, 2 * half)
    np.testing.assert_allclose(
        last(Edges1D, {"half": half, "flip": True}).arrays["h"], np.convolve(lectures(), f, "valid")
    )


def test_gaps_move():
    assert last(Edges1D, {"first": 8, "second": 20, "gap": 5}).arrays["jumps"].tolist() == [7, 12, 19, 24]
    assert last(Edges1D, {"g": "2 " * 9}).summary.startswith("The output is zero everywhere")
    with pytest.raises(UserError, match="give 2 to 40"):
        last(Edges1D, {"g": "1"})
