"""Custom classes and functions that a user trusts by their names, "module:Class", for one file."""

import re
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from dlviz.inspect.refusal import shown
from dlviz_models.errors import UserError

_NAME = r"[^\W\d]\w*"
_NEVER = sys.stdlib_module_names | {"keras", "tensorflow", "tf_keras"}
MAX_ADVICE = 200
"""Characters of the words of a command that a sentence gives."""
_WORD = re.compile(rf"{_NAME}(?:\.{_NAME})*:{_NAME}")


def by_name(words: Iterable[str]) -> dict[str, str]:
    """Return the words by the names of their classes.

    Raises:
        UserError: one is not of the form module:Class.
    """
    for word in words:
        if not _WORD.fullmatch(word):
            raise UserError(f"--trust {shown(word)} does not name a class; write --trust module:Class.")
    return {word.partition(":")[2]: word for word in words}


def may_be_users(module: object) -> bool:
    """Whether a function of that module may be a user's own; Keras writes "builtins" for all that it does not know."""
    return module in (None, "builtins") or (isinstance(module, str) and module.partition(".")[0] not in _NEVER)


def advice(unknown: Mapping[str, object]) -> str:
    """Return how to trust the classes and functions that a file names, as the end of a sentence.

    Args:
        unknown: their names, each with its module, or None where the file does not tell it.

    Returns:
        Nothing where one of them is of a module that must never be trusted.
    """
    modules = [module for module in unknown.values() if isinstance(module, str)]
    if any(module.partition(".")[0] in _NEVER for module in modules):
        return ""
    only = modules[0] if len(set(modules)) == 1 else "module"
    words = [_word(module if isinstance(module, str) else only, name) for name, module in unknown.items()]
    trust = " ".join(f"--trust {word}" for word in dict.fromkeys(words))
    if len(trust) > MAX_ADVICE:
        trust = "--trust module:Class for each"
    return f", or open it with {trust} if you have that program and trust it"


def _word(module: str, name: str) -> str:
    words = (f"{module}:{name}", f"module:{name}", "module:Class")
    return next(word for word in words if len(word) <= 100 and _WORD.fullmatch(word))


def imported(word: str) -> Any:
    """Import the class or function, from where Python looks for modules, or from the current folder.

    The folder comes last, so that a file lying there takes the place of no other module.

    Raises:
        UserError: it cannot be imported.
    """
    module, _, name = word.partition(":")
    sys.path.append("")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # a user's module raises whatever it likes
        reason = shown(error, 120).rstrip(".")
        raise UserError(f"--trust {shown(word)} cannot be imported ({reason}); run dlviz where {module} is.") from error
    finally:
        sys.path.remove("")
    if not _is_of_networks(found):
        raise UserError(
            f"--trust {shown(word)} names neither a Keras layer nor a function; write --trust module:Class."
        )
    return found


def _is_of_networks(found: Any) -> bool:
    import keras

    if not isinstance(found, type):
        return callable(found) and found.__module__.partition(".")[0] not in _NEVER
    bases = (keras.Layer, keras.Initializer, keras.Regularizer, keras.constraints.Constraint)
    return issubclass(found, bases) and not issubclass(found, keras.layers.Lambda)
