"""To take home: the network in a page

One HTML file with the trained network in it. Students open it on their phones and draw: maps, answers, top patches and
the deconvnet are computed there, without a server.
"""

import dlviz

dlviz.take_home("lenet5", "lenet5.html")
dlviz.show("predictions", "lenet5", input="digits:7", out="answer.png")
