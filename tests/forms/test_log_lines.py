"""Which lines of a log are states of one bar, and what a log tells of a failure."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paths import REPLICATE
from tui.forms.log_lines import Bar, bar_of, failure_of

TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/src/predict.py", line 12, in predict',
    "    return self.pipe(prompt)",
    "torch.cuda.OutOfMemoryError: CUDA out of memory.",
]


def steps(count: int, name: str = "") -> list[str]:
    return [
        f"{name}{100 * n // count:3}%|{'█' * (n % 10):<10}| {n}/{count} [00:01<00:09, 3.1it/s]" for n in range(count)
    ]


@pytest.mark.parametrize(
    ("line", "bar"),
    [
        (" 45%|████      | 9/20 [00:01<00:02, 5.1it/s]", Bar("", 45)),
        ("PLMS Sampler:  98%|█████ | 49/50", Bar("PLMS Sampler", 98)),
        ("Epoch 3/10: 100%|██| 5/5", Bar("Epoch #/#", 100)),
        ("12it [00:04, 3.0it/s]", Bar("", 12)),
        ("\x1b[32m 7%|#| 1/14\x1b[0m", Bar("", 7)),
        ("Step 190 of 200:", None),
        ("loss 45% | up", Bar("loss", 45)),
        ("101%|█", None),
        ("a table | of 3 things", None),
        ("", None),
        ("5%|" + "x" * 1000, None),
    ],
)
def test_a_bar_is_told_from_other_lines(line: str, bar: Bar | None) -> None:
    assert bar_of(line) == bar


def test_a_later_state_follows_and_one_that_went_back_is_another_bar() -> None:
    assert Bar("a", 5).follows(Bar("a", 5))
    assert Bar("a", 6).follows(Bar("a", 5))
    assert not Bar("a", 4).follows(Bar("a", 5))
    assert not Bar("b", 6).follows(Bar("a", 5))


def test_the_traceback_comes_first_and_then_the_last_words_that_are_no_bar() -> None:
    log = "\n".join(["Loading the weights", *steps(300), *TRACEBACK, *steps(300), "Shutting down", ""])
    failure = failure_of(log)
    assert list(failure.traceback) == TRACEBACK
    assert failure.last == ("Loading the weights", "Shutting down")


def test_a_log_without_a_traceback_has_only_last_words() -> None:
    assert failure_of("\n".join([*(f"line {n}" for n in range(30)), *steps(50)])).last == tuple(
        f"line {n}" for n in range(18, 30)
    )
    assert failure_of("") == failure_of("\n\n")
    assert failure_of("").traceback == () and failure_of("").last == ()


def test_only_the_last_of_several_tracebacks_is_shown_with_the_message_of_its_error() -> None:
    more = [*TRACEBACK, "", "During handling of the above exception, another exception occurred:", ""]
    last = ["Traceback (most recent call last):", '  File "a.py", line 1', "ValueError: no", "  because of that", "bye"]
    failure = failure_of("\n".join([*more, *last]))
    assert failure.traceback == tuple(last[:4])
    assert failure.last[-1] == "bye"


def test_a_framed_traceback_is_one_too() -> None:
    framed = ["╭──── Traceback (most recent call last) ────╮", "│ a.py:1 in f │", "╰──────────╯", "ValueError: no"]
    assert list(failure_of("\n".join(["begin", *framed, "end"])).traceback) == framed


def test_what_was_written_over_is_read_as_it_was_left() -> None:
    assert failure_of("one\r  5%|█| 1/20\r  done\nnext").last == ("  done", "next")


def test_a_deep_traceback_keeps_its_beginning_and_its_end() -> None:
    deep = [TRACEBACK[0], *(f'  File "f{n}.py", line {n}' for n in range(500)), "RecursionError: too deep"]
    shown = failure_of("\n".join(deep)).traceback
    assert len(shown) == 40
    assert shown[0] == deep[0] and shown[-1] == "RecursionError: too deep"
    assert shown[2] == "  … 463 lines"


def test_an_enormous_log_is_read_in_no_time() -> None:
    began = time.perf_counter()
    failure_of("\n".join(steps(1000)) * 200 + "\nlast word")
    failure_of("x" * 5_000_000)
    failure_of("Traceback (most recent call last):\n" + "  x\n" * 1_000_000)
    assert time.perf_counter() - began < 3


@given(st.text(max_size=400))
def test_no_log_breaks_it(log: str) -> None:
    failure = failure_of(log)
    assert len(failure.last) <= 12 and len(failure.traceback) <= 40
    for line in log.split("\n"):
        bar_of(line)


def test_the_bars_of_real_logs_are_found() -> None:
    logs = json.loads((REPLICATE / "logs" / "real-logs.json").read_text())
    with_bars = [log for log in logs if "%|" in str(log)]
    found = [log for log in with_bars if any(bar_of(line) for line in str(log).replace("\r", "\n").split("\n"))]
    assert len(with_bars) > 100 and len(found) >= 0.95 * len(with_bars)
