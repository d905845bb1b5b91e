"""LangChain's ChatOpenAI: whole answers, streams, tools, structured output."""

import openai
import pytest

import gemini
from stand import SLOW, TOKEN
from upstream import Answer, gemini_reply, text

pytest.importorskip("langchain_openai")

from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from pydantic import BaseModel  # noqa: E402

MODEL = "gemini-3.8-flash"


@tool
def get_weather(city: str) -> str:
    """Tells the weather in a city."""
    return f"clear in {city}"


class Person(BaseModel):
    name: str
    age: int


@pytest.fixture
def chat(stand):
    return ChatOpenAI(model=MODEL, base_url=stand.url + "/v1", api_key=TOKEN, max_retries=0, timeout=30 * SLOW,
                      stream_usage=True)


def test_text(chat, upstream):
    answer = chat.invoke([SystemMessage("Be brief."), HumanMessage("Hi")])
    assert answer.content == "Hello from Gemini"
    assert answer.usage_metadata["total_tokens"] == 8
    assert answer.response_metadata["finish_reason"] == "stop"
    sent = upstream.last.json
    assert sent["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert sent["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


def test_stream(chat, upstream):
    chunks = list(chat.stream("Hi"))
    assert "".join(chunk.content for chunk in chunks) == "Hello from Gemini"
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.usage_metadata["total_tokens"] == 8
    assert whole.response_metadata["finish_reason"] == "stop"
    assert upstream.last.verb == "streamGenerateContent"
    assert upstream.last.json["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_round_of_tools(chat, upstream, streamed):
    upstream.script(Answer(gemini.event(gemini.call("get_weather", {"city": "Bern"}, "c2lnMQ=="),
                                        gemini.call("get_weather", {"city": "Basel"}), finish="STOP")),
                    text("Clear in both."))
    bound = chat.bind_tools([get_weather])
    messages = [HumanMessage("Weather in Bern and Basel?")]
    answer = bound.invoke(messages) if not streamed else sum_of(bound.stream(messages))
    assert [call["args"] for call in answer.tool_calls] == [{"city": "Bern"}, {"city": "Basel"}]
    messages += [answer] + [get_weather.invoke(call) for call in answer.tool_calls]
    assert all(isinstance(message, ToolMessage) for message in messages[2:])
    assert bound.invoke(messages).content == "Clear in both."
    user, model, results = upstream.last.json["contents"]
    assert [part["functionCall"]["args"]["city"] for part in model["parts"]] == ["Bern", "Basel"]
    assert model["parts"][0]["thoughtSignature"] == "c2lnMQ=="
    said = [str(part["functionResponse"]["response"]) for part in results["parts"]]
    assert "clear in Bern" in said[0]
    assert "clear in Basel" in said[1]


def sum_of(chunks):
    chunks = list(chunks)
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output(chat, upstream, method):
    person = {"name": "Ada", "age": 36}
    upstream.script(text('{"name": "Ada", "age": 36}') if method == "json_schema" else
                    Answer(gemini.event(gemini.call("Person", person), finish="STOP")))
    found = chat.with_structured_output(Person, method=method).invoke("Who?")
    assert found == Person(**person)
    sent = upstream.last.json
    if method == "json_schema":
        assert sent["generationConfig"]["responseMimeType"] == "application/json"
        assert set(sent["generationConfig"]["responseJsonSchema"]["properties"]) == {"name", "age"}
    else:
        assert sent["toolConfig"]["functionCallingConfig"]["mode"] == "ANY"
        assert [each["name"] for each in sent["tools"][0]["functionDeclarations"]] == ["Person"]


def test_a_text_that_broke_off_is_whole(chat, upstream):
    upstream.script(Answer(gemini.event({"text": "Once upon a time "}), end=b""),
                    text("Once upon a time there was a fox."))
    assert "".join(chunk.content for chunk in chat.stream("Hi")) == "Once upon a time there was a fox."
    first, second = upstream.calls
    assert first.json["contents"] == [{"role": "user", "parts": [{"text": "Hi"}]}]
    assert second.json["contents"][1] == {"role": "model", "parts": [{"text": "Once upon a time "}]}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_errors_are_the_sdks_own(chat, upstream, streamed):
    upstream.always(gemini_reply(gemini.TOO_MANY_TOKENS))
    with pytest.raises(openai.BadRequestError) as raised:
        list(chat.stream("Hi")) if streamed else chat.invoke("Hi")
    assert raised.value.code == "context_length_exceeded"
    assert len(upstream.calls) == 1


def test_an_error_inside_a_stream_is_raised(make_stand, upstream):
    stand = make_stand(CONTINUE_TRUNCATED="false")
    upstream.always(Answer(gemini.event({"text": "Once"}), gemini.INTERNAL[1]))
    chat = ChatOpenAI(model=MODEL, base_url=stand.url + "/v1", api_key=TOKEN, max_retries=0, timeout=30 * SLOW)
    with pytest.raises(openai.APIError):
        list(chat.stream("Hi"))
    assert len(upstream.calls) == 1
