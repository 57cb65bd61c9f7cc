"""DNA and sound: convolution in one dimension

A network that was taught to tell strings with a hidden motif from strings without: the sequence logo of what excites a
unit most spells the motif. The same pictures, of stretches of sound, for a network that tells four kinds of tones.
"""

import dlviz

dlviz.show("patches", "motifs", units=(0,), out="logo.png")
dlviz.show("activations", "tones", units=(0, 1), out="tones.png")
