"""`dlviz inspect`: open a file safely and say what it is."""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from dlviz.cli.arguments import add_trust, building
from dlviz.inspect import NETWORKS as KINDS
from dlviz.inspect import Inspected, check_fit, inspect_file, load_network, load_parts, load_weights
from dlviz.inspect.refusal import shown
from dlviz.jobs import Request
from dlviz.sheet import Paragraph, Sheet
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path
from dlviz_models.keras_settings import load_keras
from dlviz_models.networks import NETWORKS, network
from dlviz_models.zoo import shipped

if TYPE_CHECKING:
    import keras

HELP = "open a file safely and say what it is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a network, weights, a picture, data, or a shipped network's name")
    parser.add_argument(
        "--with",
        dest="model",
        metavar="MODEL",
        help="the network that the weights in FILE belong to: a file (also the .json of its to_json), or a name of "
        "`dlviz list networks`",
    )
    parser.add_argument("--set", metavar="OPTION=VALUE", action="append", default=[], help="an option of that network")
    parser.add_argument("--out", metavar="FILE.keras", help="write MODEL with these weights to a file that dlviz opens")
    add_trust(parser)
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON value")


def run(arguments: argparse.Namespace) -> int:
    """Print what the file is, or with a network given, what that network is with the file's weights.

    Raises:
        UserError: the file is refused, its weights do not fit the network, or that cannot be built or written.
    """
    if arguments.model is None and (arguments.set or arguments.out):
        raise UserError("--set and --out need --with MODEL, the network that the weights belong to.")
    if arguments.out and not arguments.out.endswith(".keras"):
        raise UserError(f"--out {shown(arguments.out)} does not end in .keras; choose a name that does.")
    found = inspect_file(_path(arguments.file), trust=arguments.trust)
    if arguments.model is not None:
        _put_together(arguments)
    facts: dict[str, object] = {"with": arguments.model} if arguments.model else {}
    lines = [f"{found.summary} They fit {shown(arguments.model)}." if arguments.model else found.summary]
    if found.kind in KINDS and not arguments.model and not arguments.trust:  # what is trusted is not imported here
        more, about = _opened(str(_path(arguments.file)))
        facts |= more
        lines += about
    print(json.dumps(_as_json(arguments.file, found) | facts) if arguments.json else "\n".join(lines))
    return 0


def _opened(file: str) -> tuple[dict[str, object], list[str]]:
    """Return what is only known once the network is built, as facts and as lines: the view `checkup`."""
    with silence_logs():
        load_keras(for_views=True)
        from dlviz.applies import obstacles
        from dlviz.describe import default_source, describe
        from dlviz.remarks import feeding, health
        from dlviz.session import Session

    session = Session()
    try:
        network = session.network(file)
        *_, sheet = session.show(Request("checkup", file))
    except UserError as error:
        refusal = f"It cannot be opened: {error}"
        return {"preprocessing": "", "broken_weights": "", "refusal": refusal}, [refusal]
    assert isinstance(sheet, Sheet)
    dead = {name.removeprefix("dead:"): units.tolist() for name, units in sheet.arrays.items()}
    facts: dict[str, object] = {
        "preprocessing": feeding(network),
        "broken_weights": health(network),
        "inputs": [asdict(spec) for spec in network.inputs.values()],
        "outputs": [asdict(spec) for spec in network.outputs.values()],
        "dead_units": {name: units for name, units in dead.items() if units},
        "views": obstacles(describe(network)),
    }
    notes = session.data_for(network, default_source(network)).notes
    return facts, [sheet.summary, *(panel.text for panel in sheet.panels if isinstance(panel, Paragraph)), *notes]


def _put_together(arguments: argparse.Namespace) -> None:
    """Check that the weights in the file fit the network of --with, and write both to --out; it is built if need be."""
    name, weights = arguments.model, _path(arguments.file)
    is_file = name not in NETWORKS or os.path.exists(name)
    if is_file and arguments.set:
        raise UserError(f"--set configures a network built by name, but {shown(name)} is a file; leave it off.")
    if is_file and check_fit(weights, _path(name), trust=arguments.trust) and not arguments.out:
        return
    if is_file and inspect_file(_path(name), trust=arguments.trust).kind == "configuration":
        model = load_parts(name, weights, trust=arguments.trust)
    else:
        model = _network(arguments)
        load_weights(model, weights)
    if arguments.out:
        with atomic_path(arguments.out) as path:
            model.save(path)


def _network(arguments: argparse.Namespace) -> "keras.Model":
    """Return the network of --with: read from a file, or else built, or else shipped."""
    name = arguments.model
    if name in NETWORKS and not os.path.exists(name):
        load_keras()
        spec = network(name)
        return spec.build(**spec.settings(building(arguments.set)))
    return load_network(_path(name), trust=arguments.trust)[0]


def _path(given: str) -> str | Path:
    """Return where a shipped network's file is, or the path given."""
    entry = None if os.path.exists(given) else shipped(given)
    return entry.path if entry else given


def _as_json(file: str, found: Inspected) -> dict[str, object]:
    name = os.fsencode(file).decode("utf-8", "replace")
    return {"file": name, "kind": found.kind, "says": found.summary, **found.facts}
