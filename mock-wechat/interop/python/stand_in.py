"""What the tests ask of the stand-in by its control endpoints, and where its notifies arrive."""

import json
import os
import queue
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open(os.environ["INTEROP_ACCOUNT"], encoding="utf-8") as file:
    ACCOUNT = json.load(file)


def control(path, body):
    url = f"{os.environ['INTEROP_CONTROL']}/_mock/{path}"
    with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=10) as answer:
        return json.load(answer)


def set_mode(mode):
    """A public-key merchant has no certificate at all: a client that looks for one fails at once."""
    certificate = mode == "certificate"
    control("settings", {"certificate_mode": certificate, "notify_public_key_percent": 0 if certificate else 100})


class Inbox:
    """Keeps notifies as they came, byte for byte: what is parsed first can't be verified any more.

    A GET is a check of the message URL: it is answered with what `echo` makes of its path, and kept too.
    """

    def __init__(self, echo=lambda path: None):
        kept = self.kept = queue.Queue()

        class Keep(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.put(({name.title(): value for name, value in self.headers.items()}, body.decode(), self.path))
                self.send_response(204)
                self.end_headers()

            def do_GET(self):
                kept.put(({}, "", self.path))
                text = echo(self.path)
                self.send_response(200 if text else 403)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notify"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.kept.get(timeout=5)
