"""The specification of a network; Keras is imported only when one is built."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from dlviz_models.errors import UserError
from dlviz_models.options import Option, kind_of

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NetworkSpec:
    """A network of `dlviz list networks`.

    Attributes:
        name: as typed after `dlviz train`.
        kind: what it does, such as "classifier".
        summary: one sentence.
        paper: the source, with DOI or arXiv number.
        input_shape: of one example, without the batch axis, at the paper's size; None for any length.
        parameters: number of weights at the paper's size.
        module, function: where the builder stands in `dlviz_models.networks`.
        recurrent: whether the same weights act again and again, in time or up a tree.
    """

    name: str
    kind: str
    summary: str
    paper: str
    input_shape: tuple[int | None, ...]
    parameters: int
    module: str
    function: str
    recurrent: bool = False

    @property
    def options(self) -> tuple[Option, ...]:
        """The builder's parameters but its name, read from its source text, so that Keras is not imported."""
        tree = ast.parse(files("dlviz_models.networks").joinpath(f"{self.module}.py").read_text("utf-8"))
        builder = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == self.function)
        pairs = zip(builder.args.args, map(ast.literal_eval, builder.args.defaults), strict=True)
        return tuple(
            Option(argument.arg, kind_of(default), default, choices=_choices(argument.annotation))
            for argument, default in pairs
            if argument.arg != "name"
        )

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options by name, each value checked; values may be text.

        Raises:
            UserError: the builder has no such option, or it does not take the value.
        """
        known = {option.name: option for option in self.options}
        for name in given.keys() - known.keys():
            raise UserError(f"{self.name} has no option {name[:80]}; it has {', '.join(known)}.")
        return {name: known[name].read(value) for name, value in given.items()}

    def build(self, **settings: Any) -> "keras.Model":
        """Call the builder (imports Keras).

        Raises:
            UserError: the sizes do not fit together, or the weights do not fit.
        """
        builder = getattr(import_module(f"dlviz_models.networks.{self.module}"), self.function)
        try:
            return builder(**settings)
        except (ValueError, OSError) as error:
            shown = ", ".join(f"{name}={value}" for name, value in settings.items())
            raise UserError(f"{self.name} cannot be built with {shown[:250]}; change one of them.") from error


def _choices(annotation: ast.expr | None) -> tuple[Any, ...]:
    """Return what stands in the brackets of an annotation Literal[...]."""
    if not isinstance(annotation, ast.Subscript) or getattr(annotation.value, "id", "") != "Literal":
        return ()
    values = ast.literal_eval(annotation.slice)
    return values if isinstance(values, tuple) else (values,)
