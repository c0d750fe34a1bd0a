"""A real `honeyhive serve` on a free port: started, found by its server.json, stopped or killed.

Used by ./run demo and by the Python tests.
"""
import fcntl
import json
import os
import shlex
import shutil
import signal
import struct
import subprocess
import time

from commands.console import Problem

START_TIMEOUT = 30.0
STOP_TIMEOUT = 30.0
FLOCK = "hhqqi4x"  # struct flock of 64-bit Linux: type, whence, start, length, pid


def running_server(data):
    """What server.json of a data folder says, if the server that wrote it still runs; else None.

    A server that was killed leaves the file behind, but not the lock on it.
    """
    query = struct.pack(FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    try:
        with open(data / "server.json", encoding="utf-8") as file:
            found = fcntl.fcntl(file, fcntl.F_OFD_GETLK, query)
            is_locked = struct.unpack(FLOCK, found)[0] != fcntl.F_UNLCK
            return json.load(file) if is_locked else None
    except (FileNotFoundError, PermissionError):  # of another user: the server says it better
        return None


def ends_with_its_parent():
    """What to put before a command so that it ends even if this process is killed."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


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
        self._refuse_if_taken()
        command = [str(self.binary), "serve", "--listen", self.listen, "--data", str(self.data),
                   *self.arguments]
        with open(self.log, "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(ends_with_its_parent() + command, stdout=out,
                                            stderr=out, stdin=subprocess.DEVNULL,
                                            start_new_session=True)
        try:
            self._wait_for_address(command)
        except BaseException:  # who waits may be asked to end
            self.kill()
            raise
        return self

    def restart(self):
        """At the same address as before, which a client may still be knocking at."""
        self.listen = self.url.removeprefix("http://")
        return self.start()

    def _wait_for_address(self, command):
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            running = running_server(self.data)
            if running and running["pid"] == self.process.pid:
                self.url = running["address"].rstrip("/")
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._refuse_if_taken()
                raise Problem(f"the server did not start:\n{self.last_words()}",
                              f"run it by hand: {shlex.join(command)}")
            time.sleep(0.01)

    def _refuse_if_taken(self):
        running = running_server(self.data)
        if running:
            folder = shlex.quote(os.path.relpath(self.data))
            show = f"{shlex.quote(os.path.relpath(self.binary))} traces --data {folder}"
            raise Problem(f"a server is already running over {folder}: process {running['pid']} "
                          f"at {running['address']}",
                          f"end it by Ctrl-C where it runs, or by: kill {running['pid']}\n"
                          f"or look at what it has: {show}")

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
