"""The worker that makes decks for the window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dlviz.engine.decks import work
from dlviz.jobs import Item, Lecture, MakeDeck, Request, Saved


def test_a_notebook_is_written_without_computing_anything(tmp_path: Path) -> None:
    path = str(tmp_path / "a.ipynb")
    session: Any = None
    assert list(work(session, MakeDeck(Lecture("t", (Item(Request("pooling", ""), "Max"),)), path))) == [Saved(path)]
    assert [cell["source"] for cell in json.loads(Path(path).read_text())["cells"]][2] == "## Max"
