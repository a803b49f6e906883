"""Adapters that stop hopeless runs in the tools people tune and train with, one module a tool.

Each is imported by itself (``from curvecast.integrations.optuna import ForecastPruner``), and only then is its tool needed. All of them ask
:func:`curvecast.decide`, take its arguments, and log reasons and doubts to the logger ``curvecast``.
"""
