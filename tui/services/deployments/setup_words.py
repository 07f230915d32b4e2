"""A deployment's setup, what one change of it means, and what it may cost, in words."""

from __future__ import annotations

from dataclasses import dataclass

from tui.api.types import Configuration, Release
from tui.services.usage.prices import MONTH_HOURS, Estimate, Prices, Running
from tui.wording import money

LEAST_BOUND = 5
"""The most that min_instances may be (docs/replicate.md, Deployments and hardware)."""
MOST_BOUND = 20
"""The most that max_instances may be (docs/replicate.md, Deployments and hardware)."""
IDLE_MINUTES = 15
"""So long a deployment must have been offline and unused before it can be deleted (docs/replicate.md, Operations)."""


@dataclass(frozen=True, slots=True)
class Setup:
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
        names = ("version", "hardware", "min_instances", "max_instances")
        return {name: getattr(other, name) for name in names if getattr(self, name) != getattr(other, name)}


def changes(before: Setup | None, after: Setup) -> list[str]:
    """What differs, each as `hardware: cpu → gpu-t4`; the whole setup where there was none before."""
    if before is None:
        return [
            f"model: {after.model}",
            f"version: {short(after.version)}",
            f"hardware: {after.hardware}",
            f"instances: {_counts(after)}",
        ]
    words: list[str] = []
    if before.model != after.model:
        words.append(f"model: {before.model} → {after.model}")
    if before.version != after.version:
        words.append(f"version: {short(before.version)} → {short(after.version)}")
    if before.hardware != after.hardware:
        words.append(f"hardware: {before.hardware} → {after.hardware}")
    if _counts(before) != _counts(after):
        words.append(f"instances: {_counts(before)} → {_counts(after)}")
    return words


def effects(before: Setup | None, after: Setup) -> list[str]:
    """What follows from the numbers of instances, in sentences."""
    if after.off:
        if before is None or before.off:
            return ["It stays off: nothing runs through it, and nothing is billed."]
        return ["It is switched off: what runs through it now is canceled, and nothing more is billed."]
    if after.min_instances == 0:
        return ["Nothing runs while nobody uses it; the first prediction after that waits for a cold start."]
    up = "1 instance is" if after.min_instances == 1 else f"{after.min_instances} instances are"
    return [f"{up} always up, and billed even while nobody uses it."]


def costs(before: Setup | None, after: Setup, prices: Prices) -> list[str]:
    """What it may cost idle and at most, per hour and month, with where the price is from."""
    running = prices.running(after.configuration)
    if running is None:
        return [
            f"What {after.hardware or 'the hardware'} costs is not known here ([prices.hardware] in the config file)."
        ]
    was = prices.running(before.configuration) if before is not None else None
    return [
        f"idle:    {_cost(running.idle)}{_was(was.idle if was else None, running.idle)}",
        f"at most: {_cost(running.most)}{_was(was.most if was else None, running.most)}",
        running.idle.source,
    ]


def per_hour(running: Running | None) -> str:
    """`$0–0.81/h` for a list: idle to at most; empty where it is not known."""
    if running is None:
        return ""
    idle, most = money(running.idle.dollars), money(running.most.dollars)
    return f"≈ {idle}/h" if idle == most else f"≈ {idle}–{most.removeprefix('$')}/h"


def short(version: str) -> str:
    """A version's id as people recognise it."""
    return version[:12] if len(version) > 20 else version


def _counts(setup: Setup) -> str:
    return "off (0)" if setup.off else f"{setup.min_instances} to {setup.max_instances}"


def _cost(estimate: Estimate) -> str:
    return f"{estimate} an hour, ≈ {money(estimate.dollars * MONTH_HOURS)} a month"


def _was(before: Estimate | None, after: Estimate) -> str:
    if before is None or before.dollars == after.dollars:
        return ""
    return f" (now {before} an hour)"
