"""What a text file is: trees, a table, pairs of texts, or one text a line."""

import re
from collections.abc import Sequence
from typing import Literal

from dlviz_models.data.table import TARGETS, TEXTS, header_of, is_number

TextKind = Literal["trees", "table", "pairs", "texts"]


def kind_of_text(lines: Sequence[str], name: str) -> TextKind | None:
    """Return what a text file is, judged by its first two lines and the ending of its name, or None.

    Trees and tabs are recognised by the text alone; other tables end in .csv, other texts in .txt, or these and .gz.
    """
    line = lines[0] if lines else ""
    if re.match(r"\s*\(\s*\d", line):
        return "trees"
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    cells = [text.split("\t") for text in lines]
    if ending == "csv":
        return "table"
    if ending == "tsv" or (len(cells[0]) > 1 and all(cell.strip() for cell in cells[0][:2])):
        return "table" if _has_header(cells) else "pairs"
    return "texts" if ending == "txt" else None


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row names the columns: two by usual names, or three and more above numbers."""
    usual = [cell for cell in rows[0] if cell.strip().lower() in (*TARGETS, *TEXTS)]
    has_numbers = len(rows) > 1 and any(is_number(cell) for cell in rows[1])
    return bool(header_of(rows)) and (len(usual) > 1 or (len(rows[0]) > 2 and has_numbers))
