"""Convolution: a kernel slides over a picture

Each pixel of the map is a sum: the window of the picture under the kernel, times the kernel. Sobel's kernel answers to
edges where light comes from one side. Which edge does it see if you turn its signs round?
"""

import numpy as np
from scipy.signal import correlate2d

import dlviz

sheet = dlviz.lesson("convolution2d", preset="Sobel x", out="sobel.png")
picture, kernel, output = (sheet.arrays[name] for name in ("input", "kernel", "map"))
print(np.abs(correlate2d(picture, kernel, mode="same", boundary="symm") - output).max())

dlviz.lesson("pooling", out="pooling.png")
