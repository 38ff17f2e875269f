"""A fake Hugging Face hub, with the parts of its HTTP API that publishing uses."""

import base64
import hashlib
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

TOKEN = "hf_of_the_tests"


class Hub:
    """Repositories by name, each a mapping of path to content, and a log of uploads."""

    def __init__(self):
        self.repositories, self.private, self.uploads = {}, {}, []
        self.blobs, self.most_uploads = {}, None

    def write(self, folder, repo_id):
        for path, content in self.repositories[repo_id].items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)


def entry(path, content):
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    found = {"type": "file", "path": path, "size": len(content), "oid": oid}
    if path.endswith(".png"):
        digest = hashlib.sha256(content).hexdigest()
        found["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 100}
    return found


class Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, content=None, **headers):
        body = json.dumps(content if content is not None else {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    @property
    def known(self):
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def repository(self, path):
        return "/".join(path.removeprefix("/api/datasets/").split("/")[:2])

    def do_GET(self):
        path = urlsplit(self.path).path
        if not self.known:
            return self.answer(401, {"error": "Invalid credentials"})
        if path == "/api/whoami-v2":
            return self.answer(200, {"type": "user", "name": "me", "orgs": []})
        repo = self.repository(path)
        if repo not in self.hub.repositories:
            return self.answer(404, {"error": "not found"}, X_Error_Code="RepoNotFound")
        if "/tree/" in path:
            files = self.hub.repositories[repo].items()
            return self.answer(200, [entry(*each) for each in files])
        info = {"id": repo, "private": self.hub.private[repo], "siblings": [], "tags": []}
        return self.answer(200, {**info, "sha": "0" * 40, "downloads": 0, "likes": 0})

    def do_POST(self):
        path, body = urlsplit(self.path).path, self.body()
        if not self.known:
            return self.answer(401, {"error": "Invalid credentials"})
        if path == "/api/validate-yaml":
            return self.answer(200, {"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path.endswith("/info/lfs/objects/batch"):
            return self.batch(json.loads(body)["objects"])
        if "/preupload/" in path:
            names = [file["path"] for file in json.loads(body)["files"]]
            mode = {True: "lfs", False: "regular"}
            files = [
                {"path": n, "uploadMode": mode[n.endswith(".png")], "shouldIgnore": False}
                for n in names
            ]
            return self.answer(200, {"files": files})
        if "/commit/" in path:
            return self.commit(self.repository(path), body)
        return self.answer(404)

    def create(self, asked):
        repo = f"{asked['organization']}/{asked['name']}"
        url = f"http://{self.headers['Host']}/datasets/{repo}"
        if repo in self.hub.repositories:
            return self.answer(409, {"error": "You already created this repo", "url": url})
        self.hub.repositories[repo] = {".gitattributes": b"*.png filter=lfs"}
        self.hub.private[repo] = asked.get("visibility", "public") == "private"
        return self.answer(200, {"url": url})

    def batch(self, objects):
        found = []
        for each in objects:
            href = f"http://{self.headers['Host']}/upload/{each['oid']}"
            new = {} if each["oid"] in self.hub.blobs else {"actions": {"upload": {"href": href}}}
            found.append({"oid": each["oid"], "size": each["size"], **new})
        return self.answer(200, {"objects": found})

    def do_PUT(self):
        content, hub = self.body(), self.hub
        if hub.most_uploads is not None and len(hub.uploads) >= hub.most_uploads:
            return self.answer(403, {"error": "storage is full"})
        digest = hashlib.sha256(content).hexdigest()
        hub.blobs[digest] = content
        hub.uploads.append(digest)
        return self.answer(200)

    def commit(self, repo, body):
        files = dict(self.hub.repositories[repo])
        for each in map(json.loads, body.splitlines()):
            value = each["value"]
            if each["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif each["key"] == "lfsFile":
                files[value["path"]] = self.hub.blobs[value["oid"]]
            elif each["key"] == "deletedFile":
                del files[value["path"]]
        self.hub.repositories[repo] = files
        url = f"http://{self.headers['Host']}/datasets/{repo}/commit/1"
        return self.answer(200, {"commitUrl": url, "commitOid": "1" * 40, "success": True})


@contextmanager
def running_hub():
    hub = Hub()
    handler = type("OfThisHub", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
