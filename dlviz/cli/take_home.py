"""`dlviz take-home`: write a page that runs a small trained network on a phone."""

import argparse

from dlviz.cli.arguments import add_preprocess, add_trust
from dlviz.cli.bar import bar
from dlviz.silence_logs import silence_logs
from dlviz_models.keras_settings import load_keras

HELP = "write a page in which a small trained network runs, for students to take home"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file, or a name of `dlviz list zoo`")
    parser.add_argument("--data", metavar="SOURCE", default="", help="the pictures in the page (what suits)")
    add_preprocess(parser)
    add_trust(parser)
    parser.add_argument("--out", metavar="FILE", required=True, help="ending in .html")


def run(arguments: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        UserError: the network is too large, or has a layer that a page cannot run.
    """
    with bar(transient=True) as progress, silence_logs():
        progress.add_task("take-home", total=None, message="writing the page")
        load_keras(for_views=True)
        from dlviz.api import take_home  # TensorFlow: seconds

        take_home(
            arguments.model, arguments.out, data=arguments.data, preprocess=arguments.preprocess, trust=arguments.trust
        )
    return 0
