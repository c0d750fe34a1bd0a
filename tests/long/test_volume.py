"""Ten million spans through the SDK into a server: none is missing, and lists stay quick."""
import datetime
import random
import shutil
import time

from long.conftest import Reader

THREADS = 2
SPANS_PER_TRACE = 11
LISTS = 300
BYTES_PER_SPAN = 1200  # room that must be there before it begins


def folder_bytes(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def iso_time(unix_ns):
    moment = datetime.datetime.fromtimestamp(unix_ns // 1_000_000_000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def list_milliseconds(server, oldest_ns, newest_ns):
    """How long lists take, of any part of the time: the 95th percentile."""
    client, chance, taken = Reader(server), random.Random(7), []
    for _ in range(LISTS):
        query = {"limit": 50, "project": "long"}
        if chance.random() < 0.5:
            query["since"] = iso_time(chance.randint(oldest_ns, newest_ns))
        started = time.monotonic()
        client.read("GET", "/api/v0/traces", params=query)
        taken.append(time.monotonic() - started)
    return sorted(taken)[int(LISTS * 0.95)] * 1000


def test_every_span_of_a_large_number_is_stored(server, start_load, long_spans, report):
    free = shutil.disk_usage(server.data).free
    assert free > long_spans * BYTES_PER_SPAN, f"{server.data} has {free >> 30} GiB left"
    traces = long_spans // (THREADS * SPANS_PER_TRACE)
    expected = traces * THREADS * SPANS_PER_TRACE
    counted = start_load(server, THREADS, traces, 0).finish(timeout=4 * 3600)
    assert counted["flushed"] == 1
    assert counted["sent"] == counted["ended"] == expected
    assert counted["dropped"] == 0

    stored, rows, oldest, newest = 0, 0, 2**63, 0
    for row in Reader(server).traces():
        stored, rows = stored + row["spans"], rows + 1
        oldest, newest = min(oldest, int(row["start_ns"])), max(newest, int(row["start_ns"]))
    latency = list_milliseconds(server, oldest, newest)
    server.stop()
    report(f"volume: {stored} spans in {rows} traces, "
           f"{expected / counted['milliseconds'] * 1000:.0f} spans/s, "
           f"{counted['bytes_sent'] / expected:.0f} bytes/span sent, "
           f"{folder_bytes(server.data) / expected:.0f} bytes/span stored, "
           f"list p95 {latency:.1f} ms")
    assert stored == expected
    assert rows == traces * THREADS
