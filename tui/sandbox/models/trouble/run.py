"""Cog model: goes wrong on request, in each way that a model can go wrong."""

import ctypes
import os
import time
import traceback
from collections.abc import Iterator

from cog import BaseRunner, ConcatenateIterator, Input, streaming
from coglet import CancelationException

ESC, BEL, CSI, OSC, ST, DCS = "\x1b", "\x07", "\x9b", "\x9d", "\x9c", "\x90"
# What must not reach a terminal: each is named, so that a reader sees where one was removed.
ESCAPES = (
    ("colour", f"{ESC}[31;1;5mred and blinking{ESC}[0m"),
    ("clear screen", f"{ESC}[2J{ESC}[H"),
    ("alternate screen", f"{ESC}[?1049h{ESC}[?1049l"),
    ("hidden cursor", f"{ESC}[?25l"),
    ("mouse reports", f"{ESC}[?1003h{ESC}[?1006h"),
    ("title by OSC 0", f"{ESC}]0;trouble took your title{BEL}"),
    ("clipboard by OSC 52", f"{ESC}]52;c;dHJvdWJsZSB0b29rIHlvdXIgY2xpcGJvYXJk{BEL}"),
    ("link by OSC 8", f"{ESC}]8;;http://127.0.0.1/trouble{ESC}\\a link{ESC}]8;;{ESC}\\"),
    ("notification by OSC 9", f"{ESC}]9;trouble{ESC}\\"),
    ("C1 colour", f"{CSI}35mmagenta{CSI}0m"),
    ("C1 title", f"{OSC}2;trouble by C1{ST}"),
    ("device control", f"{ESC}P$qm{ESC}\\{DCS}1;2|3{ST}"),
    ("device report", f"{ESC}[6n{ESC}[c{ESC}Z"),
    ("Kitty picture", f"{ESC}_Ga=T,f=24,s=1,v=1;AAAA{ESC}\\"),
    ("reset", f"{ESC}c"),
    ("shift to line drawing", f"{ESC}(0lqqk{ESC}(B\x0e\x0f"),
    ("backspaces and a carriage return", "abc\b\b\bxyz\rover"),
    ("bell, vertical tab, form feed, delete", f"{BEL}\v\f\x7f"),
    ("bidirectional override", "\u202egnp.exe\u202c and \u2066isolated\u2069"),
    ("unfinished sequence", f"{ESC}]0;this title never ends"),
    ("markup", "[/] [/red] [bold red]bold[/] [link=http://127.0.0.1]x[/link]"),
    ("action markup", "[@click=app.quit]x[/] [@click='app.bell()']y[/]"),
    ("broken markup", "[[[ ]]] [bold [red] \\[ [/bold] :smile: {0} %s $x"),
)
UNICODE = (
    "wide: 日本語 한국어 中文 ｆｕｌｌ",
    "right to left: שלום עולם مرحبا بالعالم",
    "combining: e\u0301 a\u0308 Z\u0351\u036b\u0343\u036a\u0302a\u0324l\u0325g\u031d\u032do\u0320",
    "emoji: 👍🏽 👩‍👩‍👧‍👦 🇩🇪 ☎️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "astral: 𝕋𝕣𝕠𝕦𝕓𝕝𝕖 𐍈 🜁",
    "invisible: zero\u200bwidth soft\u00adhyphen word\u2060joiner \ufeffmark",
    "lines: one\u2028two\u2029three\u0085four",
    "tabs: a\tbb\tccc\td",
    "private: \ue000 \uf8ff noncharacter: \ufffe",
)


