"""`dlviz [MODEL]`: the window; where there is no display, the same pictures as one HTML page."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from dlviz import draw
from dlviz.cli import screen
from dlviz.cli.arguments import add_preprocess, add_trust
from dlviz.jobs import Request
from dlviz.sheet import Sheet
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import check_backend, load_keras

if TYPE_CHECKING:
    from dlviz.session import Session

HELP = "Open the window: look inside a trained network, one layer and one unit at a time."
DEMO = "lenet5"
LIMIT = 300
"""Pictures looked through for the page: enough to see, done in seconds."""
FIRST = ("architecture", "filters", "activations", "predictions", "patches", "failures", "mistakes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", nargs="?", default="", help=f"a file or a shipped network ({DEMO})")
    parser.add_argument("--data", metavar="SOURCE", default="", help="the data set (default: one that suits MODEL)")
    add_preprocess(parser)
    add_trust(parser)


def run(arguments: argparse.Namespace) -> int:
    """Open the window, or write the page and print its path.

    Raises:
        UserError: the model or the data is refused.
    """
    check_backend(for_views=True)
    reason = screen.obstacle()
    if not reason:
        words = [
            *([arguments.model] if arguments.model else []),
            *(["--data", arguments.data] if arguments.data else []),
            f"--preprocess={arguments.preprocess}",
            *(f"--trust={word}" for word in arguments.trust),
        ]
        try:
            status: int = import_module("dlviz_gui.__main__").main(words)
            return status
        except ImportError as error:
            reason = f"Qt cannot be loaded, {str(error)[:120]}; dlviz doctor says what is missing"
    model = arguments.model or DEMO
    with silence_logs():
        load_keras(for_views=True)
        from dlviz.describe import default_source
        from dlviz.session import Session

    session = Session()
    network = session.network(model, arguments.preprocess, tuple(arguments.trust))  # a refusal stands alone
    source = arguments.data or default_source(network)
    print(f"No window can be opened ({reason}), so {model} is written as a page instead.", file=sys.stderr)
    path = _folder() / f"{Path(model).stem}.html"
    common = Request(
        "", model, data=source, limit=LIMIT, balanced=True, preprocess=arguments.preprocess,
        trust=tuple(arguments.trust),
    )  # fmt: skip
    draw.save(list(_sheets(session, common)), path)
    print(path)
    return 0


def _sheets(session: "Session", common: Request) -> Iterator[Sheet]:
    """The last sheet of every view that has something to show for the network; all else in the requests is `common`."""
    from dlviz.views import views

    refused: list[UserError] = []
    shown = 0
    of_networks = [name for name, view in views().items() if view.needs]
    for name in sorted(of_networks, key=lambda n: (FIRST.index(n) if n in FIRST else len(FIRST), n)):
        try:
            found = list(session.show(replace(common, view=name)))
        except UserError as error:
            refused.append(error)
            continue
        sheets = [s for s in found if isinstance(s, Sheet)]
        shown += len(sheets[-1:])
        yield from sheets[-1:]
    if not shown:
        raise refused[0]


def _folder() -> Path:
    """The current folder, or where that cannot be written a new temporary one."""
    here = Path.cwd()
    return here if os.access(here, os.W_OK) else Path(tempfile.mkdtemp(prefix="dlviz-"))
