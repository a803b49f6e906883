"""Numbers of any kind as lists of Python floats."""

from __future__ import annotations

from typing import Any, List

import numpy as np


def column(values: Any, name: str) -> List[float]:
    """A sequence of numbers (list, NumPy array, pandas or polars series, tensor on the CPU); what is missing is NaN."""
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(float), np.nan)
    array = np.asarray(values)
    if array.dtype.kind == "O":
        # None among numbers, and decimals.
        array = array.astype(float)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} has values of type {array.dtype}; give numbers (for a time: seconds, steps or epochs)")
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions; give one number for every observation")
    numbers: List[float] = array.astype(float).tolist()
    return numbers


def places(values: Any, name: str) -> List[float]:
    """One number or several."""
    return column([values] if np.ndim(values) == 0 else values, name)


def called(values: Any, otherwise: str) -> str:
    """The name that a series brings along; it tells which direction is good (``val_loss``, ``accuracy``)."""
    name = getattr(values, "name", None)
    return name if isinstance(name, str) and name else otherwise
