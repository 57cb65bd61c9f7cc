"""What a job does, in words for people who wait for it."""

from __future__ import annotations

from pathlib import Path

from dlviz.jobs import BuildIndex, Describe, Export, Identify, Job, MakeDeck, Render, Request, Show, Strip
from dlviz_gui.labels import in_sentence
from dlviz_gui.selection import UNIT


def title_of(job: Job) -> str:
    """What is done, such as "Computing patches of conv2"."""
    match job:
        case Show(request):
            return f"Computing {title_of_request(request)}"
        case Export(request, path):
            return f"Writing {Path(path).name}"
        case MakeDeck(_, path):
            return f"Making {Path(path).name}"
        case BuildIndex(model, data):
            return f"Finding what excites the units of {Path(model).stem} most in {Path(data).name}"
        case Render(request):
            return f"Drawing {title_of_request(request)}"
        case Describe(model):
            return f"Opening {Path(model).name}"
        case Identify(path):
            return f"Looking into {Path(path).name}"
        case Strip(source):
            return f"Reading samples of {Path(source).name}"
    raise TypeError(f"{type(job).__name__} is not a job")


def title_of_request(request: Request) -> str:
    """What a request shows, such as "unit 3 of conv2"."""
    what = f"unit {request.units[0]}" if request.view == UNIT and request.units else in_sentence(request.view)
    return f"{what} of {request.layer}" if request.layer else what
