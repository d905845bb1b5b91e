"""Bodies as Google's API writes them: answers, errors, models."""

import json

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
           504: "Gateway Timeout"}


def pretty(value):
    """Bytes of a unary answer: two blanks a level, a newline at the end."""
    return value if isinstance(value, bytes) else (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def compact(value):
    return value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, separators=(",", ": ")).encode()


# --- answers --------------------------------------------------------------------------------------


def usage(prompt=5, output=3, thoughts=0, cached=0):
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": output,
              "totalTokenCount": prompt + output + thoughts}
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    if cached:
        counts["cachedContentTokenCount"] = cached
    return counts


def event(*parts, finish=None, counts=None, **candidate):
    """One GenerateContentResponse with one candidate."""
    made = {"content": {"parts": list(parts), "role": "model"}, "index": 0} | candidate
    if finish:
        made["finishReason"] = finish
    return {"candidates": [made], "usageMetadata": counts or usage(),
            "modelVersion": "gemini-3.8-flash", "responseId": "r-1"}


def text_events(*pieces, finish="STOP"):
    last = len(pieces) - 1
    return [event({"text": piece}, finish=finish if at == last else None, counts=usage(5, at + 1))
            for at, piece in enumerate(pieces)]


def call(name, args=None, signature=None, call_id=None):
    """A functionCall part."""
    part = {"functionCall": {"name": name} | ({} if args is None else {"args": args})}
    if call_id:
        part["functionCall"]["id"] = call_id
    if signature:
        part["thoughtSignature"] = signature
    return part


def whole(events):
    """What a unary call answers where a streamed one sends these events."""
    if len(events) == 1:
        return events[0]
    parts, finish = [], None
    for each in events:
        candidate = (each.get("candidates") or [{}])[0]
        parts += candidate.get("content", {}).get("parts", [])
        finish = candidate.get("finishReason", finish)
    joined = []
    for part in parts:
        plain = set(part) == {"text"}
        if plain and joined and set(joined[-1]) == {"text"}:
            joined[-1] = {"text": joined[-1]["text"] + part["text"]}
        else:
            joined.append(part)
    return events[-1] | {"candidates": [{"content": {"parts": joined, "role": "model"},
                                         "finishReason": finish, "index": 0}]}


def sse_frame(value, _at):
    return b"data: " + compact(value) + b"\r\n\r\n"


def array_frame(value, at):
    return (b"," + b"\r\n" if at else b"[") + pretty(value).rstrip(b"\n") + b"\n"


def array_end(count):
    return b"]" if count else b"[]"


BLOCKED = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {
    "promptTokenCount": 5, "totalTokenCount": 5}, "modelVersion": "gemini-3.8-flash"}
EMPTY_STOP = {"candidates": [{"content": {"role": "model"}, "finishReason": "STOP", "index": 0}],
              "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}}
MALFORMED_CALL = {"candidates": [{"content": {"role": "model"}, "index": 0,
                                  "finishReason": "MALFORMED_FUNCTION_CALL",
                                  "finishMessage": "Malformed function call: print(weather("}],
                  "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}}


# --- models ---------------------------------------------------------------------------------------


def model_objects(*names):
    return [{"name": f"models/{name}", "version": "001", "displayName": name.replace("-", " ").title(),
             "description": f"The model {name}.", "inputTokenLimit": 1048576, "outputTokenLimit": 65536,
             "supportedGenerationMethods": ["embedContent"] if "embedding" in name else
             ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"],
             "temperature": 1, "topP": 0.95, "topK": 64, "maxTemperature": 2} for name in names]


# --- errors: (status, body) -----------------------------------------------------------------------

TYPE = "type.googleapis.com/google.rpc."


def error(code, message, status, *details):
    made = {"code": code, "message": message, "status": status}
    if details:
        made["details"] = list(details)
    return code, {"error": made}


def error_info(reason):
    return {"@type": TYPE + "ErrorInfo", "reason": reason, "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"}}


KEY_INVALID = error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT",
                    error_info("API_KEY_INVALID"),
                    {"@type": TYPE + "LocalizedMessage", "locale": "en-US",
                     "message": "API key not valid. Please pass a valid API key."})
KEY_EXPIRED = error(400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT",
                    error_info("API_KEY_INVALID"))
KEY_LEAKED = error(403, "Your API key was reported as leaked. Please use another API key.", "PERMISSION_DENIED")
PROJECT_DENIED = error(403, "Your project has been denied access. Please contact support.", "PERMISSION_DENIED")
MULTIPLE_CREDENTIALS = error(400, "Multiple authentication credentials received. Please pass only one.",
                             "INVALID_ARGUMENT")
BAD_FIELD = error(400, "Invalid JSON payload received. Unknown name \"hue\" at 'generation_config': Cannot find field.",
                  "INVALID_ARGUMENT", {"@type": TYPE + "BadRequest", "fieldViolations": [
                      {"field": "generation_config", "description": "Invalid JSON payload received. Unknown "
                       "name \"hue\" at 'generation_config': Cannot find field."}]})
TOO_MANY_TOKENS = error(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                        "INVALID_ARGUMENT")
NOT_FOUND = error(404, "Requested entity was not found.", "NOT_FOUND")
INTERNAL = error(500, "An internal error has occurred. Please retry or report in "
                 "https://developers.generativeai.google/guide/troubleshooting", "INTERNAL")
OVERLOADED = error(503, "The model is overloaded. Please try again later.", "UNAVAILABLE")
DEADLINE = error(504, "Deadline expired before operation could complete.", "DEADLINE_EXCEEDED")
THROTTLED = error(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED")
LOCATION = error(400, "User location is not supported for the API use.", "FAILED_PRECONDITION")


def model_not_found(model):
    return error(404, f"models/{model} is not found for API version v1beta, or is not supported for "
                 "generateContent. Call ModelService.ListModels to see the list of available models and "
                 "their supported methods.", "NOT_FOUND")


def quota(quota_id, value="20", delay="48s", model="gemini-3.8-flash"):
    """A 429 as it comes, with Help, QuotaFailure and RetryInfo."""
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    message = ("You exceeded your current quota, please check your plan and billing details. For more "
               "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. \n"
               f"* Quota exceeded for metric: {metric}, limit: {value}, model: {model}\n"
               f"Please retry in {delay.rstrip('s')}.939935699s.")
    return error(429, message, "RESOURCE_EXHAUSTED",
                 {"@type": TYPE + "Help", "links": [
                     {"description": "Learn more about Gemini API quotas",
                      "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}]},
                 {"@type": TYPE + "QuotaFailure", "violations": [
                     {"quotaMetric": metric, "quotaId": quota_id, "quotaValue": value,
                      "quotaDimensions": {"location": "global", "model": model}}]},
                 {"@type": TYPE + "RetryInfo", "retryDelay": delay})


QUOTA_MINUTE = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5")
QUOTA_DAY = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "20", "38s")
QUOTA_ZERO = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0", "38s")
