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
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.259771", "train_loss", (640, 2.259771)),
        ("Test set: Average loss: 0.0472, Accuracy: 9854/10000 (99%)", "test_accuracy", (1, 98.54)),
        ("[10]\ttrain-rmse:0.5\tvalid-rmse:0.4", "valid_rmse", (10, 0.4)),
        ("loss: tensor(0.5231, device='cuda:0', grad_fn=<NllLossBackward0>)", "loss", (1, 0.5231)),
        ("accuracy: 91.2%", "accuracy", (1, 91.2)),
        ("loss=1,234.5", "loss", (1, 1234.5)),
        ("loss=1,234", "loss", (1, 1234)),
        ("loss=0,803", "loss", (1, 0.803)),
        ("loss=-0,803e-2", "loss", (1, -0.00803)),
        ("loss: 12,5", "loss", (1, 12.5)),
        ("| INFO | valid | epoch 001 | nll_loss 5.3 | num_updates 100", "valid_nll_loss", (100, 5.3)),
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


@pytest.mark.parametrize(
    ("train", "valid", "keys"),
    [
        ("Train Summary | Epoch {n} | ce={a}", "Valid Summary | Epoch {n} | ce={b}", ("train_ce", "valid_ce")),
        ("epoch {n} train: loss {a}", "epoch {n} val: loss {b}", ("train_loss", "val_loss")),
        ("Training epoch {n}: loss={a}", "Validation epoch {n}: loss={b}", ("training_loss", "validation_loss")),
        ("[train] step {n} loss {a}", "[eval] step {n} loss {b}", ("train_loss", "eval_loss")),
        ("12:03 INFO [train] step {n} loss {a}", "12:03 INFO [test] step {n} loss {b}", ("train_loss", "test_loss")),
        ("Epoch {n} (train) Loss: {a}", "Epoch {n} (dev) Loss: {b}", ("train_loss", "dev_loss")),
        (
            '{{"split": "train", "epoch": {n}, "loss": {a}}}',
            '{{"split": "val", "epoch": {n}, "loss": {b}}}',
            ("train_loss", "val_loss"),
        ),
        ("step {n} phase=train loss={a}", "step {n} phase=val loss={b}", ("train_loss", "val_loss")),
    ],
)
def test_training_and_validation_are_two_curves(train: str, valid: str, keys: tuple[str, str]) -> None:
    log = "\n".join(f"{train.format(n=n, a=5.5 - n)}\n{valid.format(n=n, b=6.5 - n)}" for n in (1, 2, 3))
    assert points(log, keys[0]) == [(1, 4.5), (2, 3.5), (3, 2.5)]
    assert points(log, keys[1]) == [(1, 5.5), (2, 4.5), (3, 3.5)]


def test_one_line_may_tell_of_both_and_each_measure_goes_to_its_own() -> None:
    several = curves("epoch 1 train: loss 0.3, acc 0.9 | val: loss 0.4, acc 0.8")
    assert {key: curve.ys[0] for key, curve in several.items()} == {
        "train_loss": 0.3, "train_acc": 0.9, "val_loss": 0.4, "val_acc": 0.8,
    }  # fmt: skip
    named = curves("Train loss 0.5 acc 0.9 | Val loss 0.6 acc 0.8")
    assert {key: curve.ys[0] for key, curve in named.items()} == {
        "train_loss": 0.5, "train_acc": 0.9, "val_loss": 0.6, "val_acc": 0.8,
    }  # fmt: skip
    assert set(curves('{"train": {"loss": 0.5}, "val": {"loss": 0.6}}')) == {"train_loss", "val_loss"}


@pytest.mark.parametrize(
    "line",
    [
        "train.py:12 - step 3 loss=0.2",
        "/data/val/x.json: loss=0.2",
        "the test ran well, loss=0.2",
        "[INFO] model in eval mode, loss=0.2",
        "step 1 | held-out perplexity 9.9 | loss 0.2",
    ],
)
def test_a_word_for_data_that_stands_in_the_line_by_chance_names_no_curve(line: str) -> None:
    assert curves(line)["loss"].ys[0] == 0.2


def test_there_is_one_learning_rate_whatever_the_line_is_of() -> None:
    assert set(curves("Train | epoch 1 | lr=0.1 | loss=2\nValid | epoch 1 | lr=0.1 | loss=3")) == {
        "learning_rate", "train_loss", "valid_loss",
    }  # fmt: skip


def test_a_table_gives_a_curve_for_each_column_that_measures() -> None:
    header = "      Epoch    GPU_mem   box_loss   cls_loss   Instances       Size"
    rows = [
        f"    {n}/100      6.73G      1.{n}     0.90{n}        10        640: 100%|████| 16/16 [00:05<00:00,  2.78it/s]"
        for n in (1, 2, 3)
    ]
    log = "\n".join(f"{header}\n{row}" for row in rows)
    assert points(log, "box_loss") == [(1, 1.1), (2, 1.2), (3, 1.3)]
    assert points(log, "cls_loss") == [(1, 0.901), (2, 0.902), (3, 0.903)]
    assert "gpu_mem" not in curves(log)


def test_a_table_of_the_classes_gives_the_curve_of_all_of_them() -> None:
    header = "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██| 2/2"
    log = "\n".join(
        f"{header}\n                   all         50        120      0.8        0.7      0.{n}        0.5\n"
        "                   cat         20         60      0.8        0.7      0.1        0.2"
        for n in (3, 4)
    )
    assert [y for _, y in points(log, "map50")] == [0.3, 0.4]


@pytest.mark.parametrize(
    ("header", "row", "key"),
    [
        ("Step\tTraining Loss\tValidation Loss", "{n}0\t2.{n}\t2.5", "training_loss"),
        ("epoch,train_loss,val_loss", "{n}0,2.{n},2.5", "train_loss"),
        ("| Step | Loss | lr |\n|------|------|----|", "| {n}0 | 2.{n} | 1e-4 |", "loss"),
        (
            "epoch     train_loss  valid_loss  accuracy  time",
            "{n}0         2.{n}       2.5         0.91      00:12",
            "train_loss",
        ),
        ("step loss acc", "{n}0 2.{n} 0.9", "loss"),
        ("iter  loss  note", "{n}0  2.{n}  saved", "loss"),
    ],
)
def test_tables_are_told_by_any_separator(header: str, row: str, key: str) -> None:
    log = "\n".join([header, *(row.format(n=n) for n in (1, 2, 3)), "done"])
    assert points(log, key) == [(10, 2.1), (20, 2.2), (30, 2.3)]


def test_prose_above_numbers_is_no_table() -> None:
    assert curves("the loss is high\n1 2 3 4\n2 3 4 5\n3 4 5 6") == {}
    assert curves("Images: loss, accuracy and speed\n1, 2, 3\n2, 3, 4") == {}


def test_a_table_ends_where_its_rows_do() -> None:
    log = "step,loss\n10,2.0\nstep 20 loss=1.5\n30,1.0,7,8,9\nx,y\n"
    assert points(log, "loss") == [(10, 2.0), (20, 1.5)]


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
