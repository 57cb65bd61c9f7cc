"""Your own network: any Keras model

A model that you have just built, or a file of your own: what it takes, what it answers and how to feed it is told from
its layers. The checkup says in words what was found, and what cannot be seen of it.
"""

import keras

import dlviz

keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(8, 5, activation="relu", name="edges"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
dlviz.show("activations", model, layer="edges", input="digits:7", out="maps.png")
dlviz.show("checkup", model, out="checkup.png")
