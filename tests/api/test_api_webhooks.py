import base64
import hashlib
import hmac

import pytest

from tui.api.token import Token
from tui.api.webhooks import BadSignature, verify

KEY = "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"id": "p1"}'
NOW = 1_700_000_000


def headers(body=BODY, key=KEY, at=NOW, webhook_id="msg_1"):
    content = f"{webhook_id}.{at}.".encode() + body
    digest = hmac.new(base64.b64decode(key), content, hashlib.sha256).digest()
    signature = f"v1,old v1a,x v1,{base64.b64encode(digest).decode()}"
    return {"Webhook-Id": webhook_id, "Webhook-Timestamp": str(at), "webhook-signature": signature}


def test_a_webhook_as_replicate_signs_it_is_taken():
    verify(Token(f"whsec_{KEY}"), headers(), BODY, now=NOW + 200)


@pytest.mark.parametrize(
    ("given", "body", "now"),
    [
        (headers(), b'{"id": "p2"}', NOW),
        (headers(), BODY, NOW + 301),
        (headers(), BODY, NOW - 301),
        (headers(key="A" * 32), BODY, NOW),
        ({**headers(), "Webhook-Id": "msg_2"}, BODY, NOW),
        ({**headers(), "webhook-signature": ""}, BODY, NOW),
        ({**headers(), "webhook-signature": "v1,漢"}, BODY, NOW),
        ({**headers(), "Webhook-Timestamp": "soon"}, BODY, NOW),
        ({**headers(), "Webhook-Timestamp": "9" * 400}, BODY, NOW),
        ({}, BODY, NOW),
    ],
)
def test_a_webhook_that_was_changed_forged_or_kept_is_refused(given, body, now):
    with pytest.raises(BadSignature):
        verify(Token(f"whsec_{KEY}"), given, body, now=now)


def test_a_secret_that_is_none_is_refused_without_being_repeated():
    with pytest.raises(BadSignature) as refusal:
        verify(Token("whsec_not-base64!"), headers(), BODY, now=NOW)
    assert "not-base64" not in str(refusal.value)
