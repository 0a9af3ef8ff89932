"""The house rules that a machine can check (docs/architecture.md says why they are there).

All but the last section read the sources and need nothing compiled.
"""

import ast
import csv
import importlib
import inspect
import re
import subprocess
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
PACKAGE = ROOT / "python" / "migstat"

# The direction of dependence: which top-level module of the core may use which. A new one gets a line here.
GROUND = {"error", "exact", "watch", "progress"}
KNOWLEDGE = GROUND | {"column", "codes"}
TABLES = KNOWLEDGE | {"definition", "ledger", "observation"}
WORK = TABLES | {"select", "totals"}
MAY_USE = {
    "error": set(),
    "exact": {"error"},
    "progress": {"error"},
    "watch": {"error", "progress"},
    "column": GROUND,
    "codes": GROUND | {"column"},
    "definition": KNOWLEDGE,
    "ledger": KNOWLEDGE | {"definition"},
    "observation": KNOWLEDGE | {"definition", "ledger"},
    "totals": TABLES,
    "concat": TABLES | {"totals"},
    "printed": TABLES | {"totals"},
    "select": TABLES | {"totals"},
    "harmonise": WORK,
    "read": WORK | {"harmonise", "concat", "printed"},
    "aggregate": WORK,
    "ages": WORK | {"regroup"},
    "align": WORK,
    "durations": WORK,
    "money": WORK,
    "quality": WORK | {"printed"},
    "reconcile": WORK | {"durations"},
    "estimate": GROUND,
    "regroup": GROUND,
}
# The crate's root only re-exports; src/python is the edge and may use everything.
EDGE = {"lib", "python"}

KILOBYTE = 1000
LARGEST_FILE = 500 * KILOBYTE
LONG_FILE = 700


def tracked() -> list[Path]:
    """Return the files of the project: those in git and those that would be added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in sorted(set(listed.stdout.split("\0")) - {""}) if (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str | None:
    """Return the text of a file, None for a picture and the like."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


# ---- Rust

RUST_TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<raw>b?r(?P<hash>#*)".*?"(?P=hash))|(?P<string>b?"(?:\\.|[^"\\])*")'
    r"|(?P<char>b?'(?:\\.[^'\n]*|[^\\'\n])')",
    re.DOTALL,
)


def rust_code(path: Path) -> str:
    """Return a Rust source without its comments, strings and unit tests."""
    code = RUST_TOKEN.sub(lambda found: " " if found["comment"] else '""', path.read_text(encoding="utf-8"))
    return re.split(r"#\[cfg\(test\)\]\s*mod\b", code)[0]


def rust_sources() -> list[Path]:
    return sorted(SRC.rglob("*.rs"))


def module_of(path: Path) -> str:
    """Return the top-level module that a source file belongs to."""
    return path.relative_to(SRC).parts[0].removesuffix(".rs")


def used_modules(path: Path) -> set[str]:
    """Return the top-level modules that a source file names."""
    code = rust_code(path)
    # `super` is the crate's root in src/name.rs and in src/name/mod.rs.
    at_top = path.parent == SRC or (path.parent.parent == SRC and path.name == "mod.rs")
    root = r"(?:crate|super)" if at_top else r"(?:crate)"
    used = set(re.findall(rf"\b{root}::(\w+)", code))
    for tree in re.findall(rf"\b{root}::\{{(.*?)\}}\s*;", code, re.DOTALL):
        depth, part = 0, ""
        for sign in tree + ",":
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if sign == "," and depth == 0:
                used.update(re.findall(r"^\s*(\w+)", part))
                part = ""
            else:
                part += sign
    modules = {module_of(other) for other in rust_sources()}
    # A name of the root that is not a module is one of its re-exports.
    return {"error" if name in {"Error", "Result"} else name for name in used if name in modules | {"Error", "Result"}}


def test_every_module_has_its_place_in_the_direction_of_dependence():
    modules = {module_of(path) for path in rust_sources()} - EDGE
    assert modules <= set(MAY_USE), "a module of src/ has no line in MAY_USE"
    TopologicalSorter(MAY_USE).prepare()  # raises where two modules need each other


@pytest.mark.parametrize("path", [p for p in rust_sources() if module_of(p) not in EDGE], ids=name_of)
def test_direction_of_dependence(path):
    module = module_of(path)
    against = used_modules(path) - MAY_USE.get(module, set()) - {module}
    assert not against, f"`{module}` may not use {sorted(against)}"


