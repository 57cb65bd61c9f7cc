"""Every public function that takes or returns arrays states their shapes."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ARRAY = re.compile(r"\b(ndarray|Tensor|KerasTensor)\b")
SIZE = r"(?!(?:the|or|of|not|no|their|and) )(?:\.\.\.|\*?\w+(?: [\w*+/-]+){0,3})"
SHAPE = re.compile(
    rf"\({SIZE},(?: {SIZE}(?:, {SIZE})*)?\)"  # (n,) and (n, height, width, 1 or 3)
    r"|\(\*\w[\w ]*\)"  # (*axes of the map)
    r"|\b(?:any|same|its|own|'s) shapes?\b"
)


class Class:
    """Its name, its functions and the names of its bases."""

    def __init__(self, node: ast.ClassDef) -> None:
        self.name = node.name
        self.functions = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
        self.bases = [ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases]


def concerns(function: ast.FunctionDef) -> bool:
    """Whether it is public and takes or returns arrays."""
    if function.name.startswith("_"):
        return False
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    types = [function.returns, *(a.annotation for a in arguments if a)]
    return any(ARRAY.search(ast.unparse(type_)) for type_ in types if type_)


def states_shapes(function: ast.FunctionDef) -> bool:
    return bool(SHAPE.search(" ".join((ast.get_docstring(function) or "").split())))


def classes_in(body: list[ast.stmt]) -> Iterator[Class]:
    """The public ones, also in one another."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield Class(node)
            yield from classes_in(node.body)


def test_shapes_are_stated() -> None:
    packages = (ROOT / "dlviz", ROOT / "models" / "dlviz_models", ROOT / "gui" / "dlviz_gui")
    paths = [path for package in packages for path in sorted(package.rglob("*.py"))]
    trees = {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in paths}
    methods = {path: list(classes_in(tree.body)) for path, tree in trees.items()}
    named = defaultdict(list)
    for class_ in (each for found in methods.values() for each in found):
        named[class_.name].append(class_)

    def stated(class_: Class, name: str) -> bool:
        """Whether it states them, or what it overrides does."""
        own = class_.functions.get(name)
        above = (each for base in class_.bases for each in named[base])
        return (own is not None and states_shapes(own)) or any(stated(each, name) for each in above)

    silent = [
        f"{path}:{function.lineno} {function.name}"
        for path, tree in trees.items()
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and concerns(function) and not states_shapes(function)
    ] + [
        f"{path}:{function.lineno} {class_.name}.{function.name}"
        for path, found in methods.items()
        for class_ in found
        for function in class_.functions.values()
        if concerns(function) and not stated(class_, function.name)
    ]
    assert not silent, "\n".join(silent)
