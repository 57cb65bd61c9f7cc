"""Every file in `examples/` runs, draws what it says, and is in the gallery."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
GALLERY = (ROOT / "docs" / "gallery.md").read_text("utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example))
    code = example.read_text("utf-8")
    drawn = re.findall(r'"(\w+\.png)"', code)
    assert drawn
    for name in drawn:
        with Image.open(tmp_path / name) as picture:
            assert np.ptp(np.asarray(picture.convert("L"))) > 100
        assert f"images/gallery/{example.stem}_{Path(name).stem}.webp" in GALLERY
    assert code.partition('"""\n\n')[2].strip() in GALLERY
