"""`dlviz inspect`: open a file safely and say what it is."""

import argparse
import json
import os

from dlviz.inspect import Inspected, inspect_file, load_network, load_weights
from dlviz_models.zoo import zoo

HELP = "open a file safely and say what it is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a network, weights, a picture or arrays")
    parser.add_argument("--with", dest="model", metavar="MODEL", help="the network that the weights in FILE belong to")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Print what the file is, or with a network given, what that network is with the file's weights.

    Raises:
        UserError: the file is refused, or its weights do not fit the network.
    """
    found = inspect_file(arguments.file)
    fits = None if arguments.model is None else _check_fit(arguments.file, arguments.model)
    if arguments.json:
        print(json.dumps(_as_json(arguments.file, found) | ({} if fits is None else {"with": fits})))
    else:
        print(found.says if fits is None else f"{found.says} They fit {fits}.")
    return 0


def _check_fit(file: str, model: str) -> str:
    """Put the weights into the network and return how the network is called."""
    shipped = zoo().get(model)
    network, _ = load_network(shipped.path if shipped else model)
    load_weights(network, file)
    return model


def _as_json(file: str, found: Inspected) -> dict[str, object]:
    name = os.fsencode(file).decode("utf-8", "replace")
    return {"file": name, "kind": found.kind, "says": found.says, **found.facts}
