"""Tools in OpenAI's dialect: declarations, calls, results."""

import json

import pytest

import gemini
from stand import chunks_of
from upstream import Answer, json_reply, text

MODEL = "gemini-3.8-flash"
WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a place.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
ASK = [{"role": "user", "content": "Weather in Bern?"}]


def declarations(request):
    return [each for tool in request.json["tools"] for each in tool.get("functionDeclarations", [])]


def schema_of(declaration):
    return declaration.get("parametersJsonSchema") or declaration["parameters"]


def test_a_round_with_the_sdk(openai_sdk, upstream):
    upstream.script(Answer(gemini.event(gemini.call("get_weather", {"city": "Bern"}, "c2lnbmF0dXJl", "c-1"),
                                        finish="STOP")), text("Sunny."))
    first = openai_sdk.chat.completions.create(model=MODEL, messages=ASK, tools=[WEATHER])
    declared = declarations(upstream.last)[0]
    assert declared["name"] == "get_weather"
    assert schema_of(declared)["properties"]["city"]["type"].lower() == "string"
    choice = first.choices[0]
    assert choice.finish_reason == "tool_calls"
    call = choice.message.tool_calls[0]
    assert (call.type, call.function.name) == ("function", "get_weather")
    assert json.loads(call.function.arguments) == {"city": "Bern"}
    assert len(call.id) <= 64

    messages = ASK + [choice.message.model_dump(exclude_none=True),
                      {"role": "tool", "tool_call_id": call.id, "content": '{"sky":"clear"}'}]
    second = openai_sdk.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "Sunny."
    turns = upstream.last.json["contents"]
    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    sent = turns[1]["parts"][0]
    assert sent["functionCall"]["name"] == "get_weather"
    assert sent["functionCall"]["args"] == {"city": "Bern"}
    assert sent["thoughtSignature"] == "c2lnbmF0dXJl"
    result = turns[2]["parts"][0]["functionResponse"]
    assert result["name"] == "get_weather"
    assert "clear" in json.dumps(result["response"])


def test_a_streamed_call(openai_sdk, upstream):
    upstream.script(Answer(gemini.event(gemini.call("get_weather", {"city": "Bern"})),
                           gemini.event({"text": ""}, finish="STOP")))
    stream = openai_sdk.chat.completions.create(model=MODEL, messages=ASK, tools=[WEATHER], stream=True)
    name, arguments, reasons = "", "", []
    for chunk in stream:
        for delta in chunk.choices[0].delta.tool_calls or []:
            assert delta.index == 0
            name += (delta.function.name or "") if delta.function else ""
            arguments += (delta.function.arguments or "") if delta.function else ""
        reasons.append(chunk.choices[0].finish_reason)
    assert (name, json.loads(arguments)) == ("get_weather", {"city": "Bern"})
    assert [reason for reason in reasons if reason] == ["tool_calls"]


def test_the_index_counts_over_the_whole_answer(stand, upstream):
    upstream.script(Answer(gemini.event(gemini.call("get_weather", {"city": "Bern"})),
                           gemini.event(gemini.call("get_weather", {"city": "Rom"})),
                           gemini.event({"text": ""}, finish="STOP")))
    body = {"model": MODEL, "messages": ASK, "tools": [WEATHER], "stream": True}
    with stand.stream("/v1/chat/completions", body) as answer:
        chunks = chunks_of(answer.read())
    calls = {}
    for chunk in chunks:
        for delta in chunk["choices"][0]["delta"].get("tool_calls", []):
            calls.setdefault(delta["index"], []).append(delta)
    assert sorted(calls) == [0, 1]
    ids = [next(each["id"] for each in deltas if "id" in each) for deltas in calls.values()]
    assert len(set(ids)) == 2


def test_results_of_parallel_calls_are_one_turn_in_order(stand, upstream):
    calls = [{"id": f"call-{n}", "type": "function",
              "function": {"name": "get_weather", "arguments": json.dumps({"city": city})}}
             for n, city in enumerate(["Bern", "Rom"])]
    messages = ASK + [{"role": "assistant", "content": None, "tool_calls": calls},
                      {"role": "tool", "tool_call_id": "call-1", "content": "rain"},
                      {"role": "tool", "tool_call_id": "call-0", "content": "sun"}]
    answer = stand.post("/v1/chat/completions", {"model": MODEL, "messages": messages, "tools": [WEATHER]})
    assert answer.status_code == 200
    turns = upstream.last.json["contents"]
    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    results = [json.dumps(part["functionResponse"]["response"]) for part in turns[2]["parts"]]
    assert "sun" in results[0] and "rain" in results[1]


@pytest.mark.parametrize("choice, mode, names", [
    ("auto", "AUTO", None), ("required", "ANY", None), ("none", "NONE", None),
    ({"type": "function", "function": {"name": "get_weather"}}, "ANY", ["get_weather"])])
def test_tool_choice(stand, upstream, choice, mode, names):
    body = {"model": MODEL, "messages": ASK, "tools": [WEATHER], "tool_choice": choice}
    assert stand.post("/v1/chat/completions", body).status_code == 200
    config = upstream.last.json.get("toolConfig", {}).get("functionCallingConfig", {"mode": "AUTO"})
    assert config["mode"] == mode
    assert config.get("allowedFunctionNames") == names


def test_a_tool_without_parameters(stand, upstream):
    tool = {"type": "function", "function": {"name": "now"}}
    assert stand.post("/v1/chat/completions", {"model": MODEL, "messages": ASK, "tools": [tool]}).status_code == 200
    assert declarations(upstream.last)[0]["name"] == "now"


def test_a_call_without_arguments(stand, upstream):
    upstream.script(json_reply(gemini.event(gemini.call("now"), finish="STOP")))
    tool = {"type": "function", "function": {"name": "now"}}
    answer = stand.post("/v1/chat/completions", {"model": MODEL, "messages": ASK, "tools": [tool]}).json()
    assert answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert answer["choices"][0]["message"]["content"] is None
