"""Failure cases: a change that nobody sees

Every pixel is moved by a little, in the direction that takes the network away from the right answer (Goodfellow et al.
2015). The digit is the same to us and another one to the network; noise of the same size does it no harm.
"""

import dlviz

sheet = dlviz.show("failures", "lenet5", input="digits:0", method="fgsm", out="failures.png")
print(sheet.arrays["predicted_before"], sheet.arrays["predicted_after"], sheet.arrays["linf"])

dlviz.show("mistakes", "lenet5", data="digits", out="mistakes.png")
