"""Whether a window can be opened here, without importing Qt into this process."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

PLUGIN = Path("Qt5", "plugins", "platforms", "libqxcb.so")
PROBE = "from PyQt5.QtWidgets import QApplication; QApplication(['dlviz']); print('window')"
SCREENLESS = ("offscreen", "minimal")
"""Platforms of Qt that need no screen."""
PATIENCE = 5.0
"""Seconds that an X server has to answer."""
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
    """Why no window can be opened here, empty where nothing is in the way.

    Where it cannot start, Qt ends the process instead of raising. On X11 that is told within milliseconds; any other
    platform, such as Wayland, is tried in a separate process.
    """
    if not has_display():
        return "there is no display"
    asked = os.environ.get("QT_QPA_PLATFORM", "")
    elsewhere = "QT_QPA_PLATFORM_PLUGIN_PATH" in os.environ
    if (asked in SCREENLESS and not elsewhere) or (sys.platform != "linux" and not asked):
        return ""
    is_x11 = asked == "xcb" or (not asked and bool(os.environ.get("DISPLAY")))
    if sys.platform == "linux" and is_x11 and not elsewhere:
        reason = _obstacle_on_x11()
        if not reason or asked or not os.environ.get("WAYLAND_DISPLAY"):
            return reason
    opens, said = qt_loads()
    return "" if opens else f"Qt does not start on {asked or 'this display'}: {said.rstrip('.')}"


def _obstacle_on_x11() -> str:
    display = os.environ.get("DISPLAY", "")[:60] or "of X11"
    try:
        if not _answers():
            return f"the display {display} does not answer"
        if (root := _qt()) is not None:
            ctypes.CDLL(str(root / PLUGIN))
    except OSError as error:
        return f"Qt lacks a library, {str(error)[:120]}; dlviz doctor says how to install it"
    return ""


def _answers() -> bool:
    """Whether the X server lets a client in within `PATIENCE` seconds; one that hangs would never say no.

    Raises:
        OSError: the library of X's protocol is not installed.
    """
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    let_in: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def connect() -> None:
        connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
        let_in.put(not xcb.xcb_connection_has_error(connection))
        xcb.xcb_disconnect(connection)

    threading.Thread(target=connect, daemon=True).start()
    try:
        return let_in.get(timeout=PATIENCE)
    except queue.Empty:
        return False


def qt_loads() -> tuple[bool, str]:
    """Whether Qt starts on this screen, tried in a separate process; and if not, Qt's message."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONFAULTHANDLER"}
    command = [sys.executable, "-c", PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, env=surroundings)
    except subprocess.TimeoutExpired:
        return False, "Qt did not start within a minute"
    if done.returncode == 0 and "window" in done.stdout:
        return True, ""
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    of_qt = [line.partition(": ")[2] for line in said if line.startswith("qt.qpa.")]
    return False, (of_qt or said[-1:] or [f"Qt ended with status {done.returncode}"])[0][:200]


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
