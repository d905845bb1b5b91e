"""Google's own dialect: the client's bytes go up, upstream's bytes come down."""

import json

import pytest

import gemini
from front_calls import PATIENCE, InStep
from stand import TOKEN
from upstream import Answer, Reply, gemini_reply, json_reply

MODEL = "gemini-3.8-flash"
PREFIXES = ["/v1beta", "/gemini/v1beta"]
# Odd, but JSON: blanks, an escape, a duplicate name, snake_case, a large number, what we do not know.
ODD = ('{ "contents" :[{"role":"user","parts":[{"text":"Gr\\u00fc\\u00dfe \U0001f30d"}]}],\n\t"generation_config":'
       '{"temperature":1.0000000000000000001,"seed":9007199254740993},"future_field":{"a":[1,2,{}],"a":null},\r\n'
       '"safety_settings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}] }').encode()
PLAIN = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def path_of(verb, prefix="/v1beta", model=MODEL, query=""):
    return f"{prefix}/models/{model}:{verb}{query}"


def test_the_sdk_gets_an_answer(google_sdk, upstream):
    answer = google_sdk.models.generate_content(model=MODEL, contents="Hi")
    assert answer.text == "Hello from Gemini"
    assert upstream.last.path == f"/v1beta/models/{MODEL}:generateContent"


def test_the_sdk_reads_the_stream(google_sdk, upstream):
    pieces = [chunk.text for chunk in google_sdk.models.generate_content_stream(model=MODEL, contents="Hi")]
    assert pieces == ["Hello", " from", " Gemini"]


