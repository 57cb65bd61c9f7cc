"""Whether a window can be opened here, found out without Qt in this process."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

PLUGIN = Path("Qt5", "plugins", "platforms", "libqxcb.so")
PROBE = "from PyQt5.QtWidgets import QApplication; QApplication(['dlviz']); print('window')"
PACKAGES = {
    "any": ("libglib2.0-0", "libgl1", "libfontconfig1"),
    "xcb": (
        "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-render-util0", "libxcb-shape0",
        "libxcb-xinerama0", "libxcb-xkb1", "libxkbcommon-x11-0", "libdbus-1-3",
    ),
}  # fmt: skip
"""Debian's names of what Qt needs: on any platform, and to open a window on X11."""


def has_display() -> bool:
    """Whether there is a screen to open a window on, or a Qt platform has been asked for."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def obstacle() -> str:
    """Why no window can be opened here, empty where nothing is in the way; told within milliseconds, without Qt.

    Where the display does not answer or the X11 plugin cannot be loaded, Qt ends the process instead of raising.
    """
    if not has_display():
        return "there is no display"
    if sys.platform != "linux" or not _platform().startswith("xcb"):
        return ""
    display = os.environ.get("DISPLAY", "")
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
        xcb.xcb_connect.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
        answers = not xcb.xcb_connection_has_error(connection)
        xcb.xcb_disconnect(connection)
        if not answers:
            return f"the display {display[:60] or 'of X11'} does not answer"
        if (root := _qt()) is not None:
            ctypes.CDLL(str(root / PLUGIN))
    except OSError as error:
        return f"Qt lacks a library, {str(error)[:120]}; dlviz doctor says how to install it"
    return ""


def qt_loads() -> tuple[bool, str]:
    """Whether Qt starts on this screen, tried in a process of its own; and if not, what it said last."""
    try:
        done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return False, "Qt did not start within a minute"
    if done.returncode == 0 and "window" in done.stdout:
        return True, ""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return False, said[-1][:200] if said else f"Qt ended with status {done.returncode}"


def missing_libraries() -> dict[str, list[str]]:
    """Shared libraries that Qt asks for and Linux does not find: for `any` platform, and for `xcb`."""
    root = _qt()
    if sys.platform != "linux" or root is None:
        return {}
    extensions = sorted(root.glob("QtGui*.so")) + sorted(root.glob("QtWidgets*.so"))
    plugin = root / PLUGIN
    lacking = _lacking(extensions)
    return {"any": lacking, "xcb": [name for name in _lacking([plugin]) if name not in lacking]}


def _qt() -> Path | None:
    found = importlib.util.find_spec("PyQt5")
    return Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None


def _platform() -> str:
    """Which of Qt's platforms is used on Linux."""
    asked = os.environ.get("QT_QPA_PLATFORM", "")
    return asked or ("xcb" if os.environ.get("DISPLAY") else "wayland")


def install_line(missing: dict[str, list[str]]) -> str:
    """The line that installs what is missing on Debian and Ubuntu; empty where nothing is."""
    packages = [name for platform, lacking in missing.items() if lacking for name in PACKAGES[platform]]
    return f"apt-get install -y {' '.join(packages)}" if packages else ""


def _lacking(files: list[Path]) -> list[str]:
    lacking: list[str] = []
    for file in files:
        listed = subprocess.run(["ldd", str(file)], capture_output=True, text=True, timeout=30).stdout
        lacking += [name for name in re.findall(r"(\S+) => not found", listed) if name not in lacking]
    return lacking
