"""Guided tours that ship: lecture files, a sentence for each picture."""

from __future__ import annotations

from pathlib import Path

TOURS = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}
"""Name to file."""
