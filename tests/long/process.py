"""Processes that a long test runs and watches."""
import subprocess
import threading
import time

SAMPLE_SECONDS = 0.5


class Load:
    """A running honeyhive_load; its counters once it has ended."""

    def __init__(self, program, url, threads, traces, rate):
        command = [str(program), url, str(threads), str(traces), str(rate)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def is_running(self):
        return self.process.poll() is None

    def finish(self, timeout):
        """Waits for it to have recorded all it was asked for."""
        assert self.process.wait(timeout) == 0
        return self._counters()

    def stop(self, timeout=180):
        """Lets each thread end its trace, and flush."""
        self.process.stdin.close()
        assert self.process.wait(timeout) == 0
        return self._counters()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _counters(self):
        lines = (line.split() for line in self.process.stdout)
        return {name: int(number) for name, number in lines}


def rss_megabytes(pid):
    """Resident memory, or None when the process has gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            sizes = [line.split()[1] for line in status if line.startswith("VmRSS:")]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(sizes[0]) / 1024 if sizes else None


class MemoryWatch:
    """Samples the resident memory of what `pid_of()` names, which may change."""

    def __init__(self, pid_of):
        self.samples = []
        self._pid_of = pid_of
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _watch(self):
        while not self._ended.wait(SAMPLE_SECONDS):
            size = rss_megabytes(self._pid_of())
            if size is not None:
                self.samples.append((time.monotonic(), size))

    def peak(self):
        return max(size for _, size in self.samples)

    def growth(self):
        """The median of the last third, less that of the second."""
        sizes = [size for _, size in self.samples]
        third = len(sizes) // 3
        assert third > 2, "too short to say anything about growth"
        return median(sizes[2 * third:]) - median(sizes[third:2 * third])


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]
