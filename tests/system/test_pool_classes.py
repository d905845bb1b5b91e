"""Every class of answer that rests, kills or spares a key: what the client gets, how the key stands after it, and
the rule in the attempt log. One key alone, so that the answer that counts is the class's own."""

import json

import gemini
from stand import wait_until
from stored import logged, stored
from upstream import gemini_reply, json_reply


def with_reason(status, message, word, reason):
    return gemini.error(status, message, word, gemini.error_info(reason))


def told(status, message, word):
    return gemini.error(status, message, word)


# What Google says: (status, body); rule; status for the client; the key's state; and why, as gbctl words it.
CLASSES = {
    "invalid": (gemini.KEY_INVALID, "key.invalid", 503, "rests", "a fault of the key"),
    "expired": (gemini.KEY_EXPIRED, "key.expired", 503, "rests", "a fault of the key"),
    "token type": (with_reason(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED",
                               "ACCESS_TOKEN_TYPE_UNSUPPORTED"), "key.unauthenticated", 503, "rests", "a fault of the key"),
    "leaked": (gemini.KEY_LEAKED, "key.leaked", 503, "dead", "key.leaked"),
    "suspended": (with_reason(403, "Permission denied: Consumer 'api_key:x' has been suspended.", "PERMISSION_DENIED",
                              "CONSUMER_SUSPENDED"), "key.suspended", 503, "dead", "key.suspended"),
    "project denied": (gemini.PROJECT_DENIED, "key.project_denied", 503, "dead", "key.project_denied"),
    "service disabled": (with_reason(403, "Generative Language API has not been used in project 1 before.",
                                     "PERMISSION_DENIED", "SERVICE_DISABLED"),
                         "key.project_setup", 503, "rests", "a fault of the key"),
    "key restricted": (with_reason(403, "Requests to this API are blocked.", "PERMISSION_DENIED",
                                   "API_KEY_SERVICE_BLOCKED"), "key.restricted", 503, "rests", "a fault of the key"),
    "spent": (told(402, "Your prepayment credits are depleted.", "FAILED_PRECONDITION"),
              "quota.spent", 429, "rests", "credits used up"),
    "cap reached": (told(429, "Your project has exceeded its monthly spending cap.", "RESOURCE_EXHAUSTED"),
                    "quota.spent", 429, "rests", "credits used up"),
    "minute": (gemini.QUOTA_MINUTE, "quota.minute", 429, "rests", "quota of the minute used up"),
    "day": (gemini.QUOTA_DAY, "quota.day", 429, "rests", "quota of the day used up"),
    "limit 0": (gemini.QUOTA_ZERO, "quota.none", 429, "rests", "model not on this key's tier"),
    "no details": (gemini.THROTTLED, "quota.throttled", 429, "rests", "refused without a reason"),
    "model gone": (told(404, "This model models/gemini-3.8-flash is no longer available to new users.", "NOT_FOUND"),
                   "model.gone", 404, "rests", "model not open to this key"),
    # those that are not the key's
    "bad field": (gemini.BAD_FIELD, "request.bad", 400, "serves", ""),
    "too long": (gemini.TOO_MANY_TOKENS, "request.too_long", 400, "serves", ""),
    "no such model": (gemini.model_not_found("gemini-3.8-flash"), "request.model", 404, "serves", ""),
    "resource of others": (told(403, "You do not have permission to access the File x or it may not exist.",
                                "PERMISSION_DENIED"), "resource.foreign", 403, "serves", ""),
    "location": (gemini.LOCATION, "egress.location", 400, "serves", ""),
    "internal": (gemini.INTERNAL, "upstream.internal", 500, "serves", ""),
    "overloaded": (gemini.OVERLOADED, "upstream.overloaded", 503, "serves", ""),
    "deadline": (gemini.DEADLINE, "upstream.deadline", 504, "serves", ""),
    "blocked prompt": ((200, gemini.BLOCKED),
                       "answer.blocked", 200, "serves", ""),
    "array": ((gemini.QUOTA_DAY[0], [gemini.QUOTA_DAY[1]]), "quota.day", 429, "rests", "quota of the day used up"),
    "html": ((503, b"<html><title>Error 503 (Service Unavailable)!!1</title></html>"), "upstream.overloaded", 503,
             "serves", ""),
    "nothing": ((500, b""), "upstream.internal", 500, "serves", ""),
}


def rules_of(stand, model):
    """The rules of the attempts of a model's requests."""
    return [rule for rule, in logged(stand, "SELECT a.rule FROM attempt_rows a JOIN request_rows r "
                                            "ON r.id = a.request_id WHERE r.model = ?", model)]


def line_of(stand, model):
    lines = stand.gbctl("pool", "explain", "--model", model).stdout.splitlines()
    assert len(lines) == 2, lines
    return lines[1]


def put_back(stand, upstream):
    """The key as a person sets it right, and a call that shows that it is."""
    upstream.reset()
    stand.gbctl("keys", "resume", "1")
    stand.gbctl("keys", "reset", "1")
    wait_until(lambda: stand.chat(model="gemini-3.6-flash").status_code == 200, 20, "the key's return")


def check(stand, upstream, model, row):
    (status, body), rule, answer, state, why = row
    upstream.reset()
    upstream.always(gemini_reply((status, body)) if status != 200 else json_reply(body))
    assert stand.chat(model=model).status_code == answer
    asked = len(upstream.calls)
    assert asked >= 1
    wait_until(lambda: len(rules_of(stand, model)) >= asked, 20, "the attempt's row")
    assert set(rules_of(stand, model)) == {rule}
    line = wait_until(lambda: f" {state} " in (line := line_of(stand, model)) and line, 20, state)
    assert why in line
    if state != "serves":
        assert stand.chat(model=model).status_code in (429, 503)
        assert len(upstream.calls) == asked, "a key that rests or is dead was asked"


def test_each_class(make_stand, upstream):
    stand = make_stand(keys=1, MAX_RETRIES="1")
    wrong = {}
    for number, (name, row) in enumerate(CLASSES.items()):
        try:
            check(stand, upstream, f"gemini-3.8-flash-{number}", row)
        except AssertionError as error:
            wrong[name] = str(error).splitlines()[0]
        put_back(stand, upstream)
    assert not wrong, wrong


def with_consumer(answer, number):
    """The same, with the project that Google says it is about."""
    status, body = answer[0], json.loads(json.dumps(answer[1]))
    body["error"]["details"].append({"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                                     "metadata": {"consumer": f"projects/{number}"}})
    return gemini_reply((status, body))


def projects_of(stand):
    return [project for project, in stored(stand, "SELECT project FROM keys ORDER BY id")]


def test_a_project_that_google_names(make_stand, upstream):
    """Keys that are told to be of one project are taken for it at once: when the day of one has ended, the others
    are not asked."""
    stand = make_stand(keys=3)
    upstream.always(with_consumer(gemini.QUOTA_MINUTE, 123456789))
    assert stand.chat().status_code == 429
    assert len(upstream.calls) == 3
    wait_until(lambda: projects_of(stand) == ["projects/123456789"] * 3, 20, "the keys' project")
    for key in "123":
        stand.gbctl("keys", "reset", key)
    upstream.reset()
    upstream.always(gemini_reply(gemini.QUOTA_DAY))
    wait_until(lambda: stand.chat().status_code == 429 and len(upstream.calls) > 0, 20, "a call to be refused")
    assert len(upstream.calls) == 1
