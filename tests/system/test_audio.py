"""/v1/audio: speech as WAV or PCM with voices, manner and speed; transcriptions in every format."""

import base64
import hashlib
import io
import json
import re
import socket
import struct
import subprocess
import threading
import wave

import httpx
import pytest

import gemini
from stand import SLOW, TOKEN, sse_data, wait_until
from stored import logged, statuses_logged
from test_files import memory
from upstream import CUT, HANG, Answer, Later, Reply, gemini_reply, json_reply, text
from upstream_files import Resources

SPEECH, HEARD, TRANSLATED = "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translations"
SAMPLES = struct.pack("<2400h", *(number % 300 for number in range(2400)))


def wav(rate=24000):
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(rate)
        made.writeframes(SAMPLES)
    return file.getvalue()


def spoken(data=SAMPLES, kind="audio/L16;codec=pcm;rate=24000"):
    part = {"inlineData": {"mimeType": kind, "data": base64.b64encode(data).decode()}}
    return Answer(gemini.event(part, finish="STOP", counts=gemini.usage(9, 25)))


@pytest.fixture(autouse=True)
def speaking(upstream):
    upstream.models += gemini.model_objects("gemini-3.1-flash-tts-preview", "gemini-3.8-flash-tts")


def say(stand, **fields):
    return stand.post(SPEECH, {"model": "tts-1", "input": "Hello there", "voice": "alloy"} | fields)


