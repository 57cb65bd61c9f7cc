"""`dlviz lesson`: draw a lesson and write it to a file."""

import argparse
from dataclasses import replace

from dlviz import draw
from dlviz.cli.arguments import add_out
from dlviz.cli.bar import bar
from dlviz.cli.option_help import add_option_help
from dlviz.cli.requests import add_lesson, request_of
from dlviz.films import for_file
from dlviz.lessons import lesson
from dlviz.options import options_of
from dlviz.progress import Progress
from dlviz.sheet import Sheet

HELP = "draw a lesson, which needs no network, and write it to a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_lesson(parser)
    add_out(parser)
    add_option_help(parser, "lesson", lambda name: options_of(lesson(name)))
    parser.add_argument("--answer", action="store_true", help="include the answer to the question")


def run(arguments: argparse.Namespace) -> int:
    """Draw the lesson; where the ending has frames, every step of it.

    Raises:
        UserError: the request is refused.
    """
    ending = draw.ending(arguments.out)
    request = request_of(arguments)
    chosen = lesson(request.view)
    sheets: list[Sheet] = []
    with bar(transient=True) as progress:
        task = progress.add_task(chosen.name, total=None, message="")
        for found in for_file(ending, chosen, request.settings):
            if isinstance(found, Progress):
                progress.update(task, completed=found.done, total=found.total, message=found.message)
            else:
                sheets.append(found)
    if arguments.answer:
        sheets = [replace(sheet, question=f"{sheet.question} {sheet.answer}", answer="") for sheet in sheets]
    draw.save(sheets, arguments.out, arguments.dpi, arguments.size)
    return 0
