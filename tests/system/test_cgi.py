"""Plain CGI: a process for each request, the same answers, one rotation, nothing forgotten."""

import subprocess

import pytest

import gemini
from conftest import google_client, openai_client
from stand import ADMIN_TOKEN, TOKEN, chunks_of, text_of
from upstream import gemini_reply

MODEL = "gemini-3.8-flash"
PLAIN = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_chat_stream_native_models_health(make_stand, upstream):
    stand = make_stand(front="cgi")
    assert stand.chat().json()["choices"][0]["message"]["content"] == "Hello from Gemini"
    assert text_of(chunks_of(stand.chat(stream=True).content)) == "Hello from Gemini"
    answer = stand.post(f"/v1beta/models/{MODEL}:generateContent", PLAIN)
    assert answer.json()["candidates"][0]["content"]["parts"][0]["text"] == "Hello from Gemini"
    assert len(stand.get("/v1/models").json()["data"]) >= 5
    assert stand.get("/health").json()["keys"] == {"total": 3, "ready": 3}


def test_the_sdks(make_stand, upstream):
    stand = make_stand(front="cgi")
    with openai_client(stand) as client:
        answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
        assert answer.choices[0].message.content == "Hello from Gemini"
    assert google_client(stand).models.generate_content(model=MODEL, contents="Hi").text == "Hello from Gemini"


def test_errors_too(make_stand, upstream):
    stand = make_stand(front="cgi")
    assert stand.chat(token="wrong").status_code == 401
    assert stand.post("/v1/chat/completions", b"{").status_code == 400
    assert stand.get("/nothing").status_code == 404
    assert stand.request("DELETE", "/health", None, None).status_code == 405


def test_processes_rotate_together(make_stand, upstream):
    stand = make_stand(front="cgi", keys=4, POOL_AFFINITY="false")
    for _ in range(12):
        assert stand.chat().status_code == 200
    assert sorted(upstream.keys_used().values()) == [3] * 4


def test_a_death_and_a_rest_are_remembered(make_stand, upstream):
    stand = make_stand(front="cgi", keys=4)
    upstream.always(gemini_reply(gemini.KEY_LEAKED), key=stand.keys[0])
    upstream.always(gemini_reply(gemini.QUOTA_DAY), key=stand.keys[1])
    for _ in range(12):
        assert stand.chat().status_code == 200
    used = upstream.keys_used()
    assert used[stand.keys[0]] <= 1 and used[stand.keys[1]] <= 1


def test_the_admin_page(make_stand):
    stand = make_stand(front="cgi")
    answer = stand.get("/", token=None)
    assert answer.status_code == 200
    assert "auth_token" in answer.text


def by_hand(stand, method, path, body=b"", **variables):
    """Runs the program as a web server runs a CGI program; what it writes."""
    request = {"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": method,
               "SCRIPT_NAME": "", "PATH_INFO": path, "REQUEST_URI": path, "QUERY_STRING": "",
               "SERVER_NAME": "example.org", "SERVER_PORT": "443", "REMOTE_ADDR": "192.0.2.7",
               "CONTENT_LENGTH": str(len(body))} | variables
    done = subprocess.run(stand.arguments(), input=body, env=stand.environment() | request, capture_output=True,
                          timeout=60, cwd=stand.folder)
    assert done.returncode == 0, done.stderr
    head, _, content = done.stdout.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head.decode(), content


@pytest.mark.parametrize("variables, secure", [({"HTTPS": "on"}, True), ({}, False)])
def test_the_cookie_is_secure_under_https(make_stand, variables, secure):
    stand = make_stand(front="none")
    form = f"auth_token={ADMIN_TOKEN}".encode()
    head, _ = by_hand(stand, "POST", "/auth", form, CONTENT_TYPE="application/x-www-form-urlencoded",
                      SERVER_PORT="443" if secure else "80", **variables)
    cookie = next(line for line in head.splitlines() if line.lower().startswith("set-cookie:"))
    assert ("secure" in cookie.lower()) == secure


def test_a_call_without_any_web_server(make_stand, upstream):
    stand = make_stand(front="none")
    body = b'{"model":"gemini-3.8-flash","messages":[{"role":"user","content":"Hi"}]}'
    head, content = by_hand(stand, "POST", "/v1/chat/completions", body, CONTENT_TYPE="application/json",
                            HTTP_AUTHORIZATION=f"Bearer {TOKEN}")
    assert "Status: 200" in head
    assert b"Hello from Gemini" in content


@pytest.mark.parametrize("name", ["apache_cgid", "lighttpd_cgi"])
def test_a_query_gives_no_options(make_front, name):
    front = make_front(name)
    for query in ("--static+/etc", "--version", "x+--check", "--env-file%3D/dev/null"):
        answer = front.get("/static/passwd?" + query, token=None)
        assert answer.status_code in (400, 404) and b"root:" not in answer.content, query
    assert front.get("/health?a+b", token=None).status_code == 200
