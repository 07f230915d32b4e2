"""A model that takes a text and gives one."""

from cog import BaseRunner, Input


class Runner(BaseRunner):
    def setup(self) -> None:
        """Load what every prediction needs, once."""
        self.greeting = "Hello"

    def run(
        self,
        prompt: str = Input(description="Whom to greet."),
        times: int = Input(description="How often.", ge=1, le=10, default=1),
    ) -> str:
        """Run one prediction."""
        print(f"greeting {prompt!r} {times} times")
        return " ".join([f"{self.greeting}, {prompt}!"] * times)