@pytest.mark.parametrize("path", [p for p in rust_sources() if module_of(p) != "python"], ids=name_of)
def test_only_src_python_knows_python(path):
    found = re.findall(r"\b(?:pyo3\w*|numpy)\s*::|\bextern crate (?:pyo3|numpy)", rust_code(path))
    assert not found, f"{found[0]} outside src/python"
    assert not re.search(r"\bcrate::(?:\{[^}]*\b)?python\b", rust_code(path)), "nothing may use crate::python"


def test_no_unsafe():
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    level = manifest.get("lints", {}).get("rust", {}).get("unsafe_code")
    assert level == "forbid" or "#![forbid(unsafe_code)]" in (SRC / "lib.rs").read_text(encoding="utf-8")
    assert [name_of(path) for path in rust_sources() if re.search(r"\bunsafe\b", rust_code(path))] == []


def test_every_pyclass_is_frozen():
    for path in rust_sources():
        for found in re.finditer(r"#\[pyclass\b(\([^\]]*\))?", rust_code(path)):
            assert "frozen" in (found[1] or ""), f"{name_of(path)}: {found[0]}] is not frozen"


# ---- tables


def faults_of_table(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = [tuple(row) for row in csv.reader(file, strict=True) if row]
    if "source" not in header:
        yield "no column `source`, which says where each row comes from"
        return
    if len(set(header)) < len(header):
        yield "a column name appears twice"
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            yield f"row {number}: {len(row)} fields, not {len(header)}"
        elif not row[0].strip():
            yield f"row {number}: empty key"
        elif not row[header.index("source")].strip():
            yield f"row {number}: empty source"
    for row, times in Counter(rows).items():
        if times > 1:
            yield f"{times} times: {','.join(row)}"


def test_tables_of_knowledge():
    tables = sorted((SRC / "codes" / "tables").rglob("*.csv"))
    assert [f"{name_of(path)}: {fault}" for path in tables for fault in faults_of_table(path)] == []


def test_published_examples_name_their_source():
    examples = sorted((ROOT / "tests" / "published").rglob("*.csv"))
    bare = [path for path in examples if not re.match(r"#\s*\S.{10,}\n", path.read_text(encoding="utf-8"))]
    assert [name_of(path) for path in bare] == [], "the first line is `# ` and a citation"
    assert examples


def test_published_examples_are_as_they_were_read(shared):
    goldens = shared / "science" / "goldens"
    both = [path for path in (ROOT / "tests" / "published").glob("*.csv") if (goldens / path.name).exists()]
    assert both
    for path in both:
        ours = path.read_text(encoding="utf-8").splitlines()[1:]
        assert ours == (goldens / path.name).read_text(encoding="utf-8-sig").splitlines()


# ---- docstrings

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def public_names(tree: ast.Module) -> list[str] | None:
    """Return the names in a module's `__all__`, None where it has none."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return [item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant)]
    return None


def python_sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def exported() -> set[str]:
    """Return all names in the `__all__` of a public module or of a package."""
    names = set()
    for path in python_sources():
        if path.name == "__init__.py" or not path.stem.startswith("_"):
            names.update(public_names(ast.parse(path.read_text(encoding="utf-8"))) or [])
    return names


def public_definitions(path: Path, names: set[str]) -> Iterator[tuple[str, Definition | ast.ClassDef]]:
    """Yield what a user can reach of a module: in a private one, what a public one exports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = public_names(tree)
    hidden = any(part.startswith("_") for part in path.relative_to(PACKAGE).with_suffix("").parts if part != "__init__")
    for node in tree.body:
        if not isinstance(node, Definition | ast.ClassDef) or node.name.startswith("_"):
            continue
        if node.name not in names if hidden else own is not None and node.name not in own:
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, Definition) and not method.name.startswith("_"):
                    yield f"{node.name}.{method.name}", method


def is_named(decorators: list[ast.expr], *names: str) -> bool:
    return any(re.search(rf"\b(?:{'|'.join(names)})\b", ast.unparse(decorator)) for decorator in decorators)


