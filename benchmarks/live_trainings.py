"""Lessons that train nets: the seconds of a training here and now, each in this process after the one before.

python -m benchmarks.live_trainings [LESSON ...]
"""

from __future__ import annotations

import argparse
import time

import dlviz
from dlviz.lessons import lessons
from dlviz.options import options_of
from dlviz.trained_lesson import TRAINED_HERE


def main() -> None:
    options = {name: {option.name: option for option in options_of(lesson)} for name, lesson in lessons().items()}
    results = {name: of_lesson["result"] for name, of_lesson in options.items() if "result" in of_lesson}
    parser = argparse.ArgumentParser()
    parser.add_argument("lessons", nargs="*", metavar="LESSON", choices=[*results, []])
    for name in parser.parse_args().lessons or results:
        others = dict([results[name].only[:2]]) if results[name].only else {}
        start = time.perf_counter()
        dlviz.lesson(name, result=TRAINED_HERE, **others)
        print(f"{name:20} {time.perf_counter() - start:5.1f} s", flush=True)


if __name__ == "__main__":
    main()
