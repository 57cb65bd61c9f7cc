"""Training: six optimizers, one surface

The same loss, the same start, six ways down. Below it, a LeNet-5 trained on 1,000 digits in a few seconds, and what it
gets wrong.
"""

import dlviz

dlviz.lesson("optimizers", out="optimizers.png")
result = dlviz.train("lenet5", "digits", "mine.keras", epochs=2, limit=1000)
print(result.accuracy)
dlviz.show("mistakes", "mine.keras", data="digits", out="mistakes.png")
