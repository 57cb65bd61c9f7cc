"""No display is needed, TensorFlow keeps quiet, and nothing is kept from one run to the next: asked for before anything
is imported."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ["DLVIZ_CACHE"] = ""
