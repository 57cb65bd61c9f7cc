"""Make `gallery.md` and its pictures from the examples: `python docs/gallery.py`."""

from __future__ import annotations

import ast
import io
import os
import runpy
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
PICTURES = HERE / "images" / "gallery"
WIDTH = 1100
"""Pixels of a picture in the gallery."""
ORDER = (
    "convolution", "why_deep", "inside_a_digit_classifier", "inside_a_photograph_classifier", "failure_cases",
    "training", "autoencoders", "recurrent_networks", "attention", "trees", "dna_and_sound", "your_own_network",
    "take_home",
)  # fmt: skip
"""That of the course."""


def parts_of(code: str) -> tuple[str, str, str]:
    """Of an example its title, what it is about, and its code."""
    module = ast.parse(code)
    title, _, about = (ast.get_docstring(module) or "").partition("\n")
    rest = "\n".join(code.splitlines()[module.body[0].end_lineno :]).strip()
    return title, about.strip(), rest


def pictures_of(name: str) -> list[str]:
    """Run an example and put its pictures into the gallery; their paths, as the page names them."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            runpy.run_path(str(EXAMPLES / f"{name}.py"))
        finally:
            os.chdir(before)
        found = sorted(Path(folder).glob("*.png"), key=os.path.getmtime)
        return [_shrunk(picture, f"{name}_{picture.stem}") for picture in found]


def _shrunk(picture: Path, name: str) -> str:
    with Image.open(picture) as full:
        small = full.convert("RGB").resize((WIDTH, round(full.height * WIDTH / full.width)), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "webp", quality=85)
    (PICTURES / f"{name}.webp").write_bytes(file.getvalue())
    return f"images/gallery/{name}.webp"


def main() -> None:
    """Run every example and write the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = [
        "# Gallery\n",
        "Made by `python docs/gallery.py` from the files in `examples/`, each of which runs by itself.\n",
    ]
    for name in ORDER:
        title, about, code = parts_of((EXAMPLES / f"{name}.py").read_text("utf-8"))
        pictures = "\n".join(f"![{title}]({path})\n" for path in pictures_of(name))
        link = f"[`examples/{name}.py`](../examples/{name}.py)"
        page.append(f"## {title}\n\n{about}\n\n{pictures}\n{link}\n\n```python\n{code}\n```\n")
    (HERE / "gallery.md").write_text("\n".join(page), "utf-8")


if __name__ == "__main__":
    main()
