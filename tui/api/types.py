"""The objects that the API speaks of, as msgspec Structs.

Every field has a default, because the API leaves fields out: a text that is missing is "", a link or a number
that is missing is None, a time is aware and in UTC. Texts are cleaned (`text.clean`). `raw` is the answer as
it came, uncleaned and with every field: show it through `text.to_json` only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import field

from .decoding import decode as decode
from .decoding import decode_each as decode_each
from .decoding import is_object
from .decoding import parse_time as parse_time

T = TypeVar("T")

NO_TIME = 0.001
"""Seconds of a model's work below which it never began on what was canceled."""
TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
"""The statuses after which nothing changes. An unknown status is not among them (docs/replicate.md, Predictions)."""


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """What all objects have in common. Their repr is short and holds no foreign text but the id."""

    raw: dict[str, object] = field(default_factory=dict[str, object])
    """The answer as it came."""

    def __repr__(self) -> str:
        name = next((str(getattr(self, key)) for key in ("id", "ref", "slug", "name") if hasattr(self, key)), "")
        return f"{type(self).__name__}({name[:80]!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Account(Answer, kw_only=True, frozen=True):
    """Who a token belongs to, or who made a release."""

    type: str = ""
    """"user" or "organization"."""
    username: str = ""
    name: str = ""
    github_url: str | None = None
    avatar_url: str | None = None


class Version(Answer, kw_only=True, frozen=True):
    """One version of a model."""

    id: str = ""
    created_at: datetime | None = None
    cog_version: str = ""
    openapi_schema: dict[str, object] | None = None
    """The schema of its input and output; null for a version that has none (docs/replicate.md, Schemas and forms)."""


class Urls(Answer, kw_only=True, frozen=True):
    """Where the rest of an object is. They are opaque, and may point at any host."""

    get: str | None = None
    cancel: str | None = None
    stream: str | None = None
    """There when the model streams (docs/replicate.md, Streaming)."""
    web: str | None = None


class Prediction(Answer, kw_only=True, frozen=True):
    """One run of a model. Items of a list may lack input, output and logs (docs/replicate.md, Pages and filters)."""

    id: str = ""
    model: str = ""
    """"owner/name"; "" in old answers."""
    version: str = ""
    """64 hexadecimal digits; "hidden", "dp-…" or "d-…" for official models and deployments.

    Source: docs/replicate.md, Predictions.
    """
    deployment: str | None = None
    status: str = ""
    source: str = ""
    """"web" or "api"; "local" where it ran on this machine and the API knows nothing of it."""
    input: dict[str, object] = field(default_factory=dict[str, object])
    output: object = None
    logs: str = ""
    error: str | None = None
    metrics: dict[str, object] = field(default_factory=dict[str, object])
    urls: Urls = field(default_factory=Urls)
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    deadline: datetime | None = None
    data_removed: bool = False

    @property
    def is_terminal(self) -> bool:
        """Whether nothing will change any more. False for a status that is not known."""
        return self.status in TERMINAL

    @property
    def deleted_after_an_hour(self) -> bool:
        """Whether Replicate deletes what it took and gave (docs/replicate.md, Retention)."""
        return self.source not in ("web", "local")

    @property
    def ran(self) -> bool:
        """Whether the model began on it. One that was canceled before has a start too, 2 µs before its end.

        Source: docs/replicate.md, Cancel.
        """
        if self.started_at is None:
            return False
        seconds = self.predict_time
        return self.status != "canceled" or seconds is None or seconds >= NO_TIME

    @property
    def predict_time(self) -> float | None:
        """Seconds that the model ran, as billed; by the clock where the metric is missing; None before."""
        return _metric(self.metrics, "predict_time", _between(self.started_at, self.completed_at))

    @property
    def total_time(self) -> float | None:
        """Seconds from creation to the end, waiting and setup included; None before the end."""
        return _metric(self.metrics, "total_time", _between(self.created_at, self.completed_at))

    @property
    def queue_time(self) -> float | None:
        """Seconds that it waited and was set up before the model ran; None while it waits.

        Source: docs/replicate.md, Predictions.
        """
        waited = _between(self.created_at, self.started_at)
        if waited is None and self.total_time is not None and self.predict_time is not None:
            waited = max(0.0, self.total_time - self.predict_time)
        return waited


class Training(Prediction, kw_only=True, frozen=True):
    """One training of a model: a prediction whose output is a new version of another model.

    Source: docs/replicate.md, Trainings.
    """

    destination: str | None = None
    """"owner/name" of the model that gets the version, where the answer tells it."""

    @property
    def trained_version(self) -> str | None:
        """ "owner/name:version" of what was trained, once it is there."""
        return self._output("version")

    @property
    def goes_to(self) -> str | None:
        """ "owner/name" of the model that its version went or goes to, as far as it is told."""
        return self.destination or (self.trained_version or "").partition(":")[0] or None

    @property
    def weights(self) -> str | None:
        """The address of the trained weights, once they are there."""
        return self._output("weights")

    def _output(self, name: str) -> str | None:
        value = self.output.get(name) if is_object(self.output) else None
        return value if isinstance(value, str) and value else None


