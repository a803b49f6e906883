"""What tests share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

#: The root of the checkout.
ROOT = Path(__file__).resolve().parents[3]


def power(x: float, floor: float = 0.4, scale: float = 0.9, rate: float = 0.6) -> float:
    """A learning curve: a power law to a floor."""
    return floor + scale * x**-rate


@pytest.fixture(scope="session")
def program() -> Callable[..., List[Dict[str, Any]]]:
    """The program of the same name: its table as rows."""
    path = os.environ.get("CURVECAST_BIN") or shutil.which("curvecast")
    if path is None:
        pytest.skip("the program is not here: put curvecast on the PATH, or name it in CURVECAST_BIN")

    def run(*args: str) -> List[Dict[str, Any]]:
        out = subprocess.run([path, *args, "--format", "json"], capture_output=True, text=True, check=True)
        rows: List[Dict[str, Any]] = json.loads(out.stdout)
        return rows

    return run


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of recorded curves."""
    folder = os.environ.get("CURVECAST_DATA")
    if folder is None or not (Path(folder) / "taskset_imdb_rnn").is_dir():
        pytest.skip("recorded curves are not here: name the folder that has taskset_imdb_rnn in CURVECAST_DATA")
    return Path(folder)
