"""A run of Keras under the callback."""

import importlib.util
import os

import numpy as np
import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("keras is not here", allow_module_level=True)
# Keras looks for a backend when it is imported.
os.environ.setdefault("KERAS_BACKEND", "torch" if importlib.util.find_spec("torch") else "tensorflow")
keras = pytest.importorskip("keras", exc_type=ImportError)

from curvecast.integrations.keras import ForecastCallback  # noqa: E402

END = 12


class Replay(keras.callbacks.Callback):
    """Puts a curve in place of what is learnt."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = 0.5 + (epoch + 1) ** -0.5


def run(callback: ForecastCallback):
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model.fit(np.ones((4, 1)), np.ones(4), epochs=END, verbose=0, callbacks=[Replay(), callback]).history


def test_a_forecast_is_logged_and_nothing_is_stopped_without_a_best() -> None:
    history = run(ForecastCallback())
    forecast = np.array(history["val_loss_forecast"])
    assert len(forecast) == END and "val_loss_p_better" not in history
    # None before four epochs, and none at the end.
    assert np.isnan(forecast).tolist() == [True] * 3 + [False] * 8 + [True]
    assert abs(forecast[10] - (0.5 + END**-0.5)) < 0.1


def test_a_run_that_will_not_win_is_stopped() -> None:
    history = run(ForecastCallback(best=0.1))
    assert 4 <= len(history["loss"]) < END and history["val_loss_p_better"][-1] < 0.05
    assert len(set(map(len, history.values()))) == 1
    assert len(run(ForecastCallback(best=2.0))["loss"]) == END


def test_another_metric_is_said_to_be_missing(caplog: pytest.LogCaptureFixture) -> None:
    assert len(run(ForecastCallback("val_bleu", best=2.0))["loss"]) == END
    assert "val_bleu" in caplog.text and "val_loss" in caplog.text