class Model(Answer, kw_only=True, frozen=True):
    """A model and the version that runs when none is named."""

    owner: str = ""
    name: str = ""
    url: str | None = None
    description: str = ""
    visibility: str = ""
    """"public" or "private"."""
    is_official: bool | None = None
    """None in answers from before September 2025."""
    github_url: str | None = None
    paper_url: str | None = None
    license_url: str | None = None
    run_count: int | None = None
    cover_image_url: str | None = None
    default_example: Prediction | None = None
    latest_version: Version | None = None

    @property
    def ref(self) -> str:
        """ "owner/name"."""
        return f"{self.owner}/{self.name}"


class Collection(Answer, kw_only=True, frozen=True):
    """Models that belong together. A list of collections has neither full descriptions nor models."""

    slug: str = ""
    name: str = ""
    description: str = ""
    full_description: str = ""
    models: tuple[Model, ...] = ()


class Hardware(Answer, kw_only=True, frozen=True):
    """Something that a model can run on."""

    name: str = ""
    sku: str = ""


class Configuration(Answer, kw_only=True, frozen=True):
    """What a deployment runs on, and how many instances of it (docs/replicate.md, Deployments and hardware)."""

    hardware: str = ""
    min_instances: int | None = None
    max_instances: int | None = None


class Release(Answer, kw_only=True, frozen=True):
    """The state of a deployment after one of its changes, numbered from 1."""

    number: int | None = None
    model: str = ""
    version: str = ""
    created_at: datetime | None = None
    created_by: Account | None = None
    configuration: Configuration = field(default_factory=Configuration)


class Deployment(Answer, kw_only=True, frozen=True):
    """A model kept at one's own address with one's own scaling."""

    owner: str = ""
    name: str = ""
    current_release: Release | None = None

    @property
    def ref(self) -> str:
        """ "owner/name"."""
        return f"{self.owner}/{self.name}"


class File(Answer, kw_only=True, frozen=True):
    """A file at the Files API, to be used as an input through `urls.get` (docs/replicate.md, Files)."""

    id: str = ""
    name: str = ""
    content_type: str = ""
    size: int | None = None
    """Bytes."""
    checksums: dict[str, object] = field(default_factory=dict[str, object])
    metadata: dict[str, object] = field(default_factory=dict[str, object])
    created_at: datetime | None = None
    expires_at: datetime | None = None
    urls: Urls = field(default_factory=Urls)


class HitMetadata(Answer, kw_only=True, frozen=True):
    """What the search knows of a model beside the model."""

    generated_description: str = ""
    tags: tuple[str, ...] = ()
    score: float | None = None


class Hit(Answer, kw_only=True, frozen=True):
    """One model that a search found."""

    model: Model = field(default_factory=Model)
    metadata: HitMetadata = field(default_factory=HitMetadata)


class DocPage(Answer, kw_only=True, frozen=True):
    """A page of the documentation that a search found."""

    name: str = ""
    href: str | None = None


class SearchResults(Answer, kw_only=True, frozen=True):
    """What GET /search found."""

    query: str = ""
    hits: tuple[Hit, ...] = field(name="models", default=())
    """The models with what the search knows of them, best first."""
    collections: tuple[Collection, ...] = ()
    pages: tuple[DocPage, ...] = ()

    @property
    def models(self) -> tuple[Model, ...]:
        """The models alone, best first."""
        return tuple(hit.model for hit in self.hits)


class Page(msgspec.Struct, Generic[T], kw_only=True, frozen=True):
    """One page of a list. `next` and `previous` are opaque addresses, to be followed as given.

    Source: docs/replicate.md, Pages and filters.
    """

    results: tuple[T, ...] = ()
    next: str | None = None
    previous: str | None = None
    raw: dict[str, object] = field(default_factory=dict[str, object])

    def __repr__(self) -> str:
        return f"Page({len(self.results)} results)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?"
_SITE = (
    r"(?:https?://)?(?:www\.)?replicate\.com/(?!(?:account|blog|collections|deployments|docs|explore|p)/)"
    r"([^/?#\s]+/[^/?#\s]+?)(?:/versions/([^/?#\s]+))?(?:[/?#]\S*)?"
)
"""A page of a model on replicate.com: its API, its examples, one of its versions."""
_TARGET = rf"({_PART})/({_PART})(?:[:@]([A-Za-z0-9._-]{{1,128}}))?/?"
_VERSION_ID = re.compile(r"[0-9a-f]{64}")


