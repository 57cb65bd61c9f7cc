"""From what a person types after `--data` to a data set to train on: pictures, pairs of texts, recordings or trees."""

from pathlib import Path

from dlviz_models.data import made
from dlviz_models.data.lines import read_lines
from dlviz_models.data.pairs import read_pairs
from dlviz_models.data.pictures import Data
from dlviz_models.data.sequences import Sequences
from dlviz_models.data.sounds import is_sounds, read_sounds
from dlviz_models.data.sources import open_data
from dlviz_models.data.treebank import read_treebank
from dlviz_models.errors import UserError

MADE = {"sums": made.sums, "dates": made.dates, "motifs": made.motifs}
SAYS = {
    "sums": "40,000 + 2,000 sums of two numbers below 1,000, made by code: 74+8 is 82.",
    "dates": "40,000 + 2,000 dates as people write them, made by code: Friday, 06 April 2018 is 2018-04-06.",
    "motifs": "8,000 + 2,000 strings of DNA, made by code: those of class motif have TGACTCA in them.",
}
TEXT = (".tsv", ".txt", ".ptb")


def open_dataset(source: str) -> Data | Sequences:
    """Open a data set to train on: a name of `SAYS`, a table of pairs, a treebank, recordings, or pictures.

    Raises:
        UserError: there is no such source, or it cannot be read.
    """
    if source in MADE:
        return MADE[source]()
    path = Path(source)
    if path.is_file() and is_sounds(path):
        return read_sounds(path)
    if path.is_file() and path.with_suffix("" if path.suffix == ".gz" else path.suffix).suffix in TEXT:
        return _read_text(path)
    return open_data(source)


def _read_text(path: Path) -> Sequences:
    """Read what the first line says it is: a tree, or two columns."""
    first = read_lines(path)[0]
    if "\t" in first:
        return read_pairs(path)
    if first.lstrip().startswith("("):
        return read_treebank(path)
    raise UserError(
        f"{path} is neither a table of two columns with a tab between them nor a treebank with a tree a line; "
        "give one of these."
    )
