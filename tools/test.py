"""
Run the tests.

With PRESSBOX_REQUIRE=all everything they need is installed first, the checks run too, and a skip is a failure unless
docs/unproved.md lists it.
"""

import os
import subprocess
import sys


def main() -> int:
    """Return the exit code of the first step that fails."""
    everything = os.environ.get("PRESSBOX_REQUIRE") == "all"
    steps = [[sys.executable, "-m", "servers", "install"], ["make", "check"]] if everything else []
    steps.append([sys.executable, "-m", "pytest", *sys.argv[1:]])
    for step in steps:
        print("+", " ".join(step), flush=True)
        code = subprocess.call(step)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
