"""Reading pairs of texts from a table of two columns."""

from pathlib import Path

from dlviz_models.data.lines import read_lines
from dlviz_models.data.sequences import Pair, PairData
from dlviz_models.errors import UserError

MAX_TEXT = 10_000


def read_pairs(path: Path) -> PairData:
    """Read a `.tsv(.gz)`: on each line a text, a tab, and what is to be made of it; further columns are left out.

    Raises:
        UserError: it cannot be read, or a line has not two texts.
    """
    pairs = []
    for number, line in enumerate(read_lines(path), 1):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0].strip() or not columns[1].strip():
            raise UserError(f"{path}, line {number} has not two texts with a tab between them; correct the line.")
        if max(map(len, columns[:2])) > MAX_TEXT:
            raise UserError(f"{path}, line {number} has a text of more than {MAX_TEXT:,} letters; shorten it.")
        pairs.append(Pair(columns[0], columns[1]))
    return PairData.undivided(path.name, pairs)
