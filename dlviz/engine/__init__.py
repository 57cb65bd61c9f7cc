"""The process in which all Keras work runs, and the window's end of the pipe to it."""
