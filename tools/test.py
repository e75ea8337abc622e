"""
Run the tests.

With PRESSBOX_REQUIRE=all everything they need is installed first, the checks run too, the tests that need no server run
on every other supported Python that is here, and a skip is a failure unless docs/unproved.md lists it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pressbox"
WITHOUT_SERVERS = ("-m", "not server and not browser")


def main() -> int:
    """Return the exit code of the first step that fails."""
    everything = os.environ.get("PRESSBOX_REQUIRE") == "all"
    if everything:
        for step in ([sys.executable, "-m", "servers", "install"], ["make", "check"]):
            run(step)
        on_other_pythons()
    run([sys.executable, "-m", "pytest", *sys.argv[1:]])
    return 0


def on_other_pythons() -> None:
    """Run what needs no server on each other supported Python, each in an environment of its own."""
    for version in SUPPORTED:
        if sys.version_info[:2] == tuple(map(int, version.split("."))):
            continue
        python = find(version)
        if python is None:
            print(f"not run: Python {version} is not on this machine", flush=True)
            continue
        folder = CACHE / f"python-{version}"
        run([str(python), "tools/environment.py", str(folder), "requirements-dev.lock"])
        run([str(folder / "bin" / "python"), "-m", "pytest", "--quiet", *WITHOUT_SERVERS])


def find(version: str) -> Path | None:
    """Return a Python of *version*: one on the path, or one that pyenv keeps."""
    candidates = [shutil.which(f"python{version}")]
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout.strip()
        candidates += sorted(map(str, Path(root, "versions").glob(f"{version}.*/bin/python")))
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return Path(candidate)
    return None


def run(step: list[str]) -> None:
    """Run *step*; where it fails, so does everything, with its exit code."""
    print("+", " ".join(step), flush=True)
    code = subprocess.call(step)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    sys.exit(main())
