"""A run of Lightning under the callback."""

import logging

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import lightning.pytorch as pl  # noqa: E402
import torch  # noqa: E402

from curvecast.integrations.lightning import ForecastCallback  # noqa: E402

END = 12


class Replay(pl.LightningModule):
    """Logs a curve, whatever it learns."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch, index):
        return self.layer(batch).mean()

    def validation_step(self, batch, index):
        self.log("val_loss", 0.5 + (self.current_epoch + 1) ** -0.5)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Kept(pl.loggers.logger.DummyLogger):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list = []

    def log_metrics(self, metrics, step=None) -> None:
        self.rows.append(dict(metrics))


def run(callback: ForecastCallback, tmp_path):
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    data = torch.utils.data.DataLoader(torch.ones(2, 1), batch_size=1)
    kept = Kept()
    trainer = pl.Trainer(
        max_epochs=END, callbacks=[callback], logger=kept, default_root_dir=tmp_path, accelerator="cpu",
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, log_every_n_steps=1,
    )  # fmt: skip
    trainer.fit(Replay(), data, data)
    return trainer, [row for row in kept.rows if "val_loss_forecast" in row]


pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_forecast_is_logged_and_nothing_is_stopped_without_a_best(tmp_path) -> None:
    trainer, logged = run(ForecastCallback(), tmp_path)
    assert trainer.current_epoch == END and len(logged) == END - 4
    assert abs(logged[-1]["val_loss_forecast"] - (0.5 + END**-0.5)) < 0.1


def test_a_run_that_will_not_win_is_stopped(tmp_path) -> None:
    trainer, logged = run(ForecastCallback(best=0.1), tmp_path)
    assert 4 <= trainer.current_epoch < END and logged[-1]["val_loss_p_better"] < 0.05
    trainer, _ = run(ForecastCallback(best=2.0), tmp_path)
    assert trainer.current_epoch == END


def test_a_curve_is_kept_in_checkpoints() -> None:
    callback, again = ForecastCallback(), ForecastCallback()
    callback._curve = {1.0: 0.5}
    again.load_state_dict(callback.state_dict())
    assert again._curve == {1.0: 0.5}


def test_a_slip_is_met_at_once() -> None:
    with pytest.raises(ValueError, match='"epoch" or "step"'):
        ForecastCallback(resource="hour")
