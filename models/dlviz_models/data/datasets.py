"""From the argument of `--data` to a data set of any kind: pictures, texts, recordings, trees or numbers."""

from pathlib import Path
from typing import Any

from dlviz_models.data import synthetic, texts
from dlviz_models.data.lines import read_lines
from dlviz_models.data.parts import Data
from dlviz_models.data.samples import ListedSamples, Sound
from dlviz_models.data.sentences import sentences
from dlviz_models.data.sounds import is_sounds, read_sounds
from dlviz_models.data.sources import open_data
from dlviz_models.data.table import read_table, table_data
from dlviz_models.data.text_kinds import kind_of_text
from dlviz_models.data.tones import tones
from dlviz_models.data.treebank import read_treebank
from dlviz_models.data.wav import SUFFIXES, read_wav
from dlviz_models.errors import UserError

GENERATED = {
    "sums": synthetic.sums,
    "dates": synthetic.dates,
    "motifs": synthetic.motifs,
    "tones": tones,
    "sentences": sentences,
}
TEXT = (".tsv", ".txt", ".ptb", ".csv")


def open_dataset(source: str) -> Data[Any]:
    """Open a data set: a name of `GENERATED`, a table, texts, a treebank, recordings, arrays, or pictures.

    Raises:
        UserError: the source is unknown or cannot be read.
    """
    if source in GENERATED:
        return GENERATED[source]()
    path = Path(source)
    if path.is_file() and is_sounds(path):
        return read_sounds(path)
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return one_sound(read_wav(path), path.name)
    if path.is_file() and path.with_suffix("" if path.suffix == ".gz" else path.suffix).suffix in TEXT:
        return _read_text(path)
    return open_data(source)


def one_sound(sound: Sound, name: str) -> Data[ListedSamples]:
    """Return the data set of a single recording."""
    return Data.undivided(name, ListedSamples(name, Sound.kind, [sound]))


def _read_text(path: Path) -> Data[Any]:
    """Read what the first lines say it is: trees, a table, or else texts."""
    match kind_of_text(read_lines(path)[:2], path.name):
        case "trees":
            return read_treebank(path)
        case "table":
            return table_data(read_table(path), path.name)
        case "pairs":
            return texts.read_pairs(path)
        case "texts":
            return texts.read_texts(path)
    raise UserError(f"{path} is not a table, a treebank or a file of texts; give one of these.")
