"""Progress from logs."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.schemas import REPLICATE
from tui.forms.progress import Progress, progress, time_left

OFFICIAL = re.compile(r"^\s*(\d+)%\s*\|.+?\|\s*(\d+)\/(\d+)")
"""What the official Python client reads progress by (docs/replicate.md, Logs and progress)."""
LOGS = REPLICATE / "logs" / "real-logs.json"
recorded = pytest.mark.skipif(not LOGS.exists(), reason="../shared/replicate is absent")


def real_logs() -> list[str]:
    return json.loads(Path(LOGS).read_text())


@pytest.mark.recorded
@recorded
def test_every_real_log_with_a_bar_gives_progress() -> None:
    with_bar = [log for log in real_logs() if re.search(r"\d+%\|", log)]
    assert len(with_bar) == 151
    assert [log[-200:] for log in with_bar if progress(log) is None] == []


@pytest.mark.recorded
@recorded
def test_the_last_bar_of_a_real_log_wins() -> None:
    for log in real_logs():
        bars = re.findall(r"(\d{1,3})%\|[^|\r\n]*\| *(\d+)/(\d+) \[", log.replace("\r", "\n"))
        found = progress(log)
        if bars and found is not None and found.label is None and found.total == int(bars[-1][2]):
            assert found.current == int(bars[-1][1])
            assert abs(found.fraction - int(bars[-1][0]) / 100) <= 0.02


@pytest.mark.recorded
@recorded
def test_real_logs_without_any_count_give_none() -> None:
    for log in real_logs():
        if not re.search(r"%|step|iteration", log, re.IGNORECASE):
            assert progress(log) is None


@pytest.mark.recorded
@recorded
def test_the_share_of_real_logs_with_progress_is_above_the_official_clients(
    record_property: Callable[[str, object], None],
) -> None:
    logs = real_logs()
    ours = [log for log in logs if progress(log) is not None]
    theirs = [log for log in logs if any(OFFICIAL.match(line) for line in log.split("\n"))]
    assert len(logs) == 178
    assert all(progress(log) is not None for log in theirs)
    assert all(0.0 <= found.fraction <= 1.0 for log in ours if (found := progress(log)))
    record_property(
        "figure",
        f"progress is read from {len(ours)} of {len(logs)} real logs ({len(ours) / len(logs):.0%}); "
        f"the official client's rule reads {len(theirs)} ({len(theirs) / len(logs):.0%})",
    )
    assert len(ours) >= 153 > len(theirs)


@pytest.mark.recorded
@recorded
def test_progress_of_a_real_log_comes_from_a_line_that_counts() -> None:
    for log in real_logs():
        found = progress(log)
        if found is not None and found.total is None:
            assert f"{round(found.fraction * 100)}%" in log.replace(" ", "")
        elif found is not None:
            # Byte counts are scaled; all others are printed as they are.
            assert re.search(rf"{found.current}\s*(?:/|,? ?(?:out )?of)\s*{found.total}", log) or re.search(
                r"\d[KMG]/\d", log
            )


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (" 45%|████▌     | 9/20 [00:04<00:05,  2.1it/s]", Progress(0.45, 9, 20, None, 5.0)),
        (
            "PLMS Sampler:  98%|█████████▊| 49/50 [00:04<1:02:03, 12it/s]",
            Progress(0.98, 49, 50, "PLMS Sampler", 3723.0),
        ),
        ("100%|##########| 299/299 [01:16<00:00,  3.78it/s]\r\nThe video is ready", Progress(1.0, 299, 299, None, 0.0)),
        ("  0%|          | 0/100 [00:00<?, ?it/s]", Progress(0.0, 0, 100)),
        (
            "x: 49%|████▉     | 441M/892M [00:03<00:02, 190MB/s]",
            Progress(441 / 892, 441_000_000, 892_000_000, "x", 2.0),
        ),
        ("Step 190 of 200:\nDone!", Progress(0.95, 190, 200, "Step")),
        ("step: 240, out of 250 steps", Progress(0.96, 240, 250, "step")),
        ("step 3/8", Progress(0.375, 3, 8, "step")),
        ("Epoch [2/4] loss 1", Progress(0.5, 2, 4, "Epoch")),
        ("403 /    400\nnothing more", Progress(1.0, 403, 400)),
        (" |████████| 40.00% [2/5 00:01<00:02]", Progress(0.4, 2, 5, None, 2.0)),
        ("progress: 40%", Progress(0.4)),
        (" 50%|█████     |\r 60%|██████    |", Progress(0.6)),
        ("  59/100  6.73G  1.205  10  640: 100%|██| 16/16 [00:05<00:00,  2.78it/s]", Progress(0.59, 59, 100)),
        ("  59/100  6.73G  1.205  10  640:  50%|█ | 8/16 [00:05<00:05,  2.78it/s]", Progress(0.585, 59, 100)),
        ("Epoch 3/10:  25%|▎ | 5/20 [00:04<00:05, loss=2]", Progress(0.225, 3, 10, "Epoch")),
        ("Epoch 0/10:  25%|▎ | 5/20 [00:04<00:05]", Progress(0.25, 5, 20, "Epoch 0/10", 5.0)),
        ('{"current_steps": 1910, "total_steps": 3820, "loss": 2.5, "epoch": 0.4}', Progress(0.5, 1910, 3820)),
        ("{'step': 290, 'max_steps': 580, 'loss': 2.5}", Progress(0.5, 290, 580)),
        ("iteration=3 max_iterations=4 loss=0.1", Progress(0.75, 3, 4)),
        ('{"epoch": 1.5, "num_epochs": 3}', Progress(0.5, 1, 3)),
        ("100%|██| 4/4 [00:01<00:00]\n 25%|▎ | 1/4 [00:01<00:03]", Progress(0.25, 1, 4, None, 3.0)),
    ],
)
def test_bars_and_steps_are_read_as_they_are_printed(log: str, expected: Progress) -> None:
    found = progress(log)
    assert found is not None
    assert found.fraction == pytest.approx(expected.fraction)
    assert (found.current, found.total, found.label, found.eta_seconds) == (
        expected.current,
        expected.total,
        expected.label,
        expected.eta_seconds,
    )


@pytest.mark.parametrize(
    "log",
    [
        "",
        "hello",
        "10/12/2024 08:00",
        "/tmp/1/2",
        "GPU KV cache usage: 0.0%",
        "http://x/3/4",
        "deflated 21%",
        "0it [00:00, ?it/s]",
        "Total safe images: 1 out of 1",
        "step 3/0",
        "999%|██| 1/2",
        "ratio 3/4 of it",
        '{"max_steps": 500, "num_epochs": 3}',
        '{"step": 501, "max_steps": 500}',
        "max_steps: 500, step: 3%",
    ],
)
def test_what_is_no_progress_gives_none(log: str) -> None:
    assert progress(log) is None


def test_a_bar_far_from_the_end_is_still_found_and_a_huge_log_is_cheap() -> None:
    bar = " 45%|████▌     | 9/20 [00:04<00:05,  2.1it/s]\n"
    logs = (
        bar + "a line that says nothing\n" * 400_000,
        "9" * 5_000_000,
        "step " * 1_000_000,
        "1%|" * 2_000_000,
        "\n" * 5_000_000,
    )
    assert progress(logs[0]) == Progress(0.45, 9, 20, None, 5.0)
    began = time.process_time()
    for log in logs:
        progress(log)
    assert time.process_time() - began < 1.0


def test_a_label_carries_no_control_code() -> None:
    found = progress("\x1b[31m\x1b]0;t\x07[/]bad\u202e:  50%|█ | 1/2 [00:01<00:01]")
    assert found is not None
    assert found.label is not None
    assert found.label.isprintable()


lines = st.one_of(
    st.text(max_size=40),
    st.builds(
        "{}{}%|{}| {}/{} [00:01<{}, 1it/s]".format,
        st.sampled_from(["", "x: ", "\x1b[2K"]),
        st.integers(-5, 2000),
        st.text("█# ", max_size=5),
        st.integers(-2, 10**20),
        st.integers(-2, 10**20),
        st.sampled_from(["?", "00:05", "9999:99:99", "1:2"]),
    ),
    st.builds(
        "{} {} {} {}".format,
        st.sampled_from(["step", "Epoch:", "loss ="]),
        st.integers(),
        st.sampled_from(["of", "/"]),
        st.integers(),
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=6), st.sampled_from(["\n", "\r", "\r\n"]))
def test_any_log_gives_progress_between_none_and_all_or_nothing(parts: list[str], joint: str) -> None:
    log = joint.join(parts)
    found = progress(log)
    if found is not None:
        assert 0.0 <= found.fraction <= 1.0
        assert found.eta_seconds is None or found.eta_seconds >= 0
        assert found.label is None or found.label.isprintable()


@pytest.mark.parametrize(
    ("found", "elapsed", "left"),
    [
        (Progress(0.25, 1, 4), 10.0, 30.0),
        (Progress(0.25, 1, 4, None, 5.0), 10.0, 5.0),
        (Progress(0.001, 1, 1000), 10.0, None),
        (Progress(0.5), 0.0, None),
        (Progress(1.0, 4, 4, None, 0.0), 10.0, None),
    ],
)
def test_time_left_is_the_bars_own_or_what_the_time_so_far_tells(
    found: Progress, elapsed: float, left: float | None
) -> None:
    assert time_left(found, elapsed) == left
