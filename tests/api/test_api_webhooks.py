import base64
import hashlib
import hmac
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tui.api.token import Token
from tui.api.webhooks import BadSignature, explain_mismatch, signed_headers, verify

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


SECRET = Token(f"whsec_{KEY}")


def test_what_is_signed_here_is_taken_by_an_independent_judge_and_refused_once_it_was_changed():
    body = '{"id": "p1", "text": "é 😀"}'.encode()
    signed = signed_headers(SECRET, "msg_1", body, int(time.time()))
    judge = Webhook(f"whsec_{KEY}")
    assert judge.verify(body, signed) == {"id": "p1", "text": "é 😀"}
    with pytest.raises(WebhookVerificationError):
        judge.verify(body.replace(b"p1", b"p2"), signed)


def signed_as(body, secret=SECRET):
    return signed_headers(secret, "msg_1", body, NOW)


@pytest.mark.parametrize(
    ("signed", "came", "told"),
    [
        (b'{"a": 1}\n', b'{"a": 1}', "line ends"),
        (b'{"a": 1}', b'{"a": 1}\r\n', "line ends"),
        (b'{\n"a": 1}', b'{\r\n"a": 1}', "line ends"),
        (b'{"a":1,"b":"\\u00e9"}', '{"a": 1, "b": "é"}'.encode(), "written anew"),
        ('{"a": 1, "b": "é"}'.encode(), '{"a":1,"b":"é"}'.encode(), "written anew"),
        (b'{"a": 1}', b'{"a": 2}', ""),
        (b"no json", b"no json either", ""),
        (b"", b"\n", "line ends"),
    ],
)
def test_it_says_how_a_body_was_changed_on_its_way(signed, came, told):
    headers = signed_as(signed)
    with pytest.raises(BadSignature):
        verify(SECRET, headers, came, now=NOW)
    said = explain_mismatch(SECRET, headers, came)
    assert told in said and bool(said) == bool(told)


@pytest.mark.parametrize("text", [f"whsec_{KEY}", KEY])
def test_it_knows_a_key_that_was_not_decoded(text):
    wrong = Token("whsec_" + base64.b64encode(text.encode()).decode())
    assert "text of the secret" in explain_mismatch(SECRET, signed_as(BODY, wrong), BODY)


def test_it_explains_nothing_where_the_signature_fits():
    assert explain_mismatch(SECRET, signed_as(BODY), BODY) == ""


def test_it_explains_nothing_by_headers_that_are_not_there():
    assert explain_mismatch(SECRET, {}, BODY) == ""
