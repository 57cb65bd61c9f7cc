"""Pages in a real browser."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

FOUND = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
needs_chromium = pytest.mark.skipif(not FOUND, reason="runs a page in Chromium: apt-get install chromium")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
           "--disable-background-networking", "--remote-debugging-port=0", "--enable-logging=stderr")  # fmt: skip
MARK = "result of the page: "


def result_in(page: Path, expression: str, folder: Path) -> Any:
    """What the asynchronous JavaScript expression gives in the page, once its body is marked as ready.

    It is told by the page's console, in parts, because a browser cuts long lines.
    """
    script = f"""<script>(async () => {{
      while (!document.body.dataset.ready) await new Promise(resume => setTimeout(resume, 20));
      const text = encodeURIComponent(JSON.stringify(await ({expression})));
      for (let i = 0; i < text.length; i += 2000) console.log("{MARK}" + text.slice(i, i + 2000) + " ");
      console.log("{MARK}end ");
    }})();</script>"""
    altered = folder / f"tried_{page.name}"
    altered.write_text(page.read_text("utf-8").replace("</body>", f"{script}</body>"), "utf-8")
    command = [FOUND, *OPTIONS, f"--user-data-dir={folder / 'profile'}", altered.as_uri()]
    parts: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as browser:
        assert browser.stderr
        for line in browser.stderr:
            if MARK in line:
                parts.append(line.partition(MARK)[2].split(" ")[0])
                if parts[-1] == "end":
                    break
            elif "Uncaught" in line:
                parts.append(line)
                break
        browser.kill()
    assert parts[-1:] == ["end"], parts[-1:]
    return json.loads(unquote("".join(parts[:-1])))
