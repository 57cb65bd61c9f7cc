"""Inside a photograph classifier: SqueezeNet

Close to the pixels, units of a network trained on photographs look for edges and colours; a few layers on, for textures
and parts. Any photograph can be fed: `input="my.jpg"`.
"""

import dlviz

dlviz.show("activations", "squeezenet", layer="conv1", units=range(12), input="photos:3", out="maps.png")
dlviz.show("predictions", "squeezenet", input="photos:3", out="predictions.png")
