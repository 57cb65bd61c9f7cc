"""Reading pairs of texts from a table of two columns."""

from pathlib import Path

from dlviz_models.data.lines import read_lines
from dlviz_models.data.sequences import EVERY, Pair, PairData
from dlviz_models.errors import UserError

MAX_TEXT = 10_000
MAX_TEST = 2_000


def read_pairs(path: Path) -> PairData:
    """Read a `.tsv(.gz)`: on each line a text, a tab, and what is to be made of it; further columns are left out.

    A fifth of the lines, at most 2,000 and evenly spread, are for testing; the others are learned from, but for those
    whose first text is also one of the test part's. Texts that differ in one word may well be on both sides.

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
    count = min(len(pairs) // EVERY, MAX_TEST)
    test = [pairs[(number + 1) * len(pairs) // count - 1] for number in range(count)]
    asked = {pair.source for pair in test}
    return PairData(path.name, [pair for pair in pairs if pair.source not in asked], test)
