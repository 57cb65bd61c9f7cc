"""The colours and type sizes of every medium: window, paper, slides and pages. No Qt and no matplotlib.

The hues are those of M. Okabe and K. Ito (Color Universal Design, 2002), safe for colour-blind readers.
"""

from __future__ import annotations

BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
AMBER, SKY, GREY, OLIVE = "#e69f00", "#56b4e9", "#7c8590", "#999933"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, GREY, OLIVE)
"""The colours of lines and marks, in order."""
CLASSES = (*SERIES, "#332288", "#882255")
"""The colours of classes: ten, with two of P. Tol's."""
STEPS = ("#440154", "#3e4989", "#25848e", "#37b878", "#bddf26")
"""The colours of marks for increasing numbers: viridis without its palest end."""
BLUE_ON_DARK = "#3f9bd8"
"""A lighter blue for dark backgrounds."""
ACCENT, ACCENT_ON_DARK = BLUE, SKY
"""The colour of what is selected, named or asked."""
POSITIVE, NEGATIVE = BLUE, ORANGE
"""The colours of positive and negative numbers."""
RIGHT, RIGHT_ON_DARK = "#007a5a", "#2bb890"
"""The colour of the true class, legible as text on white and on dark backgrounds."""
FRAME, MARK = AMBER, "#ffe9b8"
"""The colours of a frame round a receptive field or a cell, and behind marked words."""

LAYERS = (
    (("conv",), BLUE),
    (("lstm", "gru", "rnn", "attention", "alignment"), PURPLE),
    (("dense", "embed", "einsum"), GREEN),
    (("pool", "flatten", "reshape", "padding", "upsampl", "cropping"), AMBER),
    (("norm", "rescaling", "dropout", "noise"), OLIVE),
    (("activation", "relu", "softmax", "sigmoid", "tanh"), ORANGE),
    (("add", "concatenate", "multiply", "subtract", "average", "maximum", "minimum", "dot"), SKY),
)
"""The colours of layers by words in the lower-case names of their Keras classes; the first match counts."""

TITLE, LARGE, SENTENCE, HEADING, WORDS, NOTE = 26.0, 25.0, 20.0, 20.0, 18.0, 12.0
"""Points on a page or slide 13.3 inches wide: its title, its sentence where little else stands and elsewhere, the title
of a panel, the least that is legible from the back of a hall, and what need not be."""


def layer_colour(kind: str) -> str:
    """The colour of the kind of layer called `kind`, as #rrggbb."""
    kind = kind.lower()
    return next((colour for words, colour in LAYERS if any(word in kind for word in words)), GREY)


def letter_colour(letter: str) -> str:
    """The colour of a letter in a sequence logo, #rrggbb: fixed for the bases, else from `SERIES`."""
    bases = {"A": GREEN, "C": BLUE, "G": AMBER, "T": ORANGE, "U": ORANGE}
    return bases.get(letter.upper(), SERIES[ord(letter[:1] or " ") % len(SERIES)])


def tint(colour: str, share: float) -> str:
    """A colour mixed with white, `share` of the colour, #rrggbb."""
    levels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - level)):02x}" for level in levels)
