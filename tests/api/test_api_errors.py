import email.utils
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.api import errors
from tui.api import rate_limits as limits
from tui.api.error_codes import help_for
from tui.api.errors import InvalidInput, NotFound, PaymentRequired, RateLimited, ServerError, Unauthorized
from tui.api.problem_details import error_from
from tui.api.types import Prediction, decode

PROBLEM = {"content-type": "application/problem+json"}


def error_of(status, body, headers=PROBLEM):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_from(status, headers, content)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput),
        (401, Unauthorized),
        (402, PaymentRequired),
        (403, Unauthorized),
        (404, NotFound),
        (413, InvalidInput),
        (422, InvalidInput),
        (429, RateLimited),
        (500, ServerError),
        (503, ServerError),
        (302, errors.ApiError),
        (418, errors.ApiError),
    ],
)
def test_each_status_has_its_error_and_each_error_a_sentence(status, kind):
    for body in (b"", b"null", b'{"detail": null}', b"\xff\xfe", b"[1", json.dumps({"detail": "Why it is."}).encode()):
        error = error_of(status, body)
        assert type(error) is kind
        assert error.status == status
        assert str(error).strip()
        assert "\n" not in str(error)
    assert status == 302 or "Why it is" in str(error)


def test_a_bad_token_is_told_in_the_words_of_the_api():
    error = error_of(
        401,
        {"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401},
        {"cf-ray": "82cac197efaec53d-SEA"},
    )
    assert "You did not pass a valid authentication token" in str(error)
    assert error.title == "Unauthenticated"
    assert error.request_id == "82cac197efaec53d-SEA"


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            401,
            {"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401},
            "The token was not accepted: You did not pass a valid authentication token",
        ),
        (403, {"title": "Forbidden"}, "The token may not do this: Forbidden"),
        (
            402,
            {"title": "Insufficient credit", "detail": "Please wait a few minutes before trying again.", "status": 402},
            "The account's credit does not suffice: Please wait a few minutes before trying again.",
        ),
        (404, {"detail": "Not found.", "status": 404}, "Not found."),
        (404, {"title": "Not found", "detail": "Not found: no such prediction"}, "Not found: no such prediction"),
        (404, {"detail": "Not found: Not found: no such model"}, "Not found: no such model"),
        (404, {"detail": "Not foundling."}, "Not found: Not foundling."),
        (
            404,
            {"detail": "The specified training destination does not exist", "status": 404},
            "Not found: The specified training destination does not exist",
        ),
        (
            429,
            {"title": "Too many requests", "detail": "Request was throttled. Your rate limit resets in ~30s."},
            "Too many requests: Request was throttled. Your rate limit resets in ~30s.",
        ),
        (429, {"detail": "too many requests: wait"}, "Too many requests: wait"),
        (
            422,
            {
                "title": "Input validation failed",
                "detail": "- Additional property signal is not allowed\n",
                "invalid_fields": [],
            },
            "Input validation failed: Additional property signal is not allowed",
        ),
        (502, {"detail": "Internal server error"}, "The API failed with status 502: Internal server error"),
    ],
)
def test_a_refusal_says_each_thing_once(status, body, message):
    assert str(error_of(status, body)) == message


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (
            {
                "detail": "- Additional property signal is not allowed\n",
                "status": 422,
                "title": "Input validation failed",
                "invalid_fields": [
                    {
                        "type": "additional_property_not_allowed",
                        "field": "",
                        "description": "Additional property signal is not allowed",
                    }
                ],
            },
            {"signal": "Additional property signal is not allowed"},
        ),
        (
            {"invalid_fields": [{"type": "number_lte", "field": "input.width", "description": "Must be at most 1440"}]},
            {"width": "Must be at most 1440"},
        ),
        (
            {"invalid_fields": [{"type": "required", "field": "input", "description": "prompt is required"}]},
            {"prompt": "prompt is required"},
        ),
        (
            {"errors": [{"pointer": "/hardware", "detail": "gpu-t4 is not a valid hardware SKU."}]},
            {"hardware": "gpu-t4 is not a valid hardware SKU."},
        ),
        ({"errors": [{"pointer": "/input/images/0", "detail": "no link"}]}, {"images": "no link"}),
        (
            {"detail": [{"loc": ["body", "input", "steps"], "msg": "99 is greater than 10", "type": "value_error"}]},
            {"steps": "99 is greater than 10"},
        ),
        ({"detail": "- input.width: Must be less than 5\n- input: prompt is required\n"},
         {"width": "Must be less than 5", "prompt": "prompt is required"}),
        ({"invalid_fields": "odd", "errors": [None, 5], "detail": {"a": 1}}, {}),
        ({"invalid_fields": [{"field": 5, "description": None}]}, {}),
    ],
)  # fmt: skip
def test_a_refused_input_names_its_fields(body, fields):
    error = error_of(422, body)
    assert isinstance(error, InvalidInput)
    assert error.fields == fields


