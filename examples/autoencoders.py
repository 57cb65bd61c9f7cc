"""Autoencoders and deep belief nets: thirty numbers for a digit

An autoencoder gives back what it was given, through a code of thirty numbers. A deep belief net can dream: with the
class held fixed, its layers settle on digits that nobody wrote.
"""

import dlviz

dlviz.show("predictions", "autoencoder", input="digits:7", out="reconstruction.png")
dlviz.show("dreams", "dbn", out="dreams.png")
