"""What is asked of an engine, and where a widget stands: shared by the tests of the window."""

from collections.abc import Callable

from qtpy.QtWidgets import QWidget

from dlviz.jobs import Job, Show

Settle = Callable[[], list[Job]]


def views_asked(jobs: list[Job]) -> list[str]:
    """The views that jobs are to show."""
    return [job.request.view for job in jobs if isinstance(job, Show)]


def is_inside(widget: QWidget, kinds: tuple[type, ...]) -> bool:
    """Whether the widget is part of one of these kinds."""
    parent = widget.parentWidget()
    return parent is not None and (isinstance(parent, kinds) or is_inside(parent, kinds))