def test_the_sdk_uses_tools(google_sdk, upstream):
    upstream.script(json_reply(gemini.event(gemini.call("get_weather", {"city": "Bern"}), finish="STOP")))
    tool = {"function_declarations": [{"name": "get_weather", "parameters": {
        "type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}]}
    answer = google_sdk.models.generate_content(model=MODEL, contents="Weather?", config={"tools": [tool]})
    assert answer.function_calls[0].name == "get_weather"
    assert answer.function_calls[0].args == {"city": "Bern"}


def test_the_sdk_counts_and_embeds(google_sdk, upstream):
    assert google_sdk.models.count_tokens(model=MODEL, contents="Hi").total_tokens == 7
    upstream.always(json_reply({"embeddings": [{"values": [0.5, 0.25]}]}), verb="batchEmbedContents")
    upstream.always(json_reply({"embedding": {"values": [0.5, 0.25]}}), verb="embedContent")
    made = google_sdk.models.embed_content(model="gemini-embedding-2", contents="Hi")
    assert made.embeddings[0].values == [0.5, 0.25]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("verb", ["generateContent", "countTokens", "embedContent"])
def test_the_clients_bytes_go_up_untouched(make_stand, upstream, prefix, verb):
    stand = make_stand(SAFETY_SETTINGS="[]")
    upstream.always(json_reply({"ok": True, "candidates": gemini.text_events("x")[0]["candidates"]}))
    odd = ODD if verb != "embedContent" else ODD.replace(b'"contents" :[', b'"content" : {"parts":[]}, "more":[')
    answer = stand.post(path_of(verb, prefix), odd)
    assert answer.status_code == 200
    assert upstream.last.body == odd
    assert upstream.last.path == path_of(verb)
    assert upstream.last.header("Content-Type") == "application/json"


def test_batches_of_embeddings(stand, upstream):
    body = {"requests": [{"model": "models/gemini-embedding-2", "content": {"parts": [{"text": "a"}]}}] * 3}
    answer = stand.post(path_of("batchEmbedContents", model="gemini-embedding-2"), body)
    assert answer.status_code == 200
    assert len(answer.json()["embeddings"]) == 3


def test_safety_settings_are_spliced_in_and_the_clients_own_win(make_stand, upstream):
    default = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}]
    stand = make_stand(SAFETY_SETTINGS=default)
    stand.post(path_of("generateContent"), PLAIN)
    assert upstream.last.json["safetySettings"] == default
    assert upstream.last.json["contents"] == PLAIN["contents"]
    stand.post(path_of("generateContent"), ODD)
    assert upstream.last.body == ODD


@pytest.mark.parametrize("gzip", [False, True])
def test_upstreams_bytes_come_down_untouched(stand, upstream, gzip):
    body = b'{\n  "candidates": [ {"content":{"parts":[{"text":"\\u00fc \xc3\xbc"}],"role":"model"},"finishReason":"STOP"} ] \n}\n'
    upstream.script(Reply(steps=(body,), gzip=gzip))
    answer = stand.post(path_of("generateContent"), PLAIN)
    assert answer.content == body
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"


@pytest.mark.parametrize("gzip", [False, True])
def test_a_stream_of_events_comes_down_untouched(stand, upstream, gzip):
    events = gemini.text_events("Hello", " there", "!")
    upstream.script(Answer(*events, gzip=gzip))
    with stand.stream(path_of("streamGenerateContent", query="?alt=sse"), PLAIN) as answer:
        body = answer.read()
    assert body == b"".join(gemini.sse_frame(event, 0) for event in events)
    assert answer.headers["content-type"] == "text/event-stream"
    assert upstream.last.query == {"alt": "sse"}


def test_a_streamed_array_comes_down_untouched(stand, upstream):
    events = gemini.text_events("Hello", " there", "!")
    upstream.script(Answer(*events, gap=0.05))
    with stand.stream(path_of("streamGenerateContent"), PLAIN) as answer:
        body = answer.read()
    assert body == b"".join(gemini.array_frame(event, at) for at, event in enumerate(events)) + b"]"
    assert json.loads(body)[2]["candidates"][0]["finishReason"] == "STOP"
    assert upstream.last.query == {}


@pytest.mark.parametrize("error", ["BAD_FIELD", "TOO_MANY_TOKENS"])
@pytest.mark.parametrize("verb", ["generateContent", "streamGenerateContent", "countTokens"])
def test_errors_come_down_verbatim(stand, upstream, error, verb):
    status, body = getattr(gemini, error)
    upstream.always(gemini_reply((status, body)))
    answer = stand.post(path_of(verb), PLAIN)
    assert answer.status_code == status
    assert answer.content == gemini.pretty(body)


def test_an_array_wrapped_error_comes_down_verbatim(stand, upstream):
    status, body = gemini.BAD_FIELD
    upstream.always(json_reply([body], status))
    answer = stand.post(path_of("streamGenerateContent"), PLAIN)
    assert (answer.status_code, answer.content) == (status, gemini.pretty([body]))


def test_a_quota_error_keeps_its_details(make_stand, upstream):
    stand = make_stand(keys=1)
    status, body = gemini.QUOTA_MINUTE
    upstream.always(gemini_reply((status, body)))
    answer = stand.post(path_of("generateContent"), PLAIN)
    assert answer.status_code == 429
    assert answer.content == gemini.pretty(body)


def test_the_query_is_passed_on_without_the_credential(stand, upstream):
    answer = stand.post(path_of("generateContent", query=f"?key={TOKEN}&prettyPrint=false&x=%2Fa%20b"), PLAIN,
                        token=None)
    assert answer.status_code == 200
    assert upstream.last.target.endswith("?prettyPrint=false&x=%2Fa%20b")


def test_googles_headers_are_passed_on(stand, upstream):
    stand.post(path_of("generateContent"), PLAIN, headers={
        "X-Goog-Api-Client": "google-genai-sdk/9", "X-Server-Timeout": "30", "X-Private": "no"})
    assert upstream.last.header("X-Goog-Api-Client") == "google-genai-sdk/9"
    assert upstream.last.header("X-Server-Timeout") == "30"
    assert upstream.last.header("X-Private") is None


@pytest.mark.parametrize("path", [f"/v1beta/models/{MODEL}%3AgenerateContent",
                                  f"//v1beta/models/{MODEL}:generateContent"])
def test_ways_to_spell_the_path(stand, upstream, path):
    assert stand.post(path, PLAIN).status_code == 200
    assert upstream.last.path == path_of("generateContent")


def test_a_failure_inside_a_stream_of_events(stand, upstream):
    error = gemini.sse_frame(gemini.INTERNAL[1], 0)
    upstream.always(Answer(gemini.event({"text": "Once"}), end=error))
    with stand.stream(path_of("streamGenerateContent", query="?alt=sse"), PLAIN) as answer:
        body = answer.read()
    assert body == gemini.sse_frame(gemini.event({"text": "Once"}), 0) + error
    assert len(upstream.calls) == 1


def test_events_of_google_are_not_translated(stand, upstream):
    raw = b'data: {"candidates": [{"content": {"parts": [{"text": "a"}]}, "unknownThing": [1, 2]}]}\r\n\r\n'
    last = b'data: {"candidates": [{"finishReason": "STOP"}], "usageMetadata": {}}\r\n\r\n'
    upstream.script(Reply(steps=(raw, last), framing="chunked", headers=(("Content-Type", "text/event-stream"),)))
    with stand.stream(path_of("streamGenerateContent", query="?alt=sse"), PLAIN) as answer:
        assert answer.read() == raw + last


def test_a_large_body_goes_through_whole(stand, upstream):
    data = "A" * (12 << 20)
    body = json.dumps({"contents": [{"role": "user", "parts": [
        {"inlineData": {"mimeType": "image/png", "data": data}}]}], "safetySettings": []}).encode()
    assert stand.post(path_of("generateContent"), body).status_code == 200
    assert len(upstream.last.body) >= len(body)
    assert upstream.last.json["contents"][0]["parts"][0]["inlineData"]["data"] == data


def test_a_large_answer_comes_through_whole(stand, upstream):
    event = gemini.event({"inlineData": {"mimeType": "image/png", "data": "Z" * (8 << 20)}}, finish="STOP")
    upstream.script(json_reply(event), Answer(event))
    assert stand.post(path_of("generateContent"), PLAIN).content == gemini.pretty(event)
    with stand.stream(path_of("streamGenerateContent", query="?alt=sse"), PLAIN) as answer:
        assert answer.read() == gemini.sse_frame(event, 0)


def test_a_verb_that_is_not_offered(stand, upstream):
    answer = stand.post(path_of("doSomething"), PLAIN)
    assert answer.status_code == 404
    assert answer.json()["error"]["status"] == "NOT_FOUND"
    assert not upstream.calls


def test_text_is_streamed_piece_by_piece(stand, upstream):
    said = InStep(3)
    upstream.script(said)
    with stand.stream(path_of("streamGenerateContent", query="?alt=sse"), PLAIN, timeout=2 * PATIENCE) as answer:
        body = said.read(answer.iter_raw())
    assert said.held is None, f"event {said.held} was held back"
    assert all(word.strip().encode() in body for word in said.words)
