"""The JSON schemas that ``curvecast format`` writes take every committed file, and refuse what an editor should underline.

Here because a validator is at hand in Python; the workspace needs none.
"""

import json
import math
from pathlib import Path

import jsonschema
import pytest

try:
    import tomllib
except ModuleNotFoundError:  # before Python 3.11
    tomllib = pytest.importorskip("tomli")

ROOT = Path(__file__).resolve().parents[3]
FILES = [("spec", "experiments"), ("published", "experiments"), ("dataset", "datasets")]


def validator(kind):
    return jsonschema.Draft7Validator(json.loads((ROOT / f"schemas/{kind}.schema.json").read_text()))


def finite(value):
    """TOML has infinities, JSON has none."""
    if isinstance(value, dict):
        return {key: finite(v) for key, v in value.items()}
    if isinstance(value, list):
        return [finite(v) for v in value]
    return math.copysign(1e308, value) if isinstance(value, float) and math.isinf(value) else value


def wrong(kind, text):
    return [e.message for e in validator(kind).iter_errors(finite(tomllib.loads(text)))]


@pytest.mark.parametrize("kind, folder", FILES)
def test_every_committed_file_is_valid(kind, folder):
    files = sorted((ROOT / folder).glob(f"*/{kind}.toml"))
    assert len(files) > 20
    for file in files:
        assert wrong(kind, file.read_text()) == [], file


@pytest.mark.parametrize(
    "kind, file, was, becomes",
    [
        ("spec", "experiments/lcpfn-streaming/spec.toml", was, becomes)
        for was, becomes in [
            ("version = 1", "verison = 1"),
            ("curves = 10_000", "curvs = 10_000"),
            ("curves = 10_000", 'curves = "many"'),
            # A source has one kind, an ask one table, a figure one table.
            ('draw = "domhan3"', 'draw = "domhan3"\nfrom = "taskset"'),
            ('draw = "domhan3"', ""),
            ("[ask.extrapolate]", "[ask.tabel]\n[ask.extrapolate]"),
            ("[figure.intervals]", "[figure.bump]\n[figure.intervals]"),
            ("[figure.intervals]", "[figure.interval]"),
            ("cutoffs = [", "cutofs = ["),
            ('use = "smc"', 'use = "smcc"'),
            # A setting that this kind of method has not.
            ('with = { prior = "domhan3", groups', 'with = { walkers = 100, prior = "domhan3", groups'),
        ]
    ]
    + [
        ("published", "experiments/lcpfn-streaming/published.toml", 'level = "check"', 'level = "chek"'),
        ("published", "experiments/lcpfn-streaming/published.toml", "says = ", "say = "),
        ("published", "experiments/lcpfn-streaming/published.toml", "at-least = 1.76", 'at-least = "1.76"'),
        ("dataset", "datasets/mpl/dataset.toml", "licence = ", "license = "),
        ("dataset", "datasets/mpl/dataset.toml", 'better = "lower"', 'better = "less"'),
    ],
)
def test_what_no_file_may_say_is_refused(kind, file, was, becomes):
    text = (ROOT / file).read_text()
    assert was in text
    assert wrong(kind, text.replace(was, becomes, 1))
