"""Takes webhooks on this machine, for the scripts beside it. The standard library alone."""

import http.server
import threading


class Receiver:
    """Listens on `url` until closed. `taken` holds (headers, body) in the order they came."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], str]] = []
        self._came = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                # Before the answer: the next may be sent as soon as this one is answered.
                with receiver._came:
                    receiver.taken.append((dict(self.headers.items()), body))
                    receiver._came.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def wait_for(self, count: int) -> list[tuple[dict[str, str], str]]:
        """The first `count` webhooks."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.taken) >= count, 20), f"{len(self.taken)} webhooks of {count}"
            return self.taken[:count]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
