"""Takes out of texts what no fixture may hold: tokens, signatures, addresses of people, and who the account is."""

import base64
import contextlib
import hashlib
import re

from tui.sandbox.jsons import Json, as_obj, loads

_TOKEN = re.compile(r"\br8_[A-Za-z0-9]{16,}\b")
_WEBHOOK_KEY = re.compile(r"\bwhsec_[A-Za-z0-9+/=]{16,}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_SIGNED = re.compile(
    r"(?i)([?&](?:signature|sig|token|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature"
    r"|x-goog-credential|googleaccessid|awsaccesskeyid|key)=)([^&\s\"'\\]+)"
)
_STAND_IN = re.compile(r"(?:r8_)?scrubbed[0-9a-f]{1,12}|person-[0-9a-f]{12}@example\.invalid")
_PERSONAL = ("username", "name", "avatar_url", "github_url", "email")


class Secrets:
    """What was found so far. `hide` puts a stand-in in its place, `reveal` gives it back, for the real API alone."""

    def __init__(self, *known: str) -> None:
        self._stand_ins: dict[str, str] = {}
        for number, secret in enumerate(filter(None, known), 1):
            self._stand_ins[secret] = f"r8_scrubbed{number}"

    def hide(self, text: str) -> str:
        """The text without secrets. The same secret always gets the same stand-in."""
        for pattern, made in (
            (_TOKEN, "r8_scrubbed{digits}"),
            (_EMAIL, "person-{digits}@example.invalid"),
        ):
            for match in pattern.finditer(text):
                if not self._is_stand_in(match[0]):
                    self._learn(match[0], made)
        for match in _WEBHOOK_KEY.finditer(text):
            if not self._is_stand_in(match[0]):
                digits = hashlib.sha256(match[0].encode()).hexdigest()[:24]
                self._stand_ins.setdefault(match[0], "whsec_" + base64.b64encode(digits.encode()).decode())
        for match in _SIGNED.finditer(text):
            if not self._is_stand_in(match[2]):
                self._learn(match[2], "scrubbed{digits}")
        # The longest first: one may be a part of another.
        for secret in sorted(self._stand_ins, key=len, reverse=True):
            text = text.replace(secret, self._stand_ins[secret])
        return text

    def reveal(self, text: str) -> str:
        """The text as the real API must get it."""
        for secret, stand_in in self._stand_ins.items():
            text = text.replace(stand_in, secret)
        return text

    def learn_account(self, body: str) -> None:
        """Takes the account's own facts for secrets from now on."""
        try:
            facts = as_obj(loads(body))
        except ValueError:
            return
        for field in _PERSONAL:
            value: Json = facts.get(field)
            if isinstance(value, str) and len(value) > 2:
                made = f"https://example.invalid/{field}" if value.startswith("http") else f"recorded-{field}"
                self._stand_ins.setdefault(value, made)

    def _learn(self, secret: str, made: str) -> None:
        digits = hashlib.sha256(secret.encode()).hexdigest()[:12]
        self._stand_ins.setdefault(secret, made.format(digits=digits))

    def _is_stand_in(self, text: str) -> bool:
        """Whether a program gives back what it got from here, or from a recording."""
        if text.startswith("whsec_"):
            with contextlib.suppress(ValueError):
                return re.fullmatch(rb"[0-9a-f]{24}", base64.b64decode(text[6:], validate=True)) is not None
        return _STAND_IN.fullmatch(text) is not None or text in self._stand_ins.values()
