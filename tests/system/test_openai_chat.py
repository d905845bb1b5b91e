"""Chat in OpenAI's dialect, answered whole."""

import base64
import re

import openai
import pytest

import gemini
from stand import chunks_of, text_of
from upstream import Answer, gemini_reply, json_reply, text

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n0123456789").decode()
MODEL = "gemini-3.8-flash"


def test_the_sdk_gets_an_answer(openai_sdk, upstream):
    answer = openai_sdk.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert answer.object == "chat.completion"
    assert answer.id.startswith("chatcmpl-")
    assert answer.model == MODEL
    assert len(answer.choices) == 1
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content == "Hello from Gemini"
    assert answer.choices[0].finish_reason == "stop"
    assert upstream.last.path == f"/v1beta/models/{MODEL}:generateContent"
    assert upstream.last.json["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


def test_the_second_prefix_is_the_same(stand, upstream):
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    answer = stand.post("/hf/v1/chat/completions", body)
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == "Hello from Gemini"


@pytest.mark.parametrize("role", ["system", "developer"])
def test_leading_instructions_become_the_system_instruction(stand, upstream, role):
    messages = [{"role": role, "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert stand.post("/v1/chat/completions", {"model": MODEL, "messages": messages}).status_code == 200
    sent = upstream.last.json
    assert [part["text"] for part in sent["systemInstruction"]["parts"]] == ["Be brief."]
    assert sent["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


def test_turns_keep_their_order_and_roles(stand, upstream):
    messages = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"},
                {"role": "user", "content": "Three"}]
    stand.post("/v1/chat/completions", {"model": MODEL, "messages": messages})
    turns = [(turn["role"], turn["parts"][0]["text"]) for turn in upstream.last.json["contents"]]
    assert turns == [("user", "One"), ("model", "Two"), ("user", "Three")]


def test_parts_of_a_message_and_a_data_url(stand, upstream):
    content = [{"type": "text", "text": "What is it?"},
               {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]
    answer = stand.post("/v1/chat/completions",
                        {"model": MODEL, "messages": [{"role": "user", "content": content}]})
    assert answer.status_code == 200
    parts = upstream.last.json["contents"][0]["parts"]
    assert parts[0] == {"text": "What is it?"}
    assert parts[1]["inlineData"] == {"mimeType": "image/png", "data": PIXEL}


def test_generation_settings_are_carried_over(stand, upstream):
    stand.chat(temperature=0.5, top_p=0.25, max_completion_tokens=77, stop=["END"], seed=9)
    config = upstream.last.json["generationConfig"]
    assert config["temperature"] == 0.5
    assert config["topP"] == 0.25
    assert config["maxOutputTokens"] == 77
    assert config["stopSequences"] == ["END"]
    assert config["seed"] == 9


def test_nothing_is_invented(stand, upstream):
    stand.chat()
    config = upstream.last.json.get("generationConfig", {})
    assert not {"temperature", "topP", "topK", "maxOutputTokens", "candidateCount"} & set(config)


def test_usage_counts_thoughts_as_output(stand, upstream):
    upstream.script(Answer(gemini.event({"text": "Hm", "thought": True}, {"text": "Yes"}, finish="STOP",
                                        counts=gemini.usage(10, 3, thoughts=40, cached=4))))
    answer = stand.chat().json()
    usage = answer["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (10, 43, 53)
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 40
    assert usage["prompt_tokens_details"]["cached_tokens"] == 4
    message = answer["choices"][0]["message"]
    assert message["content"] == "Yes"
    assert message["reasoning_content"] == "Hm"


@pytest.mark.parametrize("reason, expected", [
    ("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"),
    ("RECITATION", "content_filter"), ("PROHIBITED_CONTENT", "content_filter"),
    ("SPII", "content_filter"), ("OTHER", "stop")])
def test_finish_reasons(stand, upstream, reason, expected):
    upstream.script(Answer(*gemini.text_events("Yes", finish=reason)))
    assert stand.chat().json()["choices"][0]["finish_reason"] == expected


def test_a_blocked_prompt_is_a_filtered_answer_and_no_key_is_tried_again(stand, upstream):
    upstream.always(json_reply(gemini.BLOCKED))
    answer = stand.chat()
    assert answer.status_code == 200
    choices = answer.json()["choices"]
    assert len(choices) == 1
    assert choices[0]["finish_reason"] == "content_filter"
    assert len(upstream.calls) == 1


def test_thoughts_that_ate_the_budget(stand, upstream):
    upstream.always(json_reply({"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}],
                                "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 25,
                                                  "thoughtsTokenCount": 20}}))
    answer = stand.chat(max_tokens=20)
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["finish_reason"] == "length"


def test_a_fault_of_the_request_has_openais_shape_and_is_not_repeated(stand, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    answer = stand.chat()
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) >= {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert "hue" in error["message"]
    assert len(upstream.calls) == 1


def test_an_overlong_prompt_is_told_as_openai_tells_it(stand, upstream):
    upstream.always(gemini_reply(gemini.TOO_MANY_TOKENS))
    error = stand.chat().json()["error"]
    assert error["code"] == "context_length_exceeded"


def test_the_sdk_raises_its_own_errors(openai_sdk, upstream):
    upstream.always(gemini_reply(gemini.BAD_FIELD))
    with pytest.raises(openai.BadRequestError) as raised:
        openai_sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert raised.value.type == "invalid_request_error"


def test_compressed_answers_are_understood(stand, upstream):
    upstream.script(text("Hello", " packed", gzip=True))
    assert stand.chat().json()["choices"][0]["message"]["content"] == "Hello packed"


def test_custom_headers_go_upstream(make_stand, upstream):
    stand = make_stand(CUSTOM_HEADERS={"X-Tenant": "seven"})
    stand.chat()
    assert upstream.last.header("X-Tenant") == "seven"


def test_unknown_fields_and_nulls_are_tolerated(stand, upstream):
    answer = stand.chat(temperature=None, stop=None, tools=None, user="u-1", logit_bias={}, metadata={"a": "b"},
                        something_new={"x": 1}, response_format=None)
    assert answer.status_code == 200
    assert "something_new" not in upstream.last.json


def test_programs_of_the_first_days(stand, upstream):
    # What openai 0.28 sends for ChatCompletion.create(model="gemini-pro"): the retired model leads to a living
    # one, and the answer says which.
    headers = {"User-Agent": "OpenAI/v1 PythonBindings/0.28.0",
               "X-OpenAI-Client-User-Agent": '{"bindings_version": "0.28.0", "httplib": "requests", "lang": "python"}'}
    body = {"model": "gemini-pro", "messages": [{"role": "user", "content": "Hi"}]}
    answer = stand.post("/v1/chat/completions", body, headers=headers).json()
    assert (answer["model"], answer["object"]) == ("gemini-3.8-flash", "chat.completion")
    assert upstream.last.model == "gemini-3.8-flash"
    chunks = chunks_of(stand.post("/v1/chat/completions", body | {"stream": True}, headers=headers).content)
    assert {chunk["model"] for chunk in chunks} == {"gemini-3.8-flash"}
    assert text_of(chunks) == "Hello from Gemini"
    assert stand.chat(model="models/gemini-3.8-flash").json()["model"] == "models/gemini-3.8-flash"


# --- spoken answers ---------------------------------------------------------------------------------

SPEAKER = "gemini-3.8-flash-tts"
SAMPLES = bytes(range(256)) * 100
FILES = {"mp3": rb"\xff[\xe2-\xff]|ID3", "opus": rb"OggS", "aac": rb"\xff[\xf1\xf9]", "flac": rb"fLaC", "wav": rb"RIFF"}


def speak(stand, upstream, word, kind="audio/L16;codec=pcm;rate=24000", **fields):
    data = base64.b64encode(SAMPLES).decode()
    upstream.always(Answer(gemini.event({"inlineData": {"mimeType": kind, "data": data}}, finish="STOP")))
    return stand.chat(model=SPEAKER, modalities=["text", "audio"], audio={"voice": "alloy", "format": word}, **fields)


def test_speech_comes_in_the_format_that_was_asked_for(stand, upstream):
    refusal = speak(stand, upstream, "midi").json()["error"]
    assert refusal["param"] == "audio.format" and not upstream.calls
    offered = re.findall(r"\b(mp3|opus|aac|flac|wav|pcm16)\b", refusal["message"])
    assert offered[-2:] == ["wav", "pcm16"]
    for word, start in FILES.items():
        answer = speak(stand, upstream, word)
        if word not in offered:
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, "audio.format")
            continue
        message = answer.json()["choices"][0]["message"]
        heard = base64.b64decode(message["audio"]["data"])
        assert re.match(start, heard) and len(heard) > 1000, word
        assert message["content"] is None
    message = speak(stand, upstream, "pcm16").json()["choices"][0]["message"]
    assert base64.b64decode(message["audio"]["data"]) == SAMPLES


def test_a_stream_of_speech_is_of_samples(stand, upstream):
    answer = speak(stand, upstream, "mp3", stream=True)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "audio.format")
    deltas = [choice["delta"] for chunk in chunks_of(speak(stand, upstream, "pcm16", stream=True).content)
              for choice in chunk["choices"]]
    heard = b"".join(base64.b64decode(delta["audio"]["data"]) for delta in deltas if "audio" in delta)
    assert heard == SAMPLES


def test_the_tier_and_the_fingerprint(openai_sdk, upstream):
    def ask(**fields):
        return openai_sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}], **fields)

    answer = ask(service_tier="flex")
    assert answer.service_tier == "flex"
    assert upstream.last.json["serviceTier"] == "flex"
    assert answer.system_fingerprint.startswith("fp_")
    assert ask().system_fingerprint == answer.system_fingerprint
    assert ask().service_tier is None
    assert {chunk.service_tier for chunk in ask(service_tier="priority", stream=True)} == {"priority"}
    upstream.script(Answer(gemini.event({"text": "Hi"}, finish="STOP") | {"modelVersion": "gemini-3.9-flash"}))
    assert ask().system_fingerprint != answer.system_fingerprint
