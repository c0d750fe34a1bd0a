"""gzip, as servers read it."""
import gzip

from conftest import Client
from network import peers


def bodies(server):
    return [(headers.get("Content-Encoding"), body) for path, headers, body, _ in server.seen
            if path.endswith("/v1/traces")]


def test_spans_are_compressed_where_that_is_asked_for(probe):
    with peers.server() as server:
        url = f"http://127.0.0.1:{server.port}"
        assert probe(url, spans=50)["sent"] == 50
        assert probe(url, spans=50, HH_COMPRESSION="gzip")["sent"] == 50
        assert server.spans() == ["probed"] * 100
        (plain, body), (encoding, compressed) = bodies(server)
        assert plain is None and encoding == "gzip"
        assert len(compressed) * 4 < len(body)
        assert len(gzip.decompress(compressed)) == len(body)


def test_our_own_server_stores_what_was_compressed(probe, server):
    result = probe(server.url, spans=700, HH_COMPRESSION="gzip")
    assert result["sent"] == 700, result
    events = Client(server).export("probe")
    assert [event["event_name"] for event in events].count("probed") == 700


def test_a_server_that_does_not_take_gzip_gets_everything_all_the_same(probe):
    for status in (415, 400):
        with peers.server() as server:
            server.status_for = lambda headers, status=status: (
                status if headers.get("Content-Encoding") else 200)
            result = probe(f"http://127.0.0.1:{server.port}", spans=5, HH_COMPRESSION="gzip")
            assert result["sent"] == 5 and result["retried"] == 1
            (first, compressed), (second, body) = bodies(server)
            assert first == "gzip" and second is None
            assert gzip.decompress(compressed) == body
            assert result["said"].count("does not take gzip") == 1
