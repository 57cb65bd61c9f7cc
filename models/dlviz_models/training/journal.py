"""A journal of finished trials in a file next to the result, to resume after an interruption."""

import json
from pathlib import Path
from typing import Any

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path
from dlviz_models.training.checkpoint import refuse_changed


class Journal:
    """A list of finished parts, each a JSON object, in `out` + ".done.json".

    Args:
        out: the file that the work will leave.
        conditions: what must be the same when the work goes on, as JSON.
        resume: take up what is there; otherwise it is forgotten.

    Attributes:
        done: the finished parts in order.

    Raises:
        UserError: the work was finished, started under other conditions, or the file is damaged.
    """

    def __init__(self, out: Path, conditions: dict[str, Any], resume: bool) -> None:
        self.path = out.with_name(f"{out.name}.done.json")
        self.conditions: dict[str, Any] = json.loads(json.dumps(conditions))
        self.done: list[dict[str, Any]] = []
        if not resume:
            self._write()
            return
        if not self.path.exists() and out.exists():
            raise UserError(f"{out} is finished; leave --resume off to start again.")
        if self.path.exists():
            self.done = self._read(out)
        else:
            self._write()

    def add(self, part: dict[str, Any]) -> None:
        """Write down a part, which JSON can hold, as finished."""
        self.done.append(part)
        self._write()

    def remove(self) -> None:
        """Forget the parts: all of the work is done."""
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        with atomic_path(self.path) as path:
            path.write_text(json.dumps({"conditions": self.conditions, "done": self.done}), "utf-8")

    def _read(self, out: Path) -> list[dict[str, Any]]:
        try:
            saved = json.loads(self.path.read_text("utf-8"))
            before, done = dict(saved["conditions"]), [dict(part) for part in saved["done"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{self.path} is damaged; leave --resume off to start again.") from error
        refuse_changed(out, before, self.conditions)
        return done
