"""`dlviz inspect`: open a file safely and say what it is."""

import argparse
import json
import os
from pathlib import Path

from dlviz.cli.words import add_trust
from dlviz.inspect import Inspected, inspect_file, load_network, load_weights
from dlviz.inspect.refusal import shown
from dlviz_models.zoo import shipped

HELP = "open a file safely and say what it is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a network, weights, a picture, data, or a shipped network's name")
    parser.add_argument("--with", dest="model", metavar="MODEL", help="the network that the weights in FILE belong to")
    add_trust(parser)
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Print what the file is, or with a network given, what that network is with the file's weights.

    Raises:
        UserError: the file is refused, or its weights do not fit the network.
    """
    found = inspect_file(_path(arguments.file), trust=arguments.trust)
    if arguments.model is not None:
        network, _ = load_network(_path(arguments.model), trust=arguments.trust)
        load_weights(network, _path(arguments.file))
    if arguments.json:
        print(json.dumps(_as_json(arguments.file, found) | ({"with": arguments.model} if arguments.model else {})))
    else:
        print(found.says if arguments.model is None else f"{found.says} They fit {shown(arguments.model)}.")
    return 0


def _path(given: str) -> str | Path:
    """Return where a shipped network's file is, or the path given."""
    entry = None if os.path.exists(given) else shipped(given)
    return entry.path if entry else given


def _as_json(file: str, found: Inspected) -> dict[str, object]:
    name = os.fsencode(file).decode("utf-8", "replace")
    return {"file": name, "kind": found.kind, "says": found.says, **found.facts}
