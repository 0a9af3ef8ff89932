"""Generate the stub of the compiled module and compare it with the committed one (--write: replace that).

The arguments after `--` go on to `maturin generate-stubs`.
"""

import argparse
import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "python" / "migstat" / "_core.pyi"


def generate(options: list[str]) -> str:
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "maturin", "generate-stubs", "--out", directory, *options]
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit(code)
        stubs = list(Path(directory).rglob("*.pyi"))
        if len(stubs) != 1:
            sys.exit(f"stubs: expected one stub, maturin wrote {[stub.name for stub in stubs]}")
        return stubs[0].read_text(encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="replace the stub")
    parser.add_argument("options", nargs="*", help="go on to maturin")
    arguments = parser.parse_args()

    new = generate(arguments.options)
    if arguments.write:
        STUB.write_text(new, encoding="utf-8")
        return 0
    old = STUB.read_text(encoding="utf-8") if STUB.exists() else ""
    if old == new:
        return 0
    name = STUB.relative_to(ROOT).as_posix()
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    sys.stdout.writelines(difflib.unified_diff(before, after, name, "from the Rust sources"))
    print(f"stubs: {name} is out of step with the Rust sources: run `make stubs`")
    return 1


if __name__ == "__main__":
    sys.exit(main())
