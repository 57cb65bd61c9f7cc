"""Names under curves on paper."""

import numpy as np
import pytest

from dlviz.draw.canvas import Canvas
from dlviz.draw.page import fitted
from dlviz.sheet import Curves


@pytest.mark.parametrize("width", [3.0, 6.0, 12.5])
@pytest.mark.parametrize("count", [2, 8, 24, 28, 70])
def test_names_under_curves_stand_apart_at_one_distance_up_to_the_last(count, width):
    names = tuple(f"fire{n}_expand3x3" for n in range(count))
    block = fitted(Curves(np.arange(count), {"a": np.arange(count)}, x_labels=names), width, 5.0)
    canvas = Canvas(width, block.height)
    block.draw(canvas, 0, 0)
    canvas.figure.draw_without_rendering()
    axes = canvas.figure.axes[-1]
    shown = axes.get_xticks()
    assert shown[-1] == count - 1
    assert len(set(np.diff(shown))) <= 1
    assert count > 8 or width < 6 or len(shown) == count
    ends = axes.transData.transform(np.stack([shown, shown], axis=1))[:, 0] / canvas.figure.dpi
    size = axes.get_xticklabels()[0].get_fontsize() / 72
    assert (np.diff(ends) * np.sin(np.pi / 4) >= size).all()  # between the lines on which names stand
