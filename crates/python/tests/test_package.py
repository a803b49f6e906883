"""The package itself: its version, its words, its types and its examples."""

import doctest
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import curvecast


def test_the_version_is_that_of_the_house() -> None:
    here, root = (path.read_text() for path in (ROOT / "crates/python/Cargo.toml", ROOT / "Cargo.toml"))
    ours = re.search(r'^\[package\].*?^version = "(.+?)"', here, re.M | re.S)
    theirs = re.search(r'^\[workspace\.package\].*?^version = "(.+?)"', root, re.M | re.S)
    assert ours and theirs and ours[1] == theirs[1] == curvecast.__version__


def test_no_message_names_an_option_of_the_program() -> None:
    """Every option in the façade's messages has its word for Python in `said.rs`."""
    table = (ROOT / "crates/python/src/said.rs").read_text()
    known = re.findall(r'^    \("(.+?)", ".+?"\),$', table, re.M)
    assert known
    for file in ("error.rs", "warning.rs"):
        text = (ROOT / "crates/curvecast/src" / file).read_text()
        lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
        for phrase in known:
            lines = lines.replace(phrase, "")
        assert re.findall(r"--[a-z][a-z-]*", lines) == [], file


def test_everything_that_is_exported_is_there_and_described() -> None:
    assert sorted(curvecast.__all__) == curvecast.__all__ == sorted(set(curvecast.__all__))
    for name in curvecast.__all__:
        assert getattr(curvecast, name).__doc__


def test_the_examples_of_the_docs_run() -> None:
    found = doctest.testmod(sys.modules["curvecast._api"])
    assert found.failed == 0 and found.attempted > 5


def test_types_are_right() -> None:
    pytest.importorskip("mypy")
    out = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT / "crates/python", capture_output=True, text=True)
    assert out.returncode == 0, out.stdout