def test_escape_sequences_and_markup_in_a_refusal_are_harmless():
    error = error_of(
        422,
        {
            "title": "\x1b[31mT",
            "detail": "\x1b]0;x\x07bad[/]",
            "errors": [{"pointer": "/a\x1b[0m", "detail": "\x9b1m!"}],
        },
    )
    assert str(error) == "T: bad[/]"
    assert error.fields == {"a": "!"}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("text/html; charset=utf-8", b"<html><head><title>Just a moment...</title></head></html>", "Just a moment..."),
        ("application/octet-stream", b"\n<!DOCTYPE html><title>Web filter</title>", "Web filter"),
        ("text/plain", b"error code: 1020", "error code: 1020"),
        ("text/html", b"Access denied", "Access denied"),
    ],
)
def test_a_page_of_a_firewall_does_not_blame_the_token(status, kind, body, said):
    error = error_of(status, body, {"content-type": kind})
    assert type(error) is errors.ApiError
    assert str(error) == f"A firewall, a proxy or a VPN on the way refused it ({status}): {said}"


@pytest.mark.parametrize(("status", "lead"), [(401, "The token was not accepted"), (403, "The token may not do this")])
def test_a_refusal_of_the_api_itself_does_blame_the_token(status, lead):
    for kind in ("application/json", "text/html", "text/plain"):
        error = error_of(status, {"detail": "No such luck."}, {"content-type": kind})
        assert type(error) is Unauthorized and str(error) == f"{lead}: No such luck."
    assert type(error_of(status, b"", {"content-type": "text/plain"})) is Unauthorized


def test_a_page_of_html_is_told_by_its_title():
    page = b"<html><head><title>502 Bad &amp; Gateway</title><style>b{}</style></head><body>nginx</body></html>"
    error = error_of(502, page, {"content-type": "text/html"})
    assert "502 Bad & Gateway" in str(error)
    assert "<" not in str(error)


def test_the_text_of_a_load_balancer_is_in_the_error():
    error = error_of(404, b"response 404 (backend NotFound), service rules", {"content-type": "text/plain"})
    assert isinstance(error, NotFound)
    assert "backend NotFound" in str(error)


@given(st.integers(300, 599), st.binary(max_size=200), st.dictionaries(st.text(max_size=5), st.text(max_size=5)))
def test_no_refusal_is_too_odd_for_an_error(status, body, headers):
    assert str(error_from(status, headers, body))


NOW = email.utils.formatdate(1_700_000_000, usegmt=True)
LATER = email.utils.formatdate(1_700_000_042, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7", "ratelimit-reset": "1"}, {"retry_after": 5, "detail": "resets in ~9s"}, 7),
        ({"retry-after": LATER, "date": NOW}, None, 42),
        ({"retry-after": "soon"}, {"retry_after": 5, "detail": "resets in ~9s."}, 5),
        ({"ratelimit-reset": "3"}, {"detail": "Request was throttled. Your rate limit resets in ~30s."}, 30),
        ({}, {"detail": "is reduced to 6 requests per minute; it resets in ~1m30s."}, 90),
        ({"ratelimit-reset": "3"}, {"detail": "slow down"}, 3),
        ({}, "Your rate limit resets in ~2.5s", 2.5),
        ({}, {"detail": "slow down"}, None),
        ({"retry-after": "-5"}, None, 0),
        ({"retry-after": "nan"}, {"retry_after": True}, None),
        ({"retry-after": "9" * 400}, None, None),
        ({}, {"retry_after": "4"}, 4),
    ],
)
def test_the_wait_is_read_wherever_the_api_puts_it(headers, body, seconds):
    assert limits.told_wait(headers, body) == seconds


def test_a_reset_that_is_a_date_is_a_span_from_now():
    assert 50 < (limits.reset_in({"ratelimit-reset": str(int(time.time()) + 60)}) or 0) <= 60


def test_codes_in_a_predictions_error_have_advice():
    assert "memory" in (help_for("Prediction failed: out of memory (E1001)") or "")
    assert help_for("E0000 E9825: could not upload") == help_for("E9825")
    assert help_for("TYPE1001 nothing") is None
    assert help_for(None) is None
    assert all(help_for(code) for code in ("E1000", "E4875", "E6716", "E8367", "E8765", "E9243"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("The input or output was flagged as sensitive. Please try again with different inputs. (E005)", "sensitive"),
        ("NSFW content detected. Try running it again, or try a different prompt.", "sensitive"),
        ("Service is currently unavailable due to high demand. Please try again later. (E003)", "demand"),
        ("Service is temporarily unavailable. (E004)", "not available"),
        ("CUDA out of memory. Tried to allocate 2.00 GiB", "memory"),
        ("Director: unexpected error (E9828)", "E9828 is no code that is known here"),
        ("E017: something", "E017 is no code that is known here"),
    ],
)
def test_each_error_has_the_advice_of_its_code_or_of_its_words(error: str, words: str) -> None:
    assert words in (help_for(error) or "")


@pytest.mark.parametrize(
    "error", ["", "KeyError: 'E10'", "see E12345", "model E005x", "row E777 of the sheet is empty"]
)
def test_what_only_looks_like_a_code_has_none(error: str) -> None:
    assert help_for(error) is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("plain", "plain"),
        ({"detail": "CUDA out of memory", "code": "E1001"}, "CUDA out of memory (E1001)"),
        ({"message": "no such file (E9825)", "code": "E9825"}, "no such file (E9825)"),
        ({"error": {"message": "deep"}}, "deep"),
        ([{"loc": ["prompt"], "msg": "is too long"}, "and more"], "is too long; and more"),
        ({"odd": 1}, '{"odd": 1}'),
        (17, "17"),
        ({"detail": "\x1b[31mred"}, "red"),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_reason_is_told_whatever_its_shape(error: object, reason: str | None) -> None:
    assert decode(Prediction, {"id": "a", "status": "failed", "error": error}).error == reason
