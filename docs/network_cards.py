"""Make `cards.npz`: a picture of what is in each shipped network, for its card.

To be run again, as `python docs/network_cards.py`, whenever a shipped network has changed or one has been added.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from dlviz.draw.page import block_alone
from dlviz.draw.paper import rendered
from dlviz.jobs import Request
from dlviz.layout import main_panels
from dlviz.sheet import Panel, Sheet, retitled
from dlviz_models.files import atomic_path
from dlviz_models.keras_settings import load_keras
from dlviz_models.zoo import NAMES

PICTURES = Path(__file__).parents[1] / "gui" / "dlviz_gui" / "cards.npz"
SIZE = (400, 224)
"""Pixels of a card's picture, twice what a usual screen shows."""
VIEWS = {
    "lenet5": Request("activations", "lenet5", layer="conv1"),
    "squeezenet": Request("patches", "squeezenet", layer="fire3_expand3x3", settings={"shown": 4, "per_unit": 7}),
    "alexnet32": Request("filters", "alexnet32", layer="conv1", units=tuple(range(28))),
    "autoencoder": Request("predictions", "autoencoder"),
    "dbn": Request("filters", "dbn", units=tuple(range(28))),
    "sums": Request("attention", "sums"),
    "dates": Request("attention", "dates", settings={"head": 0}),
    "motifs": Request("patches", "motifs", settings={"shown": 1}),
    "tones": Request("activations", "tones", units=(0, 1)),
    "tree_lstm": Request("predictions", "tree_lstm"),
}
"""What is shown of each, the main panel alone."""


def picture(panel: Panel) -> np.ndarray:
    """A panel as a card's picture, uint8 (height, width, 3): the middle of it on white."""
    drawn = rendered(block_alone(retitled(panel, ""), 5.0, 2.8), 150)
    drawn.thumbnail(SIZE, Pillow.Resampling.LANCZOS)
    page = Pillow.new("RGB", SIZE, "white")
    page.paste(drawn, ((SIZE[0] - drawn.width) // 2, (SIZE[1] - drawn.height) // 2))
    return np.asarray(page)


def main() -> int:
    """Write the pictures; the exit status."""
    load_keras(for_views=True)
    from dlviz.session import Session

    session, pictures = Session(), {}
    for name in NAMES:
        *_, sheet = (found for found in session.show(VIEWS[name]) if isinstance(found, Sheet))
        pictures[name] = picture(sheet.panels[main_panels(sheet.panels)[0]])
        print(name, file=sys.stderr)
    with atomic_path(PICTURES) as out, open(out, "wb") as file:
        np.savez_compressed(file, **pictures)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main())
