"""OpenAI's shapes, as OpenAI's own SDK describes them: check() takes an answer or a chunk apart strictly.

Nothing may be of another type, nothing that is required may be missing, and no member may be there that the
SDK does not know, but those below: what this program gives beyond OpenAI's API.
"""

import functools
import json

OF_MESSAGES = {"reasoning_content", "images", "extra_content", "annotations"}
OF_CALLS = {"extra_content"}
OF_TOKENS = {"text_tokens", "image_tokens"}
BEYOND = {"ChoiceDelta": OF_MESSAGES, "ChatCompletionMessage": OF_MESSAGES,
          "ChoiceDeltaToolCall": OF_CALLS, "ChatCompletionMessageFunctionToolCall": OF_CALLS,
          "ChatCompletionMessageCustomToolCall": OF_CALLS,
          "PromptTokensDetails": OF_TOKENS, "CompletionTokensDetails": OF_TOKENS}


@functools.cache
def models():
    from openai.types import Completion
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    return {"chat.completion": ChatCompletion, "chat.completion.chunk": ChatCompletionChunk,
            "text_completion": Completion}


def unknown_members(value, path=""):
    """The paths of members that are neither OpenAI's nor ours."""
    if isinstance(value, list):
        return [each for at, item in enumerate(value) for each in unknown_members(item, f"{path}[{at}]")]
    if not hasattr(value, "model_extra"):
        return []
    found = [f"{path}.{name}" for name in value.model_extra or {} if name not in BEYOND.get(type(value).__name__, ())]
    for name in type(value).model_fields:
        found += unknown_members(getattr(value, name), f"{path}.{name}")
    return found


def check(value):
    """`value`: a parsed answer or chunk. Returns it."""
    text = json.dumps(plain(value))
    made = models()[value["object"]].model_validate_json(text, strict=True)
    assert not unknown_members(made), f"{unknown_members(made)} in {text}"
    nulls = [name for choice in value["choices"] for name, member in choice.get("delta", {}).items() if member is None]
    assert not nulls, f"null members of a delta: {nulls}"
    return value


def plain(value):
    """The SDK's types of chunks know calls of functions only; and the last chunk of a legacy completion
    has no reason in its types."""
    if value["object"] == "chat.completion.chunk":
        for choice in value["choices"]:
            calls = choice["delta"].get("tool_calls") or []
            if any("custom" in call for call in calls):
                rest = {name: member for name, member in choice["delta"].items() if name != "tool_calls"}
                return value | {"choices": [choice | {"delta": rest}]}
    if value["object"] == "text_completion":
        # Chunks before the last have null, which OpenAI sends and its types do not know.
        choices = [choice | {"finish_reason": choice["finish_reason"] or "stop"} for choice in value["choices"]]
        return value | {"choices": choices}
    return value
