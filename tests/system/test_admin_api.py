"""The admin's JSON: every operation that static/openapi.json describes is called, every answer has the shape that
it promises, and nothing is there that it does not describe."""

import json
import re

import httpx
import jsonschema
import pytest

import gemini
from admin_client import sign_in
from stand import ADMIN_TOKEN, ROOT, wait_until
from upstream import gemini_reply

API = json.loads((ROOT / "static" / "openapi.json").read_text())
NEW = "AIzaSyB4kQ9w-Zr3TmVx7Lp2Nc8Yd5Hs1Fg6JuA"
OTHER = "AIzaSyC5lR0x-As4UnWy8Mq3Od9Ze6It2Gh7KvB"


def shape_of(operation, status, kind="application/json"):
    schema = operation["responses"][str(status)].get("content", {}).get(kind, {}).get("schema")
    return schema and {"$defs": API["components"]["schemas"]} | json.loads(
        json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))


@pytest.fixture
def api(stand):
    """Calls an operation and holds its answer against the description; remembers which were called."""
    called = set()
    with httpx.Client(base_url=stand.url, timeout=60, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}) as client:
        def call(method, path, body=None, status=200, query=None, **captures):
            operation = API["paths"][path][method]
            called.add((method, path))
            url = re.sub(r"{(\w+)}", lambda found: str(captures[found[1]]), path)
            answer = client.request(method, url, json=body, params=query)
            assert answer.status_code == status, f"{method} {url}: {answer.status_code} {answer.text}"
            wanted = shape_of(operation, status)
            if wanted is None:
                return answer.text
            defs = {"$defs": {name: json.loads(json.dumps(each).replace("#/components/schemas/", "#/$defs/"))
                              for name, each in API["components"]["schemas"].items()}}
            jsonschema.validate(answer.json(), wanted | defs)
            for key in stand.keys:
                assert key not in answer.text
            return answer.json()
        call.called = called
        call.client = client
        yield call


