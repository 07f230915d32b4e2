"""An answer that streams, and what bench_chat measures beside: Textual's own stream, below a count of the keys."""

from __future__ import annotations

import asyncio
import sys
import time

END = "thelastwordofall"

PART = """\
## Section {n}

Some **words** about the thing, with `code` in them, and a [link](https://example.com/{n}) to more of it. They go on
for long enough to be wrapped, so that the layout has something to do with every one of them.

- a first point
- a second point, somewhat longer than the first
  - with a nested one

```python
def section_{n}(value: int) -> int:
    return value * {n}  # as it says
```

| name | value |
|------|------:|
| n    | {n}   |

"""


def text(tokens: int) -> str:
    """Markdown of so many tokens of four characters, whose last word is `END`."""
    parts: list[str] = []
    length = 0
    while length < tokens * 4:
        parts.append(PART.format(n=len(parts)))
        length += len(parts[-1])
    return "".join(parts)[: tokens * 4 - len(END) - 2] + "\n\n" + END


def program(tokens: int, rate: int) -> None:
    """`s` starts the stream, `p` counts up the line above it."""
    from textual.app import App, ComposeResult
    from textual.containers import VerticalScroll
    from textual.widgets import Label, Markdown

    class Program(App[None]):
        CSS = "Label { height: 1; }"

        def compose(self) -> ComposeResult:
            yield Label("ready")
            with VerticalScroll():
                yield Markdown()

        def on_mount(self) -> None:
            self.keys = 0

        def key_p(self) -> None:
            self.keys += 1
            self.query_one(Label).update(f"<{self.keys}>")

        def key_s(self) -> None:
            self.run_worker(self.stream(), group="stream", exit_on_error=True)

        async def stream(self) -> None:
            words = text(tokens)
            self.query_one(VerticalScroll).anchor()
            stream = Markdown.get_stream(self.query_one(Markdown))
            async for token in paced(words, rate):
                await stream.write(token)
            await stream.stop()

    Program().run()


async def paced(words: str, rate: int):
    """Tokens as they come from a network: each when it is due."""
    began = time.monotonic()
    for number in range(0, len(words), 4):
        due = began + number / 4 / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        yield words[number : number + 4]


if __name__ == "__main__":
    program(int(sys.argv[1]), int(sys.argv[2]))
