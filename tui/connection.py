"""From settings to something to talk to: the API's address and token, or a lease on the embedded sandbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tui.api.token import Token
    from tui.settings import Settings


class CannotConnect(Exception):
    """The embedded sandbox does not start here; the text says why, in one sentence for a person."""


def _nothing() -> None:
    """An API elsewhere needs no goodbye."""


def _stands() -> bool:
    """Whether an API elsewhere answers is told by its answers."""
    return False


@dataclass(frozen=True)
class Connection:
    """An API to talk to. `close()` gives the sandbox's lease back; it may be called twice."""

    base_url: str
    token: Token | None
    account_hint: str | None
    """The account's name where it is known without asking: "sandbox" for the embedded one."""
    label: str
    """What the header calls it: "sandbox", the profile's name, or the host where it is not Replicate's."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What the profile adds to each request."""
    _release: Callable[[], None] = field(default=_nothing, repr=False)
    lost: Callable[[], bool] = field(default=_stands, repr=False)
    """Whether what it leads to has ended for good, as a sandbox that was killed. Returns at once."""

    def close(self) -> None:
        self._release()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(settings: Settings) -> Connection:
    """The API that the settings name. Blocks while the embedded sandbox starts; else does not use the network.

    With the sandbox, the token is the sandbox's own: one from the environment or a profile is not looked at.
    Raises CannotConnect.
    """
    if not settings.sandbox:
        return Connection(settings.base_url, settings.token, None, _label(settings), settings.headers)
    from tui.api.token import Token

    try:
        from tui.private_files import make_private
        from tui.sandbox import missing
        from tui.sandbox.embedded import acquire
        from tui.settings.environment import for_children

        if reason := missing.why_not(_how_to_install):
            raise CannotConnect(reason)
        # The sandbox may be the first to need it, and knows nothing of what else will lie there.
        make_private(settings.paths.data)
        lease = acquire(settings.paths.data / "sandbox", environment=for_children())
    except RuntimeError as error:  # says itself what did not start, and where its log lies
        raise CannotConnect(str(error)) from error
    except (ImportError, OSError) as error:
        raise CannotConnect(f"The sandbox does not start here: {error}.") from error
    own = lease.token
    token = own if isinstance(own, Token) else Token(str(own))
    return Connection(lease.base_url, token, "sandbox", "sandbox", _release=lease.close, lost=lease.lost)


def _how_to_install() -> str:
    from tui.extras import how_to_install

    return how_to_install("sandbox")


def _label(settings: Settings) -> str:
    host = urlsplit(settings.base_url).netloc
    if host != "api.replicate.com":
        return host
    return settings.profile
