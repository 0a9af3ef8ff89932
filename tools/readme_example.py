"""Run the first Python example of README.md, as somebody would who has only installed the package."""

import doctest
import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def first_example(text: str) -> tuple[str, int]:
    """Return the first block fenced as `python` and the line it starts on."""
    found = re.search(r"^```python[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    if found is None:
        sys.exit("README.md has no example fenced as python")
    return found[1], text.count("\n", 0, found.start(1)) + 1


def main() -> None:
    source, line = first_example(README.read_text(encoding="utf-8"))
    if ">>>" in source:
        options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        test = doctest.DocTestParser().get_doctest(source, {}, "README.md", "README.md", line - 1)
        if doctest.DocTestRunner(optionflags=options).run(test).failed:
            sys.exit(1)
    else:
        # Empty lines before, so that a traceback names the README's own lines.
        exec(compile("\n" * (line - 1) + source, str(README), "exec"), {"__name__": "__main__"})
    print(f"README.md, line {line}: the example runs")


if __name__ == "__main__":
    main()