def nap(seconds: float) -> None:
    """Sleep in short pieces: a cancellation is raised between two of them."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(0.05, left))


def exhaust() -> None:
    """Ask for more memory than a machine has."""
    ctypes.create_string_buffer(2**62)


class Runner(BaseRunner):
    """Every kind of trouble is a method of the same name."""

    def setup(self) -> None:
        """Nothing goes wrong yet."""
        print("trouble: ready")

    @streaming
    def run(
        self,
        kind: str = Input(
            description="What should go wrong. "
            "fail: an exception. fail_late: an exception after some output. code: an error that begins with E1001. "
            "memory: a real MemoryError. hang: nothing happens until it is canceled. stubborn: the same, and the "
            "first cancellations are ignored. slow: steps with pauses. flood: very many log lines. long_line: one "
            "very long log line. big: a very large output. escapes: control sequences and markup. unicode: hard "
            "text. nothing: no output. exit: the process ends.",
            choices=[
                "fail",
                "fail_late",
                "code",
                "memory",
                "hang",
                "stubborn",
                "slow",
                "flood",
                "long_line",
                "big",
                "escapes",
                "unicode",
                "nothing",
                "exit",
            ],
            default="fail",
        ),
        amount: int = Input(
            description="How much: words before fail_late, steps of slow, lines of flood, kilobytes of big and "
            "long_line, ignored cancellations of stubborn. 0 is the kind's own: 5, 20, 100000, 2000, 3.",
            ge=0,
            le=200_000,
            default=0,
        ),
        pause: float = Input(description="Seconds between the steps of slow and fail_late.", ge=0, le=60, default=0.2),
        seconds: float = Input(
            description="After this long hang and stubborn end by themselves.", ge=0, le=3600, default=1800
        ),
    ) -> ConcatenateIterator[str]:
        """Go wrong as asked."""
        try:
            yield from self._go_wrong(kind, amount, pause, seconds)
        except Exception:
            # Cog tells the last line alone.
            traceback.print_exc()
            raise

    def _go_wrong(self, kind: str, amount: int, pause: float, seconds: float) -> Iterator[str]:
        print(f"trouble of kind {kind}", flush=True)
        if kind in ("fail", "code", "memory"):
            self._fail(kind)
        elif kind == "fail_late":
            for number in range(amount or 5):
                yield f"word{number} "
                nap(pause)
            raise RuntimeError("failed late, as asked: what came before is still there")
        elif kind == "hang":
            yield "hanging "
            nap(seconds)
        elif kind == "stubborn":
            yield from self._resist(amount or 3, seconds)
        elif kind == "slow":
            steps = amount or 20
            for number in range(1, steps + 1):
                nap(pause)
                print(f"step {number}/{steps}", flush=True)
                yield f"{number} "
        elif kind in ("flood", "long_line"):
            self._log(kind, amount)
            yield "the log is full"
        elif kind == "big":
            yield from self._big((amount or 2000) * 1000)
        elif kind == "escapes":
            for name, text in ESCAPES:
                print(f"{name}: {text}", flush=True)
                yield f"{name}: {text}\n"
        elif kind == "unicode":
            for text in UNICODE:
                print(text, flush=True)
                yield text + "\n"
        elif kind == "exit":
            yield "going "
            print("the process ends now", flush=True)
            nap(0.05)
            os._exit(7)

    def _fail(self, kind: str) -> None:
        if kind == "memory":
            exhaust()
        if kind == "code":
            raise RuntimeError("E1001: out of memory (sandbox code 1001): use a smaller input [/] \x1b[31m")
        try:
            {}["cause"]
        except KeyError as cause:
            raise ValueError("failed, as asked") from cause

    def _resist(self, times: int, seconds: float) -> Iterator[str]:
        yield "stubborn "
        end, ignored = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            try:
                nap(left)
            except CancelationException:
                if ignored == times:
                    raise
                ignored += 1
                print(f"ignored cancellation {ignored} of {times}", flush=True)

    def _log(self, kind: str, amount: int) -> None:
        if kind == "long_line":
            print("long " * ((amount or 2000) * 200), flush=True)
            return
        lines = amount or 100_000
        for start in range(0, lines, 500):
            count = range(start + 1, min(lines, start + 500) + 1)
            print("\n".join(f"line {number} of {lines}: the quick brown fox" for number in count), flush=True)

    def _big(self, size: int) -> Iterator[str]:
        line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+\n"
        piece = line * 1000
        for start in range(0, size, len(piece)):
            yield piece[: size - start]