class Target(msgspec.Struct, frozen=True):
    """What something runs on: a model, one version of it, or a deployment. The one place of that rule.

    A version whose model is not known is a target too: `owner` and `name` are "" then.
    """

    owner: str
    name: str
    version: str | None = None
    """The version's id; None for an official model, for a deployment, and for "the latest"."""
    deployment: bool = False
    official: bool = False

    @classmethod
    def parse(cls, text: str, *, deployment: bool = False, bare: bool = False) -> Target:
        """The target that "owner/name" or "owner/name:version" names; a replicate.com address will do too.

        With `deployment` the name is a deployment's; with `bare` a version's id alone will do.
        Raises ValueError with a sentence for the user.
        """
        words = text.strip()
        if bare and _VERSION_ID.fullmatch(words):
            return cls("", "", words)
        found = re.fullmatch(_TARGET, _of_page(words))
        if not found:
            raise ValueError(f"{text[:100]!r} names no model: write OWNER/NAME or OWNER/NAME:VERSION.")
        return cls(found[1], found[2], found[3], deployment=deployment)

    @classmethod
    def of_model(cls, ref: str, model: Model | None = None, version: str | None = None) -> Target:
        """`version` of "owner/name"; without one the model itself where it is official, else its latest version."""
        owner, _, name = ref.partition("/")
        version = None if is_hidden(version) else version
        official = version is None and model is not None and bool(model.is_official)
        if version is None and not official and model is not None and model.latest_version is not None:
            version = None if is_hidden(model.latest_version.id) else model.latest_version.id
        return cls(owner, name, version, official=official)

    @classmethod
    def of_deployment(cls, ref: str) -> Target:
        """The deployment "owner/name"."""
        owner, _, name = ref.partition("/")
        return cls(owner, name, deployment=True)

    @classmethod
    def of_prediction(cls, prediction: Prediction, username: str = "") -> Target | None:
        """What a prediction or training ran on, so that it can run there again. None where the API does not tell.

        `username` is whose account it is: a deployment may be told by its name alone, and is then the account's.
        """
        if prediction.deployment:
            owner, slash, name = prediction.deployment.partition("/")
            if not slash:
                owner, name = username, owner
            return cls(owner, name, deployment=True) if owner and name else None
        version = None if is_hidden(prediction.version) else prediction.version
        owner, slash, name = prediction.model.partition("/")
        if owner and slash and name:
            return cls(owner, name, version, official=version is None and bool(prediction.version))
        return cls("", "", version) if version is not None and _VERSION_ID.fullmatch(version) else None

    @property
    def ref(self) -> str:
        """ "owner/name", without the version; "" where only a version is known."""
        return f"{self.owner}/{self.name}" if self.owner else ""

    @property
    def runs_version(self) -> str | None:
        """The version that a request names; None where the model or the deployment decides it."""
        return None if self.deployment or self.official else self.version

    @property
    def path(self) -> tuple[str, ...]:
        """Where a prediction on it is created, as the parts of the path (docs/replicate.md, Schemas and forms)."""
        if self.deployment:
            return ("deployments", self.owner, self.name, "predictions")
        if self.runs_version:
            return ("predictions",)
        return ("models", self.owner, self.name, "predictions")

    def __str__(self) -> str:
        if not self.owner:
            return self.version or ""
        return f"{self.ref}:{self.runs_version}" if self.runs_version else self.ref


def is_hidden(version: str | None) -> bool:
    """Whether a version is none that can be asked for: official models and deployments hide theirs
    (docs/replicate.md, Predictions)."""
    return not version or version == "hidden" or version.startswith(("d-", "dp-"))


class Creation(msgspec.Struct, frozen=True, kw_only=True):
    """What a creation asked for: enough to recognise it in a list. Its repr keeps the input to itself."""

    target: Target
    input: dict[str, object]
    kind: Literal["prediction", "training"] = "prediction"
    destination: str = ""
    """"owner/name" of the model that gets the version, of a training."""

    def __repr__(self) -> str:
        return f"Creation({self.kind} of {self.target})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a stream: "output", "logs", "error", "done", or an unknown name (docs/replicate.md, Streaming)."""

    kind: str
    data: str
    """Cleaned. Text for output and logs, JSON for error and done."""
    id: str | None = None


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What the API last said of its limits. Times are those of time.monotonic().

    Source: docs/replicate.md, Rate limits and errors.
    """

    remaining: int | None = None
    """Requests left before `reset_at`, creations apart."""
    reset_at: float | None = None
    waiting_until: float | None = None
    """Until when requests are held back after a 429; None, or in the past, when they are not."""
    creations_remaining: int | None = None
    """Creations left, as the last creation's answer said."""


def _between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())


def _metric(metrics: Mapping[str, object], name: str, otherwise: float | None) -> float | None:
    value = metrics.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        return float(value)
    return otherwise


def _of_page(text: str) -> str:
    """OWNER/NAME[:VERSION] of a model's page on replicate.com, nothing of its other pages; any other text as it is."""
    page = re.fullmatch(_SITE, text)
    if page is None:
        return "" if re.match(r"(?:https?://)?(?:www\.)?replicate\.com/", text) else text
    return f"{page[1]}:{page[2]}" if page[2] else page[1]
