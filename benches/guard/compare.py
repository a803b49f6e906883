#!/usr/bin/env python3
"""Did a change of code move a number? Compares the results of two versions value by value.

    compare.py results OLD NEW [--except NAME ...]
        every tables/*.csv and figures/*.csv of two result folders, cell by cell
    compare.py rows OLD NEW.csv
        the rows of jobs of an older version (a folder .rows of CSV files, or one CSV) against an export of `curvecast rows`

Values are compared, not texts: 1e-3 and 0.001 are the same, a row may stand elsewhere, and a column that only the newer version has
is named and not compared. Ends with 1 when a value differs. Needs nothing but Python.
"""

import argparse
import collections
import csv
import pathlib
import sys


def value(cell):
    """A number as a float, anything else as it is."""
    try:
        return float(cell)
    except ValueError:
        return cell


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def differing_cells(old, new):
    """The first differences of two tables with rows in the same order, and how many cells were compared."""
    if len(old) != len(new):
        return [f"{len(old)} rows before, {len(new)} now"], 0
    found, compared = [], 0
    for k, (a, b) in enumerate(zip(old, new)):
        for column in a:
            compared += 1
            if column not in b:
                found.append(f"row {k + 1}: no column {column!r}")
            elif value(a[column]) != value(b[column]):
                found.append(f"row {k + 1}, {column!r}: {a[column]} before, {b[column]} now")
    return found, compared


def results(old, new, without):
    bad, compared, files = 0, 0, 0
    for kind in ("tables", "figures"):
        for path in sorted((old / kind).glob("*.csv")):
            if path.stem in without:
                continue
            other = new / kind / path.name
            if not other.is_file():
                print(f"{kind}/{path.name}: not there any more")
                bad += 1
                continue
            found, cells = differing_cells(read(path), read(other))
            files, compared = files + 1, compared + cells
            if found:
                bad += 1
                print(f"{kind}/{path.name}: {len(found)} differences, such as")
                for line in found[:4]:
                    print(f"    {line}")
    print(f"{compared} cells of {files} files compared, {bad} files differ")
    return bad


def rows(old, new):
    paths = sorted(old.glob("*.csv")) if old.is_dir() else [old]
    before, columns = collections.defaultdict(collections.Counter), collections.defaultdict(set)
    for path in paths:
        for row in read(path):
            columns[row["ask"]].update(row)
            key = frozenset((c, value(v)) for c, v in row.items() if v != "")
            before[row["ask"]][key] += 1
    now, more = collections.defaultdict(collections.Counter), set()
    for row in read(new):
        ask = row["ask"]
        if ask in before:
            more |= {c for c, v in row.items() if v != "" and c not in columns[ask]}
            now[ask][frozenset((c, value(v)) for c, v in row.items() if v != "" and c in columns[ask])] += 1
    bad = 0
    for ask in sorted(before):
        gone, come = before[ask] - now[ask], now[ask] - before[ask]
        count = sum(before[ask].values())
        values = sum(len(k) * n for k, n in before[ask].items())
        print(f"{ask}: {count} rows, {values} values; {sum(gone.values())} rows are not there any more, {sum(come.values())} are new")
        bad += bool(gone or come)
        for only, other in zip(list(gone)[:2], list(come)[:2]):
            print("    before:", sorted(map(str, only - other))[:6])
            print("    now:   ", sorted(map(str, other - only))[:6])
    if more:
        print("columns that are new and were not compared:", ", ".join(sorted(more)))
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["results", "rows"])
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--except", dest="without", nargs="*", default=[], metavar="NAME", help="files whose values are of one machine, such as seconds")
    given = parser.parse_args()
    bad = results(given.old, given.new, given.without) if given.what == "results" else rows(given.old, given.new)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
