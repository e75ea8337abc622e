"""Make the virtual environment: what the lock file pins, and this project on top. Runs on any Python, to say so."""

import os
import subprocess
import sys

OLDEST = (3, 11)


def main(folder, lock):
    if sys.version_info < OLDEST:
        sys.exit(
            "pressbox needs Python 3.11 or newer, and this is %d.%d: name a newer one, as in `make demo PYTHON=python3.12`"
            % sys.version_info[:2]
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - only whether it is there
    except ImportError:
        sys.exit(
            "this Python has no ensurepip, so it can make no virtual environment: "
            "install it (Debian and Ubuntu: apt-get install python3-venv), or name another Python with PYTHON=..."
        )
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        print("making %s" % folder, flush=True)
        subprocess.check_call([sys.executable, "-m", "venv", folder])
    print("installing what %s pins" % lock, flush=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.check_call([*pip, "--require-hashes", "--requirement", lock])
    subprocess.check_call([*pip, "--no-deps", "--no-build-isolation", "--editable", "."])


if __name__ == "__main__":
    main(*sys.argv[1:])
