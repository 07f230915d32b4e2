"""Curves from logs."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.schemas import REPLICATE
from tui.forms.curves import POINTS, Curve, Curves

LOGS = REPLICATE / "logs" / "real-logs.json"
recorded = pytest.mark.skipif(not LOGS.exists(), reason="../shared/replicate is absent")


def curves(log: str) -> dict[str, Curve]:
    """The curves of a whole log, by key."""
    found = Curves()
    found.read(log, ended=True)
    return {curve.key: curve for family in found.families() for curve in family.curves}


def points(log: str, key: str) -> list[tuple[float, float]]:
    curve = curves(log)[key]
    return list(zip(curve.xs, curve.ys, strict=True))


@pytest.mark.recorded
@recorded
def test_losses_of_real_logs_become_curves_and_their_bars_do_not() -> None:
    logs: list[str] = json.loads(Path(LOGS).read_text())
    found = [each for log in logs if (each := curves(log))]
    keys = {key for each in found for key in each}
    assert {"loss", "current_loss", "render_loss", "img_min"} <= keys
    iterated = next(each["loss"] for each in found if "loss" in each and each["loss"].count == 25)
    assert (iterated.xs[0], iterated.ys[0]) == (0, 3.15)
    assert list(iterated.xs) == list(range(0, 250, 10))
    assert not keys & {"sampler", "frames", "step", "seed", "eta", "data", "image"}


@pytest.mark.parametrize(
    ("line", "key", "point"),
    [
        ("step: 30, loss: -20.5", "loss", (30, -20.5)),
        ("{'loss': 1.25, 'learning_rate': 1e-05, 'epoch': 0.5}", "learning_rate", (0.5, 1e-05)),
        ('{"epoch": 1, "loss": "5.2", "ppl": "33.1", "num_updates": "100"}', "ppl", (100, 33.1)),
        ("Iteration: 21 \tRender loss: -0.13", "render_loss", (21, -0.13)),
        ("Epoch 3/10 - val_accuracy: 0.9123", "val_accuracy", (3, 0.9123)),
        (" 8%|▊ | 77/1000 [00:27<05:35, lr=3e-4, loss=0.12]", "loss", (77, 0.12)),
        ("Steps:  8%|▊ | 77/1000 [00:27<05:35, lr=3e-4, loss=0.12]", "learning_rate", (77, 3e-4)),
        ("flux: 10%|█ | 100/1000 [01:00<05:00, 1.2it/s, lr: 4.0e-04 loss: 3.5e-01]", "loss", (100, 0.35)),
        ("step 3/12 | loss 5.0100 | held-out perplexity 152.30", "held_out_perplexity", (3, 152.3)),
        ("iter 100: loss 2.5, time 123ms, mfu 3.2%", "loss", (100, 2.5)),
        ("step 0: train loss 4.28, val loss 4.29", "val_loss", (0, 4.29)),
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.259771", "loss", (640, 2.259771)),
        ("Test set: Average loss: 0.0472, Accuracy: 9854/10000 (99%)", "accuracy", (1, 98.54)),
        ("[10]\ttrain-rmse:0.5\tvalid-rmse:0.4", "valid_rmse", (10, 0.4)),
        ("loss: tensor(0.5231, device='cuda:0', grad_fn=<NllLossBackward0>)", "loss", (1, 0.5231)),
        ("accuracy: 91.2%", "accuracy", (1, 91.2)),
        ("loss=1,234.5", "loss", (1, 1234.5)),
        ("Epoch 2: the model was saved with loss: 0.5.", "loss", (2, 0.5)),
    ],
)
def test_measures_that_trainers_print_become_points(line: str, key: str, point: tuple[float, float]) -> None:
    assert points(line, key) == [point]


@pytest.mark.parametrize(
    "line",
    [
        "Using seed: 12345",
        "http://x:8080/3 took 12:30:05",
        "Sampler: 45%|████ | 9/20 [00:04<00:05]",
        "the loss of 3 workers",
        "grad_norm: 1.2k",
        "loss: a lot",
        "step 3/4, eta: 5, elapsed: 7",
    ],
)
def test_numbers_that_measure_nothing_are_no_curve(line: str) -> None:
    assert curves("\n".join([line] * 5)) == {}


def test_a_name_that_nobody_knows_is_a_curve_once_it_was_given_often_enough_with_a_step() -> None:
    assert curves("step 1, img.min: 0.3\nstep 2, img.min: 0.2") == {}
    assert points("step 1, img.min: 0.3\nstep 2, img.min: 0.2\nstep 3, img.min: 0.4", "img_min")[-1] == (3, 0.4)
    assert curves("step 1, workers: 4\nstep 2, workers: 4\nstep 3, workers: 4") == {}


def test_curves_of_one_measure_are_one_family_and_losses_come_first() -> None:
    found = Curves()
    found.read("step 1 | lr 1e-4 | train perplexity 9.5 | held-out perplexity 9.9 | loss 2.5\n")
    shown = [(family.name, [curve.name for curve in family.curves]) for family in found.families()]
    assert shown == [
        ("loss", ["loss"]),
        ("perplexity", ["train perplexity", "held-out perplexity"]),
        ("learning rate", ["learning rate"]),
    ]


def test_a_step_that_is_printed_twice_is_one_point() -> None:
    assert points("step 1 loss=3\nstep 2 loss=2\rstep 2 loss=1.5", "loss") == [(1, 3.0), (2, 1.5)]


def test_steps_that_begin_anew_at_each_epoch_go_on_from_the_last() -> None:
    log = "".join(f"Epoch {e}/2\n" + "".join(f"{n}/3 - loss: {e}.{n}\n" for n in (1, 2, 3)) for e in (1, 2))
    assert [x for x, _ in points(log, "loss")] == [1, 2, 3, 4, 5, 6]
    one_line_each = "Epoch 1/2\n469/469 - loss: 0.2\nEpoch 2/2\n469/469 - loss: 0.1\n"
    assert points(one_line_each, "loss") == [(469, 0.2), (938, 0.1)]


def test_a_run_that_resumes_from_a_checkpoint_replaces_what_it_repeats() -> None:
    log = "step 10 loss=1.0\nstep 20 loss=0.1\nstep 30 loss=9.0\nstep 20 loss=0.5\nstep 30 loss=0.4"
    assert points(log, "loss") == [(10, 1.0), (20, 0.5), (30, 0.4)]
    curve = curves(log)["loss"]
    assert (curve.least, curve.most) == ((30, 0.4), (10, 1.0))


def test_what_is_no_number_is_counted_and_makes_no_point() -> None:
    curve = curves("step 1 loss=3\nstep 2 loss=1e400\nstep 3 loss=-inf\nstep 4 loss: NaN")["loss"]
    assert list(curve.ys) == [3.0]
    assert (curve.odd, curve.odd_now) == (3, "nan")
    alone = curves("loss: nan\nloss: nan")["loss"]
    assert (alone.latest, alone.least, alone.odd) == (None, None, 2)


def test_a_log_that_grows_is_read_once_and_gives_what_the_whole_log_gives() -> None:
    log = "".join(f"step {n}: loss = {1 / (n + 1):.6f}\n" for n in range(300))
    grown = Curves()
    for end in range(0, len(log), 37):
        grown.read(log[:end])
    grown.read(log)
    assert grown.lines == 300
    assert list(grown.families()[0].curves[0].ys) == list(curves(log)["loss"].ys)
    assert not grown.read(log)
    assert grown.waiting(log) == 0


def test_a_line_that_is_not_finished_waits_for_its_end() -> None:
    found = Curves()
    assert not found.read("step 1 loss=0.1")
    assert found.families() == ()
    assert found.read("step 1 loss=0.125\n")
    assert found.families()[0].curves[0].latest == (1, 0.125)


def test_another_log_begins_anew() -> None:
    found = Curves()
    found.read("step 1 loss=0.1\n")
    assert found.read("step 7 acc=0.9\n")
    assert [family.name for family in found.families()] == ["acc"]


def test_curves_of_a_huge_log_keep_their_extremes() -> None:
    values = [5.0] * 60_000
    values[31_111], values[44_444] = 99.0, 0.25
    found = Curves()
    found.read("".join(f"step {n}: loss={value}\n" for n, value in enumerate(values)))
    curve = found.families()[0].curves[0]
    assert len(curve.xs) <= POINTS
    assert curve.count == 60_000
    assert (curve.least, curve.most) == ((44_444, 0.25), (31_111, 99.0))
    assert max(curve.ys) == 99.0
    assert min(curve.ys) == 0.25
    assert curve.latest == (59_999, 5.0)


def test_the_number_of_curves_is_bounded() -> None:
    log = "".join(f"step {n} " + " ".join(f"a{k}_loss={n}" for k in range(200)) + "\n" for n in range(3))
    assert len(curves(log)) == 32


def test_readings_before_the_first_step_that_is_told_stay_before_it() -> None:
    curve = curves("step 0: lr=inf\nlr=0.1\nlr=0.2\nstep 0: lr=0.3\nstep 1: lr=0.4\n")["learning_rate"]
    assert list(curve.ys) == [0.1, 0.2, 0.3, 0.4]
    assert list(curve.xs) == [0, 1, 2, 3]


lines = st.one_of(
    st.text(max_size=60),
    st.builds("step {}, val loss: {}, lr={}".format, st.integers(), st.floats(), st.floats()),
    st.builds("{}: {}".format, st.sampled_from(["loss", "acc", "e-4 loss", "[/]loss"]), st.text("0123456789.e+-,%|/")),
    st.builds("epoch {} {}/{} loss={}".format, st.integers(0, 3), st.integers(), st.integers(), st.floats()),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=12), st.sampled_from(["\n", "\r", "\r\n"]))
def test_any_log_gives_finite_curves_in_the_order_of_their_places(parts: list[str], joint: str) -> None:
    for curve in curves(joint.join(parts)).values():
        assert all(math.isfinite(y) for y in curve.ys)
        assert list(curve.xs) == sorted(curve.xs)
        assert len(curve.xs) == len(curve.ys)
        if curve.latest is not None and curve.least is not None and curve.most is not None:
            assert curve.least[1] == min(curve.ys)
            assert curve.most[1] == max(curve.ys)
        assert curve.name.isprintable()
