"""`dlviz doctor`: what is installed, what is missing, and the line that installs it."""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys

from dlviz.cli import screen

HELP = "say what is installed, what is missing, and the line that installs it"
DISTRIBUTIONS = (
    "dlviz-toolkit", "tensorflow", "keras", "numpy", "matplotlib", "PyQt5", "PyQt5-Qt5", "qtpy", "superqt", "pyqtgraph",
    "scipy", "scikit-learn", "scikit-image", "h5py", "pillow", "python-pptx", "rich",
)  # fmt: skip
DEVICES = "import tensorflow as tf; [print(device.name) for device in tf.config.list_logical_devices()]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; TensorFlow and Qt are each tried in a process of their own."""
    versions = {name: _version(name) for name in DISTRIBUTIONS}
    devices = _devices()
    missing = screen.missing_libraries()
    opens, reason = screen.qt_loads() if screen.has_display() else (False, "there is no display")
    install = screen.install_line(missing)
    if arguments.json:
        found = {
            "python": platform.python_version(), "system": platform.platform(), "versions": versions,
            "devices": devices, "missing": missing, "window": opens, "reason": reason, "install": install,
        }  # fmt: skip
        print(json.dumps(found))
        return 0
    print(f"Python {platform.python_version()} on {platform.platform()}")
    for name, version in versions.items():
        print(f"  {name:14} {version or 'not installed'}")
    print("TensorFlow's devices:", *(devices or ["none: it does not start"]), sep="\n  ")
    asked = os.environ.get("QT_QPA_PLATFORM") or ("xcb" if sys.platform == "linux" else "the system's own")
    print(f"Qt platform {asked}: " + ("a window can be opened" if opens else f"no window, {reason}"))
    for where, lacking in missing.items():
        if lacking:
            print(f"  missing for {where}: {' '.join(lacking)}")
    if absent := [name for name, version in versions.items() if not version]:
        print(f"Install the missing packages:\n  pip install {' '.join(absent)}")
    if install:
        print(f"Install the missing libraries:\n  {install}")
    elif not absent:
        print("Nothing is missing.")
    return 0


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _devices() -> list[str]:
    try:
        done = subprocess.run([sys.executable, "-c", DEVICES], capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        return []
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []
