"""kill -9 of the server under load: what was answered 200 is there afterwards, once.

A kill leaves the page cache, so this shows that nothing is acknowledged before it is written and
that start-up repairs what a kill tears; that it is on the disk is shown by the store's own tests.
"""
import random
import threading

import requests

from conftest import Client
from otlp_requests import request_of

CLIENTS = 4
SPANS_PER_REQUEST = 16
PREPARED_PER_CLIENT = 150


class Load:
    """Client threads that post until the server dies; remembers what each answer was."""

    def __init__(self, server, project):
        self.server = server
        self.prepared = [
            [request_of(project, SPANS_PER_REQUEST) for _ in range(PREPARED_PER_CLIENT)]
            for _ in range(CLIENTS)]
        self.acknowledged = []
        self.open = []  # sent, and not known to be stored
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self._post, args=(requests_,))
                        for requests_ in self.prepared]

    def _post(self, prepared):
        client = Client(self.server)
        for request in prepared:
            try:
                status = client.post_spans(request[0])
            except requests.exceptions.RequestException:
                status = None
            with self.changed:
                (self.acknowledged if status == 200 else self.open).append(request)
                self.changed.notify_all()
            if status != 200:
                return

    def kill_after(self, answers):
        for thread in self.threads:
            thread.start()
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.acknowledged) >= answers, timeout=60)
        self.server.kill()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads)


def span_ids(client, project):
    return sorted(event["metadata"]["span_id"] for event in client.export(project, 7500))


def ids_of(sent):
    return sorted(span for _, _, ids in sent for span in ids)


def check_round(server, load, project):
    client = Client(server)
    found = span_ids(client, project)
    assert len(found) == len(set(found)), "a span is stored twice"
    assert set(ids_of(load.acknowledged)) <= set(found), "an acknowledged span is missing"
    assert set(found) <= set(ids_of(load.acknowledged + load.open)), "a span that nobody sent"
    # A client sends again what was not acknowledged, and sometimes what was.
    for body, _, _ in load.open + load.acknowledged[-2:]:
        assert client.post_spans(body) == 200
    assert span_ids(client, project) == ids_of(load.acknowledged + load.open)


def test_every_acknowledged_span_is_there_once(start_server, is_long):
    rounds = 50 if is_long else 5
    seed = 20261120
    kills = random.Random(seed)
    server, loads, torn = start_server(), {}, 0
    for number in range(rounds):
        project = f"round-{number}"
        load = loads[project] = Load(server, project)
        load.kill_after(kills.randint(1, 100))
        torn += len(load.open)
        server = start_server()
        check_round(server, load, project)
    for project, load in loads.items():
        assert span_ids(Client(server), project) == ids_of(load.acknowledged + load.open)
    assert torn > 0, "no kill met a request in flight: the load is too light to show anything"
