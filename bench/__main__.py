"""
Run the benchmarks: `python -m bench [--json] [--quick] [NAME...]`, each in a process of its own.

Tables go to standard output, or with `--json` one document; progress goes to standard error. The document is kept as
`bench/results/latest.json` in any case.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from bench.report import RESULTS, tables

_BENCHES = ("log", "fold", "live", "pages", "sensors")


def main() -> None:
    """Run the chosen benchmarks and show what they found."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure pressbox, as ratios within one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(_BENCHES)}; none: all")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="measure less, in under a minute")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.names) - set(_BENCHES))
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(_BENCHES)}")
    document = {"machine": _machine(), "quick": chosen.quick, "load_before": os.getloadavg()}
    benches = [_run(name, quick=chosen.quick) for name in chosen.names or _BENCHES]
    document |= {"load_after": os.getloadavg(), "benches": benches}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(document, ensure_ascii=False) if chosen.json else _for_people(document))


def _run(name: str, *, quick: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", f"bench.{name}", "--json", *(["--quick"] if quick else [])]
    finished = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def _machine() -> dict[str, str | int]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
    }


def _for_people(document: dict[str, Any]) -> str:
    machine = document["machine"]
    first, last = (f"{document[when][0]:.1f}" for when in ("load_before", "load_after"))
    heading = (
        f"{machine['date']}, {machine['system']}, {machine['cores']} cores, Python {machine['python']}; "
        f"load {first} before, {last} after"
    )
    return "\n\n".join([heading, *(f"{one['bench']}\n\n{tables(one['rows'])}" for one in document["benches"])])


main()
