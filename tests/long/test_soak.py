"""Hours of a program's life in minutes: it traces all the time, its server is killed now and then.

At the end every span that was acknowledged is stored, once, and the rest counted as dropped; the
memory of both was bounded all along and does not grow.
"""
import random
import time

from long.conftest import Reader
from long.process import MemoryWatch

THREADS = 4
TRACES_PER_SECOND = 50  # of each thread: 2,200 spans a second in all
SPANS_PER_TRACE = 11
CHECKED_TRACES = 200
REQUESTS_IN_FLIGHT, BATCH_SPANS = 4, 512  # of one program

PROGRAM_MEGABYTES = 64  # 16 MiB of them are the buffer of unsent spans
SERVER_MEGABYTES = 512
PROGRAM_GROWTH = 4
SERVER_GROWTH_PER_MILLION_SPANS = 40  # the ids it remembers, so as to store each span once


def kill_now_and_then(server, load, until, seed=20261120):
    """Longer and shorter lives, longer and shorter absences; the number of kills."""
    chance, kills = random.Random(seed), 0
    while load.is_running():
        life = chance.uniform(2, 20)
        if time.monotonic() + life > until:
            time.sleep(max(0, until - time.monotonic()))
            return kills
        time.sleep(life)
        server.kill()
        kills += 1
        time.sleep(chance.choice([0, 0.2, 1, 5]))
        server.restart()
    return kills


def test_no_span_is_lost_or_doubled_and_memory_is_flat(server, start_load, soak_seconds, report):
    load = start_load(server, THREADS, 10**9, TRACES_PER_SECOND)
    with MemoryWatch(lambda: load.process.pid) as program, \
            MemoryWatch(lambda: server.process.pid) as served:
        kills = kill_now_and_then(server, load, time.monotonic() + soak_seconds)
    counted = load.stop()

    rows = list(Reader(server).traces())
    stored = sum(row["spans"] for row in rows)
    report(f"soak: {soak_seconds} s, {kills} kills, {counted['ended']} spans ended, "
           f"{stored} stored, {counted['dropped']} dropped, {counted['retried']} requests retried, "
           f"{stored - counted['sent']} stored though never acknowledged")
    report(f"soak: program {program.peak():.0f} MB at most, {program.growth():+.1f} MB; "
           f"server {served.peak():.0f} MB at most, {served.growth():+.1f} MB")

    assert kills > 0 and counted["retried"] > 0, "no kill met a request: the soak shows nothing"
    assert counted["flushed"] == 1
    assert counted["started"] == counted["ended"]
    assert counted["ended"] == counted["sent"] + counted["dropped"]
    assert counted["dropped"] == counted["dropped_buffer_full"], "the server refused spans"
    # A batch that was stored by a server that died before it answered, and then had to make room,
    # counts as dropped and is stored: at most what was on its way at a kill.
    in_doubt = stored - counted["sent"]
    assert 0 <= in_doubt <= min(counted["dropped"], kills * REQUESTS_IN_FLIGHT * BATCH_SPANS)
    check_some(server, rows)

    assert program.peak() < PROGRAM_MEGABYTES
    assert served.peak() < SERVER_MEGABYTES
    assert program.growth() < PROGRAM_GROWTH
    assert served.growth() < SERVER_GROWTH_PER_MILLION_SPANS * max(1, stored / 1e6)


def check_some(server, rows):
    """The list counts what is there, and no span is there twice."""
    assert max(row["spans"] for row in rows) == SPANS_PER_TRACE
    for row in random.Random(1).sample(rows, min(CHECKED_TRACES, len(rows))):
        ids = Reader(server).span_ids(row["trace_id"])
        assert len(ids) == len(set(ids)) == row["spans"]
