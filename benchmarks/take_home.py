"""The page to take home: from a stroke to the new maps, in Chromium.

    python -m benchmarks.take_home [MODEL]

Each of 60 strokes is drawn on the page of a network, its maps of the layer that opens and the unit below them shown;
printed are the median and the longest time until the page has drawn them, and the size of the page.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from dlviz.__main__ import main as dlviz
from tests.chromium import result_in

STROKES = """(async () => {
  const room = pad.getBoundingClientRect(), times = [];
  const at = (kind, i) => pad.dispatchEvent(new PointerEvent(kind, {
    clientX: room.left + (0.3 + 0.4 * Math.sin(i / 9) ** 2) * room.width,
    clientY: room.top + (0.2 + i / 100) * room.height }));
  document.getElementById("clear").click();
  at("pointerdown", 0);
  for (let i = 1; i <= 60; i++) {
    const start = performance.now();
    at("pointermove", i);
    times.push(performance.now() - start);
    await new Promise(resume => setTimeout(resume));
  }
  return times;
})()"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", nargs="?", default="lenet5")
    model = parser.parse_args().model
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        if dlviz(["take-home", model, "--out", str(page)]):
            return
        times = result_in(page, STROKES, Path(folder))
        print(
            f"{model}: {page.stat().st_size / 1e3:.0f} kB; a stroke to the new maps: median"
            f" {statistics.median(times):.1f} ms, longest {max(times):.1f} ms"
        )


if __name__ == "__main__":
    main()
