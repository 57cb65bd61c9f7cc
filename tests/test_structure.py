"""Functions and modules stay short, no import goes round in a circle, nor do imports inside functions, and documents
name files that are there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {"dlviz": ROOT, "dlviz_models": ROOT / "models", "dlviz_gui": ROOT / "gui"}
TOLD_OF = ("dlviz", "gui", "models", "tests", "benchmarks", "examples")
SLOW = {"tensorflow", "keras", "h5py", "PIL", "matplotlib", "scipy", "skimage", "sklearn"}
MOST_LINES, MOST_LINES_OF_FUNCTION = 400, 60


@cache
def modules() -> dict[str, tuple[str, ast.Module]]:
    """The text of every module, and what it means, by name."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in (folder / package).rglob("*.py"):
            name = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
            text = path.read_text("utf-8")
            found[name] = text, ast.parse(text)
    return found


def imported(node: ast.AST, in_functions: bool = True) -> Iterator[str]:
    """The modules that are imported in a node, but for those that only types need."""
    if isinstance(node, ast.FunctionDef) and not in_functions:
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name if name in modules() else str(node.module) for name in names)
    elif not isinstance(node, ast.expr):
        for child in ast.iter_child_nodes(node):
            yield from imported(child, in_functions)


def loaded_by(name: str, seen: set[str]) -> set[str]:
    """The modules that are loaded with a module: those imported outside functions, and the packages they are in."""
    if name not in seen:
        seen.add(name)
        package, _, _ = name.rpartition(".")
        found = [package] if package else []
        if name in modules():
            found += imported(modules()[name][1], in_functions=False)
        for each in found:
            loaded_by(each, seen)
    return seen


@pytest.mark.parametrize("package", ["dlviz.views", "dlviz.lessons", "dlviz_gui"])
def test_what_the_window_reads_loads_no_framework(package: str) -> None:
    seen: set[str] = set()
    for name in modules():
        if name.startswith(package):
            assert not loaded_by(name, seen) & SLOW, name


def test_modules_and_functions_are_short() -> None:
    long = [name for name, (text, _) in modules().items() if len(text.splitlines()) > MOST_LINES]
    long += [
        f"{name}.{node.name}"
        for name, (_, tree) in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_FUNCTION
    ]
    assert not long, "\n".join(long)


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_documents_name_files_that_are_there(document: str) -> None:
    there = [f"/{path.as_posix()}" for folder in TOLD_OF for path in (ROOT / folder).rglob("*.py")]
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"`(\w[\w/]*\.py)`", text)
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in there)] == []


def test_imports_go_round_in_no_circle() -> None:
    graph = {name: {each for each in imported(tree) if each in modules()} for name, (_, tree) in modules().items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_percentages_are_written_in_one_way() -> None:
    """As 95%, without a space."""
    folders = [folder / package for package, folder in FOLDERS.items()] + [ROOT / "docs", ROOT / "benchmarks"]
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".md", ".toml", ".js")]
    for path in [*paths, *ROOT.glob("*.md")]:
        assert not re.search(r"[\d}] %", path.read_text("utf-8")), path
