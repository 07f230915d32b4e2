"""What a deployment runs, on what, and how often."""

from __future__ import annotations

from msgspec import Struct

from tui.api.types import Configuration, Release

LEAST_BOUND = 5
"""The most that min_instances may be (docs/replicate.md, Deployments and hardware)."""
MOST_BOUND = 20
"""The most that max_instances may be (docs/replicate.md, Deployments and hardware)."""
CHANGEABLE = ("version", "hardware", "min_instances", "max_instances")
"""What an update may change (docs/replicate.md, Operations)."""
FIELDS = ("name", "model", *CHANGEABLE)
"""What a deployment is made with."""


class Setup(Struct, frozen=True):
    """What a release runs, on what, and how often."""

    model: str
    """"owner/name"."""
    version: str
    """The version's id."""
    hardware: str
    """The SKU."""
    min_instances: int
    max_instances: int

    @classmethod
    def of(cls, release: Release | None) -> Setup:
        """The setup of a release; what the API left out is empty or 0."""
        if release is None:
            return cls("", "", "", 0, 0)
        setup = release.configuration
        return cls(release.model, release.version, setup.hardware, setup.min_instances or 0, setup.max_instances or 0)

    @property
    def off(self) -> bool:
        """Whether nothing can run through it."""
        return self.max_instances <= 0

    @property
    def configuration(self) -> Configuration:
        """Hardware and instances as the API's type."""
        return Configuration(hardware=self.hardware, min_instances=self.min_instances, max_instances=self.max_instances)

    @property
    def instances(self) -> str:
        """`0–2`, or `off`."""
        return "off" if self.off else f"{self.min_instances}–{self.max_instances}"

    def differing(self, other: Setup) -> dict[str, str | int]:
        """What of `other` differs, by the API's names; neither the model nor the name can be changed."""
        return {name: getattr(other, name) for name in CHANGEABLE if getattr(self, name) != getattr(other, name)}


def short(version: str) -> str:
    """A version's id as people recognise it."""
    return version[:12] if len(version) > 20 else version
