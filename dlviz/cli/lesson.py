"""`dlviz lesson`: draw a lesson and write it to a file."""

import argparse
from dataclasses import replace

from dlviz import draw
from dlviz.cli.arguments import dots, setting
from dlviz.cli.bar import bar
from dlviz.films import for_file
from dlviz.lessons import lesson
from dlviz.progress import Progress
from dlviz.sheet import Sheet

HELP = "draw a lesson, which needs no network, and write it to a file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lesson", metavar="NAME", help="a name of `dlviz list lessons`")
    parser.add_argument("--set", metavar="OPTION=VALUE", action="append", default=[], help="an option of the lesson")
    parser.add_argument("--out", metavar="FILE", required=True, help=f"ending in {' '.join(draw.MEDIA)}")
    parser.add_argument("--dpi", metavar="N", type=dots, default=150, help="pixels an inch of pictures (150)")
    parser.add_argument("--answer", action="store_true", help="write the answer under the question")


def run(arguments: argparse.Namespace) -> int:
    """Draw the lesson; where the ending has frames, every step of it.

    Raises:
        UserError: the request is refused.
    """
    ending = draw.ending(arguments.out)
    chosen = lesson(arguments.lesson)
    settings = dict(setting(text) for text in arguments.set)
    sheets: list[Sheet] = []
    with bar(transient=True) as progress:
        task = progress.add_task(chosen.name, total=None, message="")
        for found in for_file(ending, chosen, settings):
            if isinstance(found, Progress):
                progress.update(task, completed=found.done, total=found.total, message=found.message)
            else:
                sheets.append(found)
    if arguments.answer:
        sheets = [replace(sheet, question=f"{sheet.question} {sheet.answer}", answer="") for sheet in sheets]
    draw.save(sheets, arguments.out, arguments.dpi)
    return 0