@pytest.mark.parametrize("reply", [spoken(), spoken(wav(), "audio/wav")])
@pytest.mark.parametrize("asked", ["wav", "pcm"])
def test_formats(stand, upstream, reply, asked):
    upstream.script(reply)
    answer = say(stand, response_format=asked)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == f"audio/{asked}"
    if asked == "pcm":
        assert answer.content == SAMPLES
    else:
        with wave.open(io.BytesIO(answer.content)) as heard:
            assert (heard.getframerate(), heard.getnchannels(), heard.getsampwidth()) == (24000, 1, 2)
            assert heard.readframes(10 ** 6) == SAMPLES
    assert upstream.last.model == "gemini-3.1-flash-tts-preview"
    config = upstream.last.json["generationConfig"]
    assert config["responseModalities"] == ["AUDIO"]
    assert config["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]["voiceName"] == "Kore"


STARTS = {"mp3": ("audio/mpeg", rb"\xff[\xe2-\xff]"), "opus": ("audio/ogg", rb"OggS"), "aac": ("audio/aac", rb"\xff[\xf1\xf9]"),
          "flac": ("audio/flac", rb"fLaC"), "wav": ("audio/wav", rb"RIFF"), "pcm": ("audio/pcm", rb"")}


def offered(stand):
    """The formats that this build has encoders for, as its own error tells."""
    message = say(stand, response_format="midi").json()["error"]["message"]
    return re.findall(r"\b(mp3|opus|aac|flac|wav|pcm)\b", message)


def test_every_format_is_encoded_or_refused(stand, upstream):
    upstream.always(spoken(SAMPLES * 10))
    there = offered(stand)
    assert there[-2:] == ["wav", "pcm"]
    for word, (kind, start) in STARTS.items():
        answer = say(stand, response_format=word)
        if word not in there:
            assert answer.status_code == 400 and answer.json()["error"]["param"] == "response_format"
            assert "no encoder" in answer.json()["error"]["message"] and "wav or pcm" in answer.json()["error"]["message"]
            continue
        assert answer.status_code == 200 and answer.headers["Content-Type"] == kind
        assert re.match(start, answer.content) and len(answer.content) > 4000, word
    start = STARTS["mp3" if "mp3" in there else "wav"][1]
    assert re.match(start, say(stand).content)


@pytest.mark.parametrize("model", ["gemini-3.1-flash-tts-preview", "gemini-3.8-flash-tts"])
@pytest.mark.parametrize("piece,kind", [(SAMPLES, "audio/L16;codec=pcm;rate=24000"), (wav(), "audio/wav")])
def test_speech_is_heard_while_it_arrives(stand, upstream, model, piece, kind):
    parts = [{"inlineData": {"mimeType": kind, "data": base64.b64encode(piece).decode()}}]
    rest = threading.Event()

    def slowly(_request):
        def until_heard():
            assert rest.wait(20)
            return gemini.sse_frame(gemini.event(*parts, finish="STOP"), 1)
        return Later([gemini.sse_frame(gemini.event(*parts), 0), until_heard])

    upstream.script(slowly)
    with stand.stream(SPEECH, {"model": model, "input": "Hello", "voice": "alloy", "response_format": "pcm"}) as answer:
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "audio/pcm"
        heard = b""
        for data in answer.iter_raw():
            heard += data
            if len(heard) >= len(SAMPLES):
                rest.set()
        assert heard == SAMPLES * 2
    assert upstream.last.verb == "streamGenerateContent" and upstream.last.model == model


def test_older_models_and_whole_files_are_not_streamed(stand, upstream):
    upstream.models += gemini.model_objects("gemini-2.5-flash-preview-tts")
    upstream.always(spoken())
    assert say(stand, model="gemini-2.5-flash-preview-tts", response_format="pcm").content == SAMPLES
    assert upstream.last.verb == "generateContent"
    assert say(stand, response_format="wav").status_code == 200
    assert upstream.last.verb == "generateContent"


def test_a_stream_that_fails_is_cut(stand, upstream):
    part = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": base64.b64encode(SAMPLES).decode()}}
    upstream.always(Answer(gemini.event(part), gemini.event(part), end=CUT))
    with pytest.raises(httpx.RemoteProtocolError):
        say(stand, response_format="pcm")
    answer = say(stand, response_format="pcm", stream_format="sse")
    assert json.loads(sse_data(answer.text)[-1])["error"]["message"]
    assert stand.get("/health").json()["keys"]["ready"] == 3


@pytest.mark.parametrize("asked", ["pcm", "wav"])
@pytest.mark.parametrize("reply,word", [(Answer(gemini.BLOCKED), "PROHIBITED_CONTENT"),
                                        (Answer(gemini.event(finish="SAFETY")), "SAFETY")])
def test_what_is_refused_is_the_clients_affair(stand, upstream, asked, reply, word):
    upstream.always(reply)
    answer = say(stand, response_format=asked)
    assert answer.status_code == 400 and word in answer.json()["error"]["message"]
    assert len(upstream.calls) == 1 and stand.get("/health").json()["keys"]["ready"] == 3


def test_words_instead_of_speech_are_asked_again(stand, upstream):
    upstream.script(text("I cannot speak."))
    upstream.always(spoken())
    assert say(stand, response_format="pcm").content == SAMPLES
    assert len(upstream.calls) == 2


@pytest.mark.parametrize("asked,name", [("Puck", "Puck"), ("puck", "Puck"), ("nova", "Leda"), ({"id": "onyx"}, "Fenrir"),
                                        (None, "Zephyr"), ("nobody", "Kore")])
def test_voices(stand, upstream, asked, name):
    upstream.script(spoken())
    assert say(stand, voice=asked).status_code == 200
    config = upstream.last.json["generationConfig"]["speechConfig"]["voiceConfig"]
    assert config["prebuiltVoiceConfig"]["voiceName"] == name


def test_the_manner(stand, upstream):
    upstream.always(spoken())
    say(stand, instructions="Whisper.")
    assert upstream.last.json["contents"][0]["parts"] == [{"text": "Whisper.: Hello there"}]
    say(stand, instructions="Whisper.", speed=0.5, model="gemini-3.8-flash-tts")
    assert upstream.last.model == "gemini-3.8-flash-tts"
    assert upstream.last.json["contents"][0]["parts"] == [
        {"text": "Hello there", "speechMetadata": {"style": "Whisper. Speak very slowly."}}]


def test_settings(make_stand, upstream):
    stand = make_stand(TTS_MODEL="gemini-3.8-flash-tts", TTS_VOICE_NAME="Puck", TTS_SPEED="fast")
    upstream.always(spoken())
    assert say(stand, voice=None).status_code == 200
    assert upstream.last.model == "gemini-3.8-flash-tts"
    assert "Puck" in upstream.last.body.decode() and "Speak fast." in upstream.last.body.decode()


def test_events(stand, upstream):
    upstream.script(spoken())
    answer = say(stand, stream_format="sse", response_format="pcm")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == SAMPLES
    assert events[-1] == {"type": "speech.audio.done", "usage": {"input_tokens": 9, "output_tokens": 25, "total_tokens": 34}}


def test_a_model_that_says_nothing(stand, upstream):
    upstream.always(text("I cannot speak."))
    answer = say(stand)
    assert answer.status_code == 502 and "said nothing" in answer.json()["error"]["message"]


def test_no_key_can_speak(stand, upstream):
    upstream.always(gemini_reply(gemini.QUOTA_DAY))
    assert say(stand).status_code == 429


BAD = {
    "no input": ({"input": None}, "input"), "an empty input": ({"input": ""}, "input"), "a list": ({"input": ["a"]}, "input"),
    "too much": ({"input": "a" * 4097}, "input"), "a voice as a number": ({"voice": 5}, "voice"),
    "an empty voice": ({"voice": ""}, "voice"),
    "an unknown format": ({"response_format": "midi"}, "response_format"), "a format as a number": ({"response_format": 1}, "response_format"),
    "no speed": ({"speed": 0}, "speed"), "too fast": ({"speed": 4.1}, "speed"), "a speed in words": ({"speed": "fast"}, "speed"),
    "instructions as a list": ({"instructions": []}, "instructions"), "a model as a number": ({"model": 1}, "model"),
    "another stream": ({"stream_format": "ws"}, "stream_format"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_speech_names_the_field(stand, upstream, name):
    fields, param = BAD[name]
    answer = say(stand, **fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param
    assert not upstream.calls


# --- transcriptions -----------------------------------------------------------------------------------

SEGMENTS = json.dumps({"language": "de", "segments": [
    {"start": 0, "end": 1.5, "text": "Guten Tag."}, {"start": 1.5, "end": 3661.25, "text": "Wie geht's?"}]})


def hear(stand, path=HEARD, file=("a.wav", wav(), "audio/wav"), **fields):
    files = [("file", file)] if file else [("x", (None, "y"))]
    return stand.request("POST", path, None, TOKEN, files=files, data={"model": "whisper-1"} | fields)


def test_json(stand, upstream):
    upstream.script(text("Guten", " Tag."))
    answer = hear(stand, language="de", prompt="Gruezi", temperature="0.2").json()
    assert answer["text"] == "Guten Tag." and answer["usage"]["type"] == "tokens"
    sent = upstream.last.json
    words, sound = sent["contents"][0]["parts"]
    assert "word for word" in words["text"] and "de" in words["text"] and "Gruezi" in words["text"]
    assert sound["inlineData"]["mimeType"] == "audio/wav"
    assert base64.b64decode(sound["inlineData"]["data"]) == wav()
    assert sent["generationConfig"] == {"temperature": 0.2}
    assert upstream.last.model == "gemini-3.8-flash"


def test_translations(stand, upstream):
    upstream.script(text("Hello."))
    assert hear(stand, TRANSLATED, model="gemini-2.5-pro").json()["text"] == "Hello."
    assert "into English" in upstream.last.json["contents"][0]["parts"][0]["text"]
    assert upstream.last.model == "gemini-2.5-pro"


def test_text_and_silence(stand, upstream):
    upstream.script(text("Hi."), text("-"))
    answer = hear(stand, response_format="text")
    assert answer.text == "Hi.\n" and answer.headers["Content-Type"].startswith("text/plain")
    assert hear(stand).json()["text"] == ""


def test_subtitles(stand, upstream):
    upstream.always(text(SEGMENTS))
    assert hear(stand, response_format="srt").text == (
        "1\n00:00:00,000 --> 00:00:01,500\nGuten Tag.\n\n2\n00:00:01,500 --> 01:01:01,250\nWie geht's?\n\n")
    assert hear(stand, response_format="vtt").text.startswith(
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGuten Tag.\n\n")
    assert upstream.last.json["generationConfig"]["responseMimeType"] == "application/json"


def test_verbose(stand, upstream):
    upstream.script(text(SEGMENTS))
    answer = hear(stand, response_format="verbose_json").json()
    assert (answer["task"], answer["language"], answer["duration"]) == ("transcribe", "de", 3661.25)
    assert answer["text"] == "Guten Tag. Wie geht's?"
    assert answer["segments"][1] == {"id": 1, "start": 1.5, "end": 3661.25, "text": "Wie geht's?"}


def test_times_that_make_no_sense(stand, upstream):
    upstream.script(text('{"segments":[{"start":-5,"end":"x","text":"a"},{"start":1e99,"end":null,"text":"b"}]}'),
                    text("no JSON at all"))
    assert hear(stand, response_format="srt").text == (
        "1\n00:00:00,000 --> 00:00:00,000\na\n\n2\n00:00:00,000 --> 00:00:00,000\nb\n\n")
    assert hear(stand, response_format="srt").status_code == 502


LARGE = wav() + bytes(15 << 20)


def test_a_large_recording_goes_by_the_files_api(stand, upstream):
    google = Resources(upstream, file_states=["PROCESSING", "ACTIVE"])
    answer = hear(stand, file=("talk.wav", LARGE, "audio/wav"), response_format="text")
    assert answer.status_code == 200 and answer.text == "Hello from Gemini\n"
    (upload,) = google.uploads.values()
    assert upload.done and upload.declared == "audio/wav" and upload.received == len(LARGE)
    assert upload.digest.hexdigest() == hashlib.sha256(LARGE).hexdigest()
    part = upstream.last.json["contents"][0]["parts"][1]
    assert set(part) == {"fileData"} and part["fileData"]["mimeType"] == "audio/wav"
    assert {request.key for request in upstream.requests} == {upload.key}
    assert not google.names("files")  # it was removed again
    assert stand.post("/v1/chat/completions", {"model": "gemini-3.8-flash", "messages": [
        {"role": "user", "content": "Hi"}]}).status_code == 200


def test_a_large_recording_moves_to_another_key(stand, upstream):
    google = Resources(upstream)
    upstream.script(gemini_reply(gemini.QUOTA_DAY), verb="generateContent")
    assert hear(stand, file=("talk.wav", LARGE, "audio/wav")).json()["text"] == "Hello from Gemini"
    assert len({upload.key for upload in google.uploads.values()}) == 2
    assert not google.names("files")
    wait_until(lambda: logged(stand, "SELECT count(*) FROM attempts") == [(2,)], what="the log's rows")


@pytest.mark.parametrize("case,status", [("failed", 400), ("refused", 400), ("no address", 502), ("no json", 502), ("no quota", 429)])
def test_a_large_recording_that_cannot_be_put(stand, upstream, case, status):
    google = Resources(upstream, file_states=["FAILED"] if case == "failed" else ["ACTIVE"])
    if case == "refused":
        upstream.always(gemini_reply(gemini.BAD_FIELD), path="/upload/v1beta/files")
    elif case == "no address":
        upstream.always(json_reply({}), path="/upload/v1beta/files")
    elif case == "no json":
        upstream.always(Reply(steps=(b"<html>",)), path="/upload/v1beta/files")
    elif case == "no quota":
        upstream.always(gemini_reply(gemini.QUOTA_DAY), verb="generateContent")
    answer = hear(stand, file=("talk.wav", LARGE, "audio/wav"))
    assert answer.status_code == status and answer.json()["error"]["message"]
    assert not google.names("files")


@pytest.mark.parametrize("megabytes", [13, 60])  # in the request, and before it
def test_a_recording_is_never_held(make_stand, upstream, tmp_path, megabytes):
    google = Resources(upstream)
    stand = make_stand()
    path = tmp_path / "talk.wav"
    with open(path, "wb") as talk:
        talk.write(wav())
        for number in range(megabytes):
            talk.write(number.to_bytes(4, "big") * (1 << 18))
    assert hear(stand).status_code == 200
    before, ours = memory(stand, "VmHWM"), memory(stand, "RssAnon")
    done = subprocess.run(["curl", "-s", "-H", f"Authorization: Bearer {TOKEN}", "-F", "model=whisper-1",
                           "-F", f"file=@{path};type=audio/wav", stand.url + HEARD],
                          capture_output=True, text=True, timeout=120 * SLOW)
    assert json.loads(done.stdout)["text"] == "Hello from Gemini"
    grown = memory(stand, "VmHWM") - before
    print(f"{megabytes} MiB: {ours:.1f} MiB of our own before, {grown:.1f} more at the peak")
    assert SLOW > 1 or (grown < 4 and ours + grown < 16), (before, ours, grown)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if megabytes < 14:
        data = upstream.last.json["contents"][0]["parts"][1]["inlineData"]["data"]
        assert hashlib.sha256(base64.b64decode(data, validate=True)).hexdigest() == digest
    else:
        assert [upload.digest.hexdigest() for upload in google.uploads.values()] == [digest]
    assert not list((stand.data / "tmp").iterdir())


@pytest.mark.parametrize("size", [1, 2, 3, 24575, 24576, 24577, 200_000, 300_001])
def test_a_recording_arrives_as_it_is(stand, upstream, size):
    """In base64 whatever its length, from memory and from a file, and again for a second key."""
    data = wav() + bytes(number * 7 % 256 for number in range(size))
    upstream.script(gemini_reply(gemini.QUOTA_DAY))
    assert hear(stand, file=("a.wav", data, "audio/wav")).status_code == 200
    sent = [call.json["contents"][0]["parts"][1]["inlineData"] for call in upstream.calls]
    assert len(sent) == 2 and sent[0] == sent[1]
    assert sent[0]["mimeType"] == "audio/wav" and base64.b64decode(sent[0]["data"], validate=True) == data


def test_a_client_that_leaves_while_its_recording_goes_up(stand, upstream):
    """The upload is cut, nothing is asked of a model, and the key is not blamed."""
    Resources(upstream)
    upstream.always(Reply(before=HANG), path="/upload/v1beta/files", body=LARGE)
    boundary = b"XXXX"
    body = (b'--XXXX\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--XXXX\r\n'
            b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + LARGE + b"\r\n--XXXX--\r\n")
    with socket.create_connection(("127.0.0.1", stand.port)) as client:
        client.sendall(b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN.encode() +
                       b"\r\nContent-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n" % (boundary, len(body)) + body)
        upstream.wait(lambda: any(request.body == LARGE for request in upstream.requests), 20)
    upstream.wait(lambda: any(request.left for request in upstream.requests), 20)
    wait_until(lambda: statuses_logged(stand) == [499], what="the log's row")
    assert not upstream.calls and stand.get("/health").json()["keys"]["ready"] == 3


def test_an_upstream_that_dies_while_a_recording_goes_up(stand, upstream):
    """Google may have the file or not: another key is tried with a file of its own."""
    google = Resources(upstream)
    upstream.script(Reply(before=CUT), body=LARGE)
    assert hear(stand, file=("talk.wav", LARGE, "audio/wav")).json()["text"] == "Hello from Gemini"
    assert [upload.done for upload in google.uploads.values()] == [False, True]
    assert not google.names("files")


def test_a_stream(stand, upstream):
    upstream.script(text("Hi."))
    lines = [json.loads(line[6:]) for line in hear(stand, stream="true").text.splitlines() if line.startswith("data: ")]
    assert [line["type"] for line in lines] == ["transcript.text.delta", "transcript.text.done"]
    assert lines[1]["text"] == "Hi."


@pytest.mark.parametrize("file,kind", [
    (("a.bin", b"ID3" + b"x" * 20, "application/octet-stream"), "audio/mpeg"), (("a", b"OggS" + b"x" * 20), "audio/ogg"),
    (("a.m4a", b"\0\0\0\x20ftypM4A " + b"x" * 20), "audio/mp4"), (("a", b"fLaC" + b"x" * 20), "audio/flac"),
    (("speech.webm", b"\x1a\x45\xdf\xa3" + b"x" * 20), "audio/webm"), (("a", b"\xff\xfb\x90\0" * 9), "audio/mpeg")])
def test_kinds_of_files(stand, upstream, file, kind):
    upstream.script(text("Hi."))
    assert hear(stand, file=file).status_code == 200
    assert upstream.last.json["contents"][0]["parts"][1]["inlineData"]["mimeType"] == kind


BAD_FORMS = {
    "no file": ({"file": None}, "file"), "an empty file": ({"file": ("a.wav", b"")}, "file"),
    "no sound": ({"file": ("a.txt", b"hello", "text/plain")}, "file"), "no model": ({"model": ""}, "model"),
    "a long model": ({"model": "m" * 300}, "model"), "another format": ({"response_format": "doc"}, "response_format"),
    "a hot temperature": ({"temperature": "9"}, "temperature"), "a temperature in words": ({"temperature": "warm"}, "temperature"),
    "a language with a line": ({"language": "de\nx"}, "language"), "a stream in words": ({"stream": "maybe"}, "stream"),
    "a long prompt": ({"prompt": "a" * 20000}, "prompt"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_bad_forms_name_the_field(stand, upstream, name):
    fields, param = BAD_FORMS[name]
    answer = hear(stand, **fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param
    assert not upstream.calls


def test_a_body_that_is_no_form(stand, upstream):
    assert stand.post(HEARD, {"model": "whisper-1"}).status_code == 415
    assert stand.post(HEARD, b"--b\r\n", headers={"Content-Type": "multipart/form-data; boundary=b"}).status_code == 400
    assert not upstream.calls


def test_the_sdk(openai_sdk, upstream):
    upstream.script(spoken())
    assert openai_sdk.audio.speech.create(model="tts-1", voice="nova", input="Hi", response_format="wav").content[:4] == b"RIFF"
    upstream.always(spoken(), verb="streamGenerateContent")
    with openai_sdk.audio.speech.with_streaming_response.create(model="tts-1", voice="nova", input="Hi", response_format="pcm") as heard:
        assert b"".join(heard.iter_bytes()) == SAMPLES
    upstream.script(text("Hi."), text("Hello."), text(SEGMENTS))
    assert openai_sdk.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav())).text == "Hi."
    assert openai_sdk.audio.translations.create(model="whisper-1", file=("a.wav", wav())).text == "Hello."
    made = openai_sdk.audio.transcriptions.create(model="whisper-1", file=("a.wav", wav()), response_format="verbose_json")
    assert made.segments[0].end == 1.5
