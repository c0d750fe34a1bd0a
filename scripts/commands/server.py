"""A real `honeyhive serve` on a free port: started, found by its server.json, stopped or killed.

Used by ./run demo and by the Python tests.
"""
import json
import os
import signal
import subprocess
import time

from commands.console import Problem

START_TIMEOUT = 30.0
STOP_TIMEOUT = 30.0


class Server:
    """One server process over the data folder `data`; its output goes to `log`."""

    def __init__(self, binary, data, log, arguments=()):
        self.binary = binary
        self.data = data
        self.log = log
        self.arguments = list(arguments)
        self.listen = "127.0.0.1:0"
        self.process = None
        self.url = ""

    def start(self):
        """Returns when requests are accepted. Problem, with the server's own words, if never."""
        self.data.mkdir(parents=True, exist_ok=True)
        address_file = self.data / "server.json"
        address_file.unlink(missing_ok=True)  # of an earlier process
        command = [str(self.binary), "serve", "--listen", self.listen, "--data", str(self.data)]
        with open(self.log, "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(command + self.arguments, stdout=out, stderr=out,
                                            stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._read_address(address_file):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise Problem(f"the server did not start:\n{self.last_words()}",
                              f"run it by hand: {' '.join(command)}")
            time.sleep(0.01)
        return self

    def restart(self):
        """At the same address as before, which a client may still be knocking at."""
        self.listen = self.url.removeprefix("http://")
        return self.start()

    def _read_address(self, file):
        try:
            self.url = json.loads(file.read_text(encoding="utf-8"))["address"].rstrip("/")
        except (FileNotFoundError, json.JSONDecodeError):  # not yet, or not all of it
            return False
        return True

    @property
    def token(self):
        return (self.data / "token").read_text(encoding="utf-8").strip()

    def last_words(self, lines=20):
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def stop(self):
        """Asks it to end, and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Problem(f"the server did not stop within {STOP_TIMEOUT:.0f} s") from None

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        return self.process.wait()
