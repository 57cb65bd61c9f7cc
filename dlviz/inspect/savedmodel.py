"""SavedModels: their graph is a program, which is looked through and never run."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlviz.inspect.keras2 import METADATA, read_keras_2
from dlviz.inspect.protobuf import Message
from dlviz.inspect.refusal import Refused, shown
from dlviz.inspect.sniff import refuse_links

GRAPH = "saved_model.pb"
MAX_GRAPH = 256 * 1024**2
MAX_FIELDS = 600_000
MAX_OPERATION = 80
"""Letters of an operation's name that are looked at; no real one has as many."""

_SAVE_AS_KERAS = 'open it where it was made, save it with model.save("name.keras") and open that'

# Field numbers of tensorflow/core: protobuf/{saved_model,meta_graph}.proto, framework/{graph,function,node_def}.proto
META_GRAPH, GRAPH_OF, LIBRARY, FUNCTION = 2, 2, 2, 1
NODE_OF_GRAPH, NODE_OF_FUNCTION, SIGNATURE = 1, 3, 1
NAME, OPERATION, ATTRIBUTE = 1, 2, 5
KEY, CONTENT, STRING = 1, 2, 2

_PROGRAM = re.compile(r"(Eager)?PyFunc(Stateless)?|_?XlaCustomCall\w*|XlaHostCompute|RemoteCall|Rpc\w+|Abort")
_FILES = re.compile(
    r"(Experimental)?(Read|Write|Matching)File\w*|MatchingFiles\w*|DumpTensor|ImmutableConst|ImportEvent|\w*ToTFRecord"
    r"|\w*(File|Record|Line|LMDB)Reader(V2)?|\w*(Record|TextLine|CSV|Sql|LMDB|MatchingFiles|Snapshot|Cache|Save|Load)"
    r"Dataset\w*|\w*SnapshotDataset\w*|\w*SummaryWriter|\w*Summary(File|Db)Writer|Write\w*Summary"
    r"|\w*FromTextFile(V2)?|GenerateVocabRemapping|LoadAndRemapMatrix|Debug(Identity|NanCount|NumericSummary)\w*"
    r"|DistributedSave|DataService\w*|FileSystemSetConfiguration"
)
_SAVER = re.compile(r"Save(V2|Slices)?|Restore(V2|Slice)?|MergeV2Checkpoints|DTensorRestoreV2")
_SAVER_FUNCTION = re.compile(r"__inference__traced_(save|restore)_\d+")


def read_saved_model(path: Path, folder: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """Leave the network of a SavedModel folder of Keras 2 in `folder`, return the report.

    Raises:
        Refused: a dangerous operation stands in its graph, or there is no Keras network beside it.
    """
    variables = path / "variables"
    files = [path / GRAPH, path / METADATA, variables, *variables.glob("variables.*")]
    refuse_links(files, path)
    if any(each.exists() and not each.is_file() and not each.is_dir() for each in files):
        raise Refused("is a SavedModel folder with a pipe or a device in it; copy its files to ordinary ones")
    graph = path / GRAPH
    if not graph.is_file():
        raise Refused(f"is a SavedModel folder in text form, which dlviz does not read; {_SAVE_AS_KERAS}")
    refuse_dangerous(graph)
    if (path / METADATA).exists():
        return read_keras_2(path, folder, trust)
    raise Refused(f"is a SavedModel folder, which holds a graph but no Keras network; {_SAVE_AS_KERAS}")


def read_graph(path: Path) -> dict[str, Any]:
    """Refuse the graph of a SavedModel, given without its folder.

    Raises:
        Refused: always.
    """
    refuse_dangerous(path)
    raise Refused(f"is the graph of a SavedModel, which holds no Keras network; {_SAVE_AS_KERAS}")


def refuse_dangerous(graph: Path) -> None:
    """Look through every function of a SavedModel, its initialisers among them.

    Raises:
        Refused: it touches files, runs programs, is too large, or cannot be read.
    """
    if graph.stat().st_size > MAX_GRAPH:
        raise Refused(f"is a SavedModel with a graph of more than {MAX_GRAPH // 1024**2} MiB; {_SAVE_AS_KERAS}")
    try:
        for meta in Message(graph.read_bytes(), [MAX_FIELDS]).inside(META_GRAPH, GRAPH_OF):
            _check_nodes(meta, NODE_OF_GRAPH, "its graph", may_save=True)
            for function in meta.inside(LIBRARY, FUNCTION):
                name = next((signature.text(NAME) for signature in function.inside(SIGNATURE)), "")
                _check_nodes(function, NODE_OF_FUNCTION, shown(name), bool(_SAVER_FUNCTION.fullmatch(name)))
    except (ValueError, IndexError) as error:
        raise Refused(f"is a SavedModel whose graph is damaged or too large; {_SAVE_AS_KERAS}") from error


def _check_nodes(graph: Message, field: int, where: str, may_save: bool) -> None:
    for node in graph.inside(field):
        operation = node.text(OPERATION)[:MAX_OPERATION]
        if _PROGRAM.fullmatch(operation):
            does = "runs a program"
        elif _FILES.fullmatch(operation) or (not may_save and _SAVER.fullmatch(operation)) or _prints_to_file(node):
            does = "reads or writes files"
        else:
            continue
        raise Refused(
            f"is a SavedModel whose operation {shown(operation)} in “{where}” {does}, which dlviz never lets happen; "
            "save the network as .keras on a machine where you trust it"
        )


def _prints_to_file(node: Message) -> bool:
    if node.text(OPERATION) != "PrintV2":
        return False
    streams = [value for entry in node.inside(ATTRIBUTE) if entry.text(KEY) == "output_stream"
               for value in entry.inside(CONTENT)]  # fmt: skip
    return any(stream.text(STRING).startswith("file:") for stream in streams)