def missing_of_function(node: Definition) -> list[str]:
    """Return the sections of numpydoc that a function or method lacks."""
    doc = ast.get_docstring(node) or ""
    if not doc:
        return ["docstring"]
    arguments = [
        *node.args.posonlyargs,
        *node.args.args,
        *node.args.kwonlyargs,
        node.args.vararg,
        node.args.kwarg,
    ]
    names = [argument.arg for argument in arguments if argument is not None and argument.arg not in {"self", "cls"}]
    if not names:
        return []
    wanted = ["Parameters", "Examples"]
    if node.returns is not None and ast.unparse(node.returns) not in {"None", "NoReturn", "Never"}:
        wanted.append("Returns|Yields")
    missing = [section for section in wanted if not re.search(rf"^(?:{section})\n-{{3,}}$", doc, re.MULTILINE)]
    if "Examples" not in missing and ">>>" not in doc:
        missing.append("an example that runs (>>>)")
    if "Parameters" not in missing:
        section = re.split(
            r"^\w[\w ]*\n-{3,}$", doc.split("\nParameters\n", 1)[1].split("\n", 1)[1], flags=re.MULTILINE
        )[0]
        missing += [f"`{name}` among the Parameters" for name in names if not re.search(rf"\b{name}\b", section)]
    return missing


# The command line explains itself by --help.
@pytest.mark.parametrize("path", [p for p in python_sources() if p.name != "cli.py"], ids=name_of)
def test_public_docstrings(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "a module says what it is for"
    faults = []
    for name, node in public_definitions(path, exported()):
        if isinstance(node, ast.ClassDef):
            missing = [] if ast.get_docstring(node) else ["docstring"]
        elif is_named(node.decorator_list, "overload", "setter"):
            continue
        else:
            missing = missing_of_function(node)
        faults += [f"{name}: no {what}" for what in missing]
    assert not faults, "\n".join(faults)


# ---- files


def test_no_large_files():
    large = {name_of(path): path.stat().st_size for path in tracked() if path.stat().st_size > LARGEST_FILE}
    assert not large


def test_long_files():
    """Warns only: a long file may hold one idea."""
    for path in tracked():
        if path.suffix in {".rs", ".py"} and (lines := path.read_bytes().count(b"\n")) > LONG_FILE:
            warnings.warn(f"{name_of(path)} has {lines} lines: does it hold one idea?", stacklevel=1)


def test_no_file_speaks_of_the_machine_it_was_made_on():
    # Written in pieces, or this file would find itself.
    hosts = "|".join(["crates" r"\.io", "pypi" r"\.org", "python" r"hosted\.org", "npm" r"js\.(?:com|org)"])
    folders = "|".join(["work", "root", "tmp/bash"])
    paths = rf"(?<![\w.:/*)\]}}-])/(?:{folders})(?:/[\w.]|(?=[\s\"'`]))"
    found = []
    for path in tracked():
        if path.name == "Cargo.lock" or (text := text_of(path)) is None:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(f"{hosts}|{paths}", line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:120]}")
    assert not found, "\n".join(found)


def test_changelog_has_a_place_for_what_comes_next():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[?Unreleased\b", changes, re.MULTILINE)


def test_one_version():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]["version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project.get("dynamic", []) or project["version"] == version
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r'^version: "?([^"\n]+)"?$', citation, re.MULTILINE)[1] == version


# ---- the compiled package


def test_the_reference_has_every_public_function():
    folder = ROOT / "docs" / "reference"
    listed = (folder / "index.md").read_text(encoding="utf-8").split()
    package = importlib.import_module("migstat")
    spaces = {name: getattr(package, name) for name in package.__all__ if inspect.ismodule(getattr(package, name))}
    assert {"codes", "periods", "durations", "units", "datasets", "ages", "areas"} <= set(spaces)
    for space, module in spaces.items():
        page = (folder / f"{space}.md").read_text(encoding="utf-8")
        assert space in listed
        assert f".. automodule:: migstat.{space}" in page
        functions = [name for name in module.__all__ if inspect.isfunction(getattr(module, name))]
        told = re.findall(rf"~migstat\.{space}\.(\w+)`", page)
        assert set(functions) <= set(told), f"docs/reference/{space}.md: its table leaves out functions"


def test_public_names_are_there_and_say_what_they_are():
    package = importlib.import_module("migstat")
    for name in package.__all__:
        thing = getattr(package, name)
        if name != "__version__":
            assert (thing.__doc__ or "").strip(), f"migstat.{name} has no docstring"
    assert set(package.__all__) <= set(dir(package)), "names that are imported late need a `__dir__`"
