"""What belongs to one project at Google: files and their upload, caches, batches, operations, stores,
interactions. A project here is a key. Put before a scripted upstream:

    google = Resources(upstream)

Answers calls that name such things as Google does; whoever asks with another key than the maker's gets
Google's 403. Large uploads are not kept: their length and SHA-256 are.
"""

import hashlib
import itertools
import json
import threading
from dataclasses import dataclass, field

from upstream import Reply, json_reply

COLLECTIONS = {"cachedContents": "cachedContents", "batches": "operations", "fileSearchStores": "fileSearchStores",
               "interactions": "interactions", "operations": "operations", "tunedModels": "tunedModels"}


@dataclass
class Upload:
    key: str
    target: str
    declared: str
    received: int = 0
    digest: object = field(default_factory=hashlib.sha256)
    kept: bytes = b""
    done: bool = False


def google_error(code, status, message):
    return json_reply({"error": {"code": code, "message": message, "status": status}}, code)


def forbidden(name):
    kind, _, rest = name.partition("/")
    word = f"File {rest}" if kind == "files" else f"resource {name}"
    return google_error(403, "PERMISSION_DENIED",
                        f"You do not have permission to access the {word} or it may not exist.")


class Resources:
    def __init__(self, upstream, file_states=("ACTIVE",)):
        self.upstream = upstream
        self.lock = threading.Lock()
        self.file_states = list(file_states)  # of each upload: at its end, and at each look after it
        self.items = {}  # name -> (key, object)
        self.contents = {}  # file name -> (bytes or None, sha256)
        self.uploads = {}
        self.numbers = itertools.count(1)
        self.page_size_max = 100
        upstream.resources = self
        self.plain = upstream._default
        upstream._default = self.answer

    # --- what a test asks -------------------------------------------------------------------------

    def owner(self, name):
        return self.items[name][0]

    def names(self, collection):
        return [name for name in self.items if name.startswith(collection + "/")]

    # --- dispatch ---------------------------------------------------------------------------------

    def answer(self, request):
        with self.lock:
            return self.find(request)

    def find(self, request):
        path = request.path.strip("/")
        if path.startswith("upload/"):
            return self.upload(request, path.split("/", 2)[2])
        if path.startswith("download/"):
            path = path[len("download/"):]
        parts = path.split("/")[1:]  # without the version
        if parts[0] == "openai":
            return json_reply({"object": "layer", "path": "/".join(parts[1:]), "got": request.body.decode()})
        if parts[0] == "models" and len(parts) > 2 and parts[2] == "operations":
            return self.one(request, "/".join(parts[:4]))
        if parts[0] == "fileSearchStores" and "operations" in parts[2:-1]:
            return self.one(request, "/".join(parts))
        if parts[0] == "models" and request.verb in ("batchGenerateContent", "asyncBatchEmbedContent"):
            return self.make(request, "batches", {"metadata": {"state": "BATCH_STATE_PENDING"}})
        if parts[0] == "models" and request.verb == "predictLongRunning":
            return self.make(request, f"models/{request.model}/operations", {})
        if parts[0] == "files" or parts[0].split(":")[0] in COLLECTIONS:
            return self.collection(request, parts)
        for name in self.references(request):
            if name not in self.items or self.items[name][0] != request.key:
                return forbidden(name)
        return self.plain(request)

    def references(self, request):
        """Names in the body's fileUri, cachedContent and such; only of bodies that are small."""
        if len(request.body) > 1 << 20 or not request.body:
            return []
        found = []

        def walk(value, word=""):
            if isinstance(value, dict):
                for name, each in value.items():
                    walk(each, name)
            elif isinstance(value, list):
                for each in value:
                    walk(each, word)
            elif word in ("fileUri", "file_uri", "cachedContent", "cached_content", "fileSearchStoreNames"):
                found.append(value.split("/v1beta/")[-1])

        try:
            walk(json.loads(request.body))
        except ValueError:
            pass
        return found

    # --- resources --------------------------------------------------------------------------------

    def collection(self, request, parts):
        kind = parts[0]
        if len(parts) == 1 and request.method == "GET":
            return self.page(request, kind)
        if len(parts) == 1 and kind == "interactions":
            return self.interact(request)
        if len(parts) == 1:
            return self.make(request, kind, json.loads(request.body or b"{}"))
        name = f"{kind}/{parts[1].split(':')[0]}"
        return self.one(request, name)

    def made(self, kind, key, value):
        name = f"{kind}/r{next(self.numbers)}"
        item = value | {"name": name}
        self.items[name] = (key, item)
        return item

    def make(self, request, kind, value):
        return json_reply(self.made(kind, request.key, value))

    def one(self, request, name):
        if name not in self.items or self.items[name][0] != request.key:
            return forbidden(name)
        item = self.items[name][1]
        if request.method == "DELETE":
            del self.items[name]
            return json_reply({})
        if request.method == "PATCH":
            item.update(json.loads(request.body))
        if request.verb == "download" and name.startswith("files/"):
            return self.download(request, name)
        if name.startswith("files/") and len(self.file_states) > 1:
            self.file_states.pop(0)
            item["state"] = self.file_states[0]
        return json_reply(item)

    def page(self, request, kind):
        mine = [item for key, item in self.items.values() if key == request.key and
                item.get("name", "").startswith(kind + "/")]
        size = min(int(request.query.get("pageSize", "10")), self.page_size_max)
        start = int(request.query.get("pageToken") or "0")
        answer = {}
        if mine[start:start + size]:
            answer[COLLECTIONS.get(kind, kind)] = mine[start:start + size]
        if start + size < len(mine):
            answer["nextPageToken"] = str(start + size)
        return json_reply(answer)

    def interact(self, request):
        body = json.loads(request.body)
        before = body.get("previous_interaction_id")
        if before and (f"interactions/{before}" not in self.items or
                       self.items[f"interactions/{before}"][0] != request.key):
            return json_reply({"error": {"code": "not_found", "message": "no such interaction"}}, 404)
        made = {"id": f"v1_{next(self.numbers)}", "object": "interaction", "model": body.get("model"),
                "status": "completed", "created": "2026-11-23T10:00:00Z", "updated": "2026-11-23T10:00:01Z",
                "role": "model", "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Hello"}]}],
                "usage": {"total_tokens": 3, "total_input_tokens": 1, "total_output_tokens": 2}}
        self.items[f"interactions/{made['id']}"] = (request.key, made)
        if not body.get("stream"):
            return json_reply(made)
        events = [{"event_type": "interaction.created", "interaction": made},
                  {"event_type": "step.start", "index": 0, "step": {"type": "model_output", "content": []}},
                  {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "Hello"}},
                  {"event_type": "step.stop", "index": 0},
                  {"event_type": "interaction.completed", "interaction": made}]
        steps = [f"event: {each['event_type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events]
        return Reply(steps=tuple(steps), headers=(("Content-Type", "text/event-stream"),), framing="chunked")

    # --- files ------------------------------------------------------------------------------------

    def upload(self, request, target):
        upload_id = request.query.get("upload_id")
        if upload_id:
            return self.go_on(request, self.uploads.get(upload_id))
        protocol = (request.header("X-Goog-Upload-Protocol") or request.query.get("uploadType") or "").lower()
        if protocol == "resumable":
            return self.start(request, target, request.query.get("uploadType"))
        return self.at_once(request, target, protocol)

    def start(self, request, target, older):
        upload_id = f"ABCdef-{next(self.numbers)}_{'x' * 40}"
        kind = request.header("X-Upload-Content-Type" if older else "X-Goog-Upload-Header-Content-Type")
        self.uploads[upload_id] = Upload(request.key, target, kind or "application/octet-stream")
        if older:
            url = f"http://127.0.0.1:{self.upstream.port}/upload/v1beta/{target}?uploadType=resumable&upload_id={upload_id}"
            return Reply(steps=(), headers=(("Location", url), ("X-GUploader-UploadID", upload_id)))
        url = f"http://127.0.0.1:{self.upstream.port}/upload/v1beta/{target}?upload_id={upload_id}&upload_protocol=resumable"
        return Reply(steps=(), headers=(
            ("Content-Type", "text/plain"), ("X-Goog-Upload-URL", url), ("X-Goog-Upload-Control-URL", url),
            ("X-Goog-Upload-Status", "active"), ("X-Goog-Upload-Chunk-Granularity", "262144"),
            ("X-GUploader-UploadID", upload_id)))

    def go_on(self, request, upload):
        if upload is None or upload.key != request.key:
            return google_error(404, "NOT_FOUND", "no such upload")
        if request.method in ("PUT", "DELETE"):
            return self.go_on_older(request, upload)
        command = request.header("X-Goog-Upload-Command") or ""
        status = (("X-Goog-Upload-Status", "final" if upload.done else "active"),
                  ("X-Goog-Upload-Size-Received", str(upload.received)))
        if "cancel" in command:
            return Reply(steps=(), headers=(("X-Goog-Upload-Status", "cancelled"),))
        if "upload" in command:
            if int(request.header("X-Goog-Upload-Offset") or 0) != upload.received:
                return google_error(400, "INVALID_ARGUMENT", "wrong offset")
            self.take(upload, request)
        if "finalize" not in command:
            return Reply(steps=(), headers=status[:1] + (("X-Goog-Upload-Size-Received", str(upload.received)),))
        upload.done = True
        answer = self.finished(request.key, upload)
        return json_reply(answer, headers=(("Content-Type", "application/json"), ("X-Goog-Upload-Status", "final")))

    def go_on_older(self, request, upload):
        """The dialect before X-Goog-Upload-*: PUT with Content-Range, 308 while more is expected."""
        if request.method == "DELETE":
            upload.done = True
            return Reply(status=499, steps=())
        assert request.header("Content-Length") or request.header("Transfer-Encoding"), request.headers
        span, _, total = (request.header("Content-Range") or "bytes */*").removeprefix("bytes ").partition("/")
        if span != "*":
            if int(span.split("-")[0]) != upload.received:
                return google_error(400, "INVALID_ARGUMENT", "wrong range")
            self.take(upload, request)
        elif not request.header("Content-Range"):
            self.take(upload, request)
            total = str(upload.received)
        if total == str(upload.received):
            upload.done = True
            return json_reply(self.finished(request.key, upload))
        known = (("Range", f"bytes=0-{upload.received - 1}"),) if upload.received else ()
        return Reply(status=308, steps=(), headers=known)

    def take(self, upload, request):
        upload.digest.update(request.body)
        upload.received += len(request.body)
        if upload.received < 1 << 20:
            upload.kept += request.body
        else:
            request.body = b""

    def at_once(self, request, target, protocol):
        upload = Upload(request.key, target, request.header("Content-Type") or "")
        if protocol == "multipart":
            boundary = upload.declared.split("boundary=")[1].strip('"').encode()
            request.body = request.body.split(b"--" + boundary)[2].split(b"\r\n\r\n", 1)[1][:-2]
        self.take(upload, request)
        return json_reply(self.finished(request.key, upload))

    def finished(self, key, upload):
        if "uploadToFileSearchStore" in upload.target:
            return self.made(upload.target.split(":")[0] + "/upload/operations", key, {"done": True})
        item = self.made("files", key, {
            "mimeType": upload.declared, "sizeBytes": str(upload.received), "state": self.file_states[0],
            "sha256Hash": upload.digest.hexdigest(), "source": "UPLOADED"})
        item["uri"] = f"https://generativelanguage.googleapis.com/v1beta/{item['name']}"
        self.contents[item["name"]] = upload.kept
        return {"file": item}

    def download(self, request, name):
        data = self.contents[name]
        wanted = request.header("Range")
        headers = (("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes"))
        if not wanted:
            return Reply(steps=(data,), headers=headers)
        first, _, last = wanted[len("bytes="):].partition("-")
        part = data[int(first):int(last) + 1]
        headers += (("Content-Range", f"bytes {first}-{last}/{len(data)}"),)
        return Reply(status=206, steps=(part,), headers=headers)
