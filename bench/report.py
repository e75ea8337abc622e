"""How figures are shown: as tables for people, ratios first, and as one JSON document."""

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results"
"""Where results are kept; git leaves it alone."""

Row = dict[str, str | int | float]


def main(bench: str, run: Callable[..., list[Row]]) -> None:
    """Run one *bench* from the command line."""
    parser = argparse.ArgumentParser(description=f"Measure: {bench}.")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="measure less, in seconds")
    chosen = parser.parse_args()
    rows = run(quick=chosen.quick)
    print(json.dumps({"bench": bench, "rows": rows}, ensure_ascii=False) if chosen.json else tables(rows))


def tables(rows: Iterable[Row]) -> str:
    """Return *rows* as text, rows with the same columns in one table."""
    by_columns: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        by_columns.setdefault(tuple(row), []).append(row)
    return "\n\n".join(_table(_ratios_first(columns, of_one[0]), of_one) for columns, of_one in by_columns.items())


def _ratios_first(columns: tuple[str, ...], row: Row) -> list[str]:
    """Return what is measured, then the ratios, then the rest."""
    return sorted(columns, key=lambda name: (not isinstance(row[name], str), not _is_ratio(name)))


def _is_ratio(column: str) -> bool:
    return column.startswith("×") or "ratio" in column


def _table(columns: list[str], rows: list[Row]) -> str:
    cells = [columns, *([_cell(row[column]) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(_aligned(cell, width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in cells
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)