def test_every_operation_does_what_it_promises(stand, upstream, api):
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[2])
    for _ in range(4):
        stand.chat()
    stand.chat(model="no-such-model")
    wait_until(lambda: len(api("get", "/api/logs/requests")["logs"]) == 5, 20)
    wait_until(lambda: api("get", "/api/keys", query={"status": "dead"})["total_items"] == 1, 20)

    # keys
    assert api("post", "/api/keys", {"keys": [NEW, OTHER], "label": "two", "cap_requests_day": 9})["added"] == 2
    assert api("post", "/api/keys", {"keys": NEW, "cap_share": 900}, 400)["error"]["message"]
    listed = api("get", "/api/keys", query={"label": "two", "limit": 1})
    assert (listed["total_items"], len(listed["keys"]), listed["keys"][0]["cap_requests_day"]) == (2, 1, 9)
    assert api("get", "/api/keys", query={"page": 0}, status=400)
    assert api("get", "/api/keys/all")["total_count"] == 5
    number = listed["keys"][0]["id"]
    changed = api("patch", "/api/keys/{id}", {"project": "p", "cap_requests_day": None, "weight": 2}, id=number)
    assert (changed["project"], changed["cap_requests_day"], changed["weight"], changed["label"]) == ("p", 0, 2, "two")
    api("patch", "/api/keys/{id}", {"weight": "heavy"}, 400, id=number)
    assert api("get", "/api/keys/{id}", id=number) == changed
    api("get", "/api/keys/{id}", status=404, id=999)
    for action in ("pause", "resume", "reset"):
        assert api("post", "/api/keys/action", {"action": action, "ids": [number, 999]})["changed"] == 1
    assert api("post", "/api/keys/action", {"action": "edit", "filter": {"label": "two"}, "project": "q"})["changed"] == 2
    verified = api("post", "/api/keys/action", {"action": "verify", "filter": {}})
    assert (verified["valid_count"], verified["invalid_count"]) == (4, 1)
    api("post", "/api/keys/action", {"action": "explode", "ids": [number]}, 400)
    api("post", "/api/keys/action", {"action": "delete"}, 400)
    api("get", "/api/key-usage-details/{id}", id=1)
    gone = api("post", "/api/config/keys/delete-selected", {"keys": [NEW, "AIzaSyUnknown_0000000000000000000000000"]})
    assert (gone["deleted_count"], len(gone["not_found_keys"])) == (1, 1)
    api("post", "/api/config/keys/delete-selected", {"keys": []}, 400)
    left = api("get", "/api/keys", query={"label": "two"})["keys"][0]["id"]
    api("delete", "/api/config/keys/{id}", id=left)
    api("delete", "/api/keys/{id}", status=404, id=left)
    api("delete", "/api/keys/{id}", id=1)

    # tokens
    made = api("post", "/api/tokens", {"name": "script", "models": ["gemini-*"], "requests_per_day": 5})
    assert stand.chat(token=made["token"]).status_code == 200
    api("post", "/api/tokens", {"expires": "someday"}, 400)
    assert any(each["id"] == made["id"] for each in api("get", "/api/tokens")["tokens"])
    edited = api("patch", "/api/tokens/{id}", {"requests_per_day": 7, "paused": True}, id=made["id"])
    assert (edited["name"], edited["requests_per_day"], edited["paused"]) == ("script", 7, True)
    wait_until(lambda: stand.chat(token=made["token"]).status_code == 401, 20)
    api("delete", "/api/tokens/{id}", id=made["id"])
    api("patch", "/api/tokens/{id}", {}, 404, id=made["id"])

    # settings, models, proxies
    assert "AUTH_TOKEN" not in api("get", "/api/config")
    assert api("put", "/api/config", {"MAX_RETRIES": 2, "FILTERED_MODELS": ["x"]})["saved"] == 2
    api("put", "/api/config", {"MAX_RETRIES": 99}, 400)
    assert api("get", "/api/config")["MAX_RETRIES"] == 2
    api("post", "/api/config/reset", {"names": ["NO_SUCH"]}, 400)
    assert api("post", "/api/config/reset", {"names": ["MAX_RETRIES"]})["reset"] == 1
    assert api("post", "/api/config/reset", {})["reset"] == 1
    models = api("get", "/api/config/ui/models", query={"refresh": "true"})["data"]
    assert models and any("chat" in each["abilities"] for each in models)
    direct = f"http://127.0.0.1:{stand.port}"
    tried = api("post", "/api/config/proxy/check-all", {"proxies": ["socks5://me:secret@127.0.0.1:1", "http://127.0.0.1:1"]})
    assert [each["is_available"] for each in tried] == [False, False]
    assert "secret" not in json.dumps(tried) and tried[0]["error_message"]
    api("post", "/api/config/proxy/check", {"proxy": direct})
    api("post", "/api/config/proxy/check", {"proxy": "ftp://127.0.0.1"}, 400)

    # log and counters
    number = stand.chat().headers["X-Log-Id"]
    wait_until(lambda: number in [str(each["id"]) for each in api("get", "/api/logs/requests")["logs"]], what="its row")
    tries = api("get", "/api/logs/requests/{id}/attempts", id=number)["tries"]
    assert tries[0]["key"] and tries[0]["rule"] == "ok"
    answered = tries[0]
    assert api("get", "/api/logs/requests/{id}/attempts", id=5) == {"tries": []}
    failed = api("get", "/api/logs/errors")["logs"]
    assert failed[0]["error_type"] and failed[0]["error_code"] == failed[0]["status_code"]
    tries = api("get", "/api/logs/errors/{id}/details", id=failed[0]["id"])["tries"]
    place = {"key_id": tries[-1]["key_id"], "timestamp": failed[0]["request_time"]}
    assert api("get", "/api/logs/errors/lookup", query=place | {"status_code": tries[-1]["status_code"]})["tries"]
    api("get", "/api/logs/errors/lookup", query=place | {"timestamp": "2020-01-01T00:00:00Z"}, status=404)
    api("get", "/api/logs/errors/lookup", query={"key_id": 1}, status=400)
    api("get", "/api/logs/errors/{id}/details", status=404, id=1)
    api("delete", "/api/logs/errors/{id}", status=204, id=failed[0]["id"])
    api("delete", "/api/logs/errors/{id}", status=404, id=failed[0]["id"])
    api("delete", "/api/logs/errors", {"ids": []}, 400)
    api("delete", "/api/logs/errors", {"ids": [1, 2]}, 204)
    api("delete", "/api/logs/errors/all", status=204)
    assert api("get", "/api/logs/errors")["logs"] == []
    assert api("get", "/api/stats")["1h"]["total"] >= 5
    api("get", "/api/stats/attention-keys", query={"status_code": 403})
    newest = api("get", "/api/stats/details", query={"period": "1h"})[0]
    assert (newest["status"], newest["status_code"], newest["key"]) == ("success", 200, answered["key"])
    api("get", "/api/stats/details", query={"period": "2h"}, status=400)
    of_key = api("get", "/api/stats/key-details", query={"id": answered["key_id"], "period": "1h"})
    assert of_key[0] == newest | {"timestamp": of_key[0]["timestamp"], "latency_ms": of_key[0]["latency_ms"]}
    api("get", "/api/stats/key-details", query={"id": answered["key_id"]}, status=400)
    api("get", "/api/stats/key-details", query={"id": 999, "period": "1h"}, status=404)
    api("get", "/api/version/check")
    assert "gb_attempts_total{rule=" in api("get", "/metrics")
    of_key = f'gb_key_tokens_total{{key="{answered["key_id"]}",kind="prompt"}}'
    wait_until(lambda: of_key in api("get", "/metrics", query={"keys": "true"}), 20, "the key's counters")

    described = {(method, path) for path, operations in API["paths"].items() for method in operations}
    assert described == api.called


def test_without_the_token_there_is_nothing(stand):
    with httpx.Client(base_url=stand.url, timeout=30) as stranger:
        for path, operations in API["paths"].items():
            for method in operations:
                answer = stranger.request(method, path.replace("{id}", "1"))
                assert answer.status_code == 401, f"{method} {path}"


def test_a_session_needs_its_csrf_token(stand):
    with sign_in(stand) as visitor:
        assert visitor.get("/api/keys").status_code == 200
        for path, operations in API["paths"].items():
            for method in set(operations) - {"get"}:
                answer = visitor.request(method, path.replace("{id}", "1"), json={})
                assert answer.status_code == 403, f"{method} {path}"
