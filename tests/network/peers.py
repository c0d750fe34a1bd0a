"""The other ends: an HTTP(S) server and a proxy on loopback, with real sockets, that keep what
they saw. Each is a context; the end of it closes everything."""
import base64
import contextlib
import gzip
import http.client
import http.server
import select
import socket
import ssl
import threading
import urllib.parse

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def read_body(self):
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ServerHandler(Handler):
    def do_POST(self):  # pylint: disable=invalid-name
        body = self.read_body()
        peer = self.connection.getpeercert() if self.server.is_tls else None
        self.server.seen.append((self.path, dict(self.headers), body, peer))
        self.answer(self.server.status_for(self.headers))


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    is_tls = False

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.seen = []
        self.broken = []  # handshakes
        self.status_for = lambda headers: 200

    @property
    def port(self):
        return self.server_address[1]

    def get_request(self):
        try:
            return super().get_request()
        except OSError as error:
            self.broken.append(error)
            raise

    def handle_error(self, request, client_address):
        """A peer that hangs up is no failure of the test."""

    def spans(self):
        """The names of all spans that came."""
        names = []
        for path, headers, body, _ in self.seen:
            if not path.endswith("/v1/traces"):
                continue
            if headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            request = ExportTraceServiceRequest.FromString(body)
            names += [span.name for resource in request.resource_spans
                      for scope in resource.scope_spans for span in scope.spans]
        return names


@contextlib.contextmanager
def running(listener):
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield listener
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def server():
    return running(Listener(ServerHandler))


def tls_server(identity, client_ca=None):
    """With a certificate and key in one file; with `client_ca` it asks for one of that CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    listener = Listener(ServerHandler)
    listener.is_tls = True
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    return running(listener)


class ProxyHandler(Handler):
    """Whatever host is named, requests go to the server that the test named."""

    def is_welcome(self):
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        expected = self.server.login
        given = self.headers.get("proxy-authorization", "")
        if not expected or given == "Basic " + base64.b64encode(expected.encode()).decode():
            return True
        self.read_body()
        self.answer(407, proxy_authenticate='Basic realm="test"')
        return False

    def do_POST(self):  # pylint: disable=invalid-name
        if not self.is_welcome():
            return
        body = self.read_body()
        target = urllib.parse.urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items()
                   if not name.lower().startswith("proxy-")}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=20)
        connection.request("POST", target.path, body, headers)
        self.answer(connection.getresponse().status)
        connection.close()

    def do_CONNECT(self):  # pylint: disable=invalid-name
        if not self.is_welcome():
            return
        with socket.create_connection(("127.0.0.1", self.server.target), timeout=20) as target:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: target, target: self.connection}
            while True:
                for ready in select.select(list(ends), [], [], 20)[0]:
                    piece = ready.recv(65536)
                    if not piece:
                        self.close_connection = True
                        return
                    ends[ready].sendall(piece)


def proxy(target, login=None):
    """To the server on port `target`; with `login`, "user:password" is asked for."""
    listener = Listener(ProxyHandler)
    listener.target = target
    listener.login = login
    return running(listener)
