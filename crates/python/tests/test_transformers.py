"""Evaluations of the Trainer under the callback; the Trainer's own state and control, and no model."""

import pytest

pytest.importorskip("transformers")

from transformers import TrainerControl, TrainerState  # noqa: E402
from types import SimpleNamespace  # noqa: E402

from curvecast.integrations.transformers import ForecastCallback  # noqa: E402

END = 3000


def run(callback: ForecastCallback, curve, name: str = "eval_loss", args=None):
    """Evaluates every hundred steps until the end, as the Trainer does; the state, and the step of the end."""
    args = args or SimpleNamespace(metric_for_best_model=None, greater_is_better=None)
    state, control = TrainerState(max_steps=END), TrainerControl()
    for step in range(100, END + 1, 100):
        state.global_step, state.epoch = step, step / 1000
        metrics = {name: curve(step / 100), "epoch": state.epoch}
        # The Trainer logs before it calls.
        state.log_history.append({**metrics, "step": step})
        control = callback.on_evaluate(args, state, control, metrics=metrics)
        if control.should_training_stop:
            break
    return state, step


def curve(t: float) -> float:
    return 1.5 + 2.0 * t**-0.5


def test_a_forecast_is_logged_and_nothing_is_stopped_without_a_best() -> None:
    state, end = run(ForecastCallback(), curve)
    logged = [entry for entry in state.log_history if "eval_loss_forecast" in entry]
    assert end == END and len(logged) == 26
    assert [entry["step"] for entry in logged][:2] == [400, 500] and "eval_loss_p_better" not in logged[0]
    assert abs(logged[15]["eval_loss_forecast"] - curve(30)) < 0.1


def test_a_run_that_will_not_win_is_stopped() -> None:
    state, end = run(ForecastCallback(best=0.9 * curve(30)), curve)
    assert 400 <= end < END
    assert state.log_history[-1]["eval_loss_p_better"] < 0.05 and state.log_history[-1]["step"] == end
    _, end = run(ForecastCallback(best=1.1 * curve(30)), curve)
    assert end == END


def test_the_metric_is_that_of_the_arguments() -> None:
    args = SimpleNamespace(metric_for_best_model="accuracy", greater_is_better=True)
    state, end = run(ForecastCallback(best=0.99, bounds=(0, 1)), lambda t: 0.8 - 0.5 / t, "eval_accuracy", args)
    assert end < END and "eval_accuracy_forecast" in state.log_history[-1]
    # Another one is not there: it is said, and the run goes on.
    _, end = run(ForecastCallback(best=0.99, metric="bleu"), curve)
    assert end == END


def test_a_resumed_run_goes_on_from_its_log() -> None:
    state, control = TrainerState(max_steps=END), TrainerControl()
    state.log_history = [{"eval_loss": curve(t), "step": 100 * t} for t in range(1, 11)]
    state.global_step = 1000
    args = SimpleNamespace(metric_for_best_model=None, greater_is_better=None)
    control = ForecastCallback(best=0.5).on_evaluate(args, state, control, metrics={"eval_loss": curve(10)})
    assert control.should_training_stop
