"""Which servers are believed, and who we are to them."""
import pytest

from network import peers

SENT = ["probed"] * 3
BRIEF = {"flush_ms": 300}


def url(server):
    return f"https://127.0.0.1:{server.port}"


def check_refused(result, server, why):
    """Nothing was sent, it is counted, and the reason is said."""
    assert not result["flushed"] and result["sent"] == 0
    assert why in result["last_error"]
    assert "3 spans had not been sent when their tracer closed" in result["said"]
    assert server.seen == []


@pytest.mark.parametrize("variable", ["HH_CA_FILE", "SSL_CERT_FILE"])
def test_a_server_of_a_ca_that_is_named_is_believed(probe, authority, identity, variable):
    with peers.tls_server(identity) as server:
        result = probe(url(server), **{variable: str(authority.cert)})
        assert result["sent"] == 3, result
        assert server.spans() == SENT
        assert {headers["Authorization"] for _, headers, _, _ in server.seen} == {
            "Bearer hh_probe_key_1234"}


def test_a_server_of_an_unknown_ca_is_sent_nothing(probe, identity):
    with peers.tls_server(identity) as server:
        check_refused(probe(url(server), **BRIEF), server, "certificate")


@pytest.mark.parametrize("variable", ["HH_CA_FILE", "SSL_CERT_FILE"])
def test_a_server_of_another_ca_is_sent_nothing(probe, other_authority, identity, variable):
    with peers.tls_server(identity) as server:
        result = probe(url(server), **BRIEF, **{variable: str(other_authority.cert)})
        check_refused(result, server, "certificate")
        assert server.broken


def test_a_server_with_another_name_is_sent_nothing(probe, authority):
    stranger = authority.sign("stranger", "DNS:stranger.example")[2]
    with peers.tls_server(stranger) as server:
        result = probe(url(server), **BRIEF, HH_CA_FILE=str(authority.cert))
        check_refused(result, server, "127.0.0.1")


def test_verification_cannot_be_switched_off(probe, identity):
    with peers.tls_server(identity) as server:
        result = probe(url(server), **BRIEF, HH_VERIFY_SSL="false")
        check_refused(result, server, "certificate")
        assert "HH_VERIFY_SSL=false has no effect: certificates are always verified" in result[
            "said"]


def test_a_certificate_that_is_demanded_is_given(probe, authority, other_authority, identity):
    cert, key, both = authority.sign("probe")
    foreign = other_authority.sign("foreigner")[2]
    trust = {"HH_CA_FILE": str(authority.cert)}
    with peers.tls_server(identity, client_ca=authority.cert) as server:
        check_refused(probe(url(server), **BRIEF, **trust), server, "")
        result = probe(url(server), **BRIEF, **trust, HH_CLIENT_CERT=str(foreign))
        check_refused(result, server, "")
        for files in ({"HH_CLIENT_CERT": str(cert), "HH_CLIENT_KEY": str(key)},
                      {"HH_CLIENT_CERT": str(both)}):
            server.seen.clear()
            assert probe(url(server), **trust, **files)["sent"] == 3
            assert server.spans() == SENT
            assert {peer["subject"][0][0][1] for _, _, _, peer in server.seen} == {"probe"}


def test_a_key_of_another_certificate_is_said_and_nothing_is_sent(probe, authority, identity):
    cert, other_key = authority.sign("one")[0], authority.sign("two")[1]
    with peers.tls_server(identity, client_ca=authority.cert) as server:
        result = probe(url(server), **BRIEF, HH_CA_FILE=str(authority.cert),
                       HH_CLIENT_CERT=str(cert), HH_CLIENT_KEY=str(other_key))
        check_refused(result, server, "key")


def test_a_file_that_is_missing_is_refused_at_once(probe):
    result = probe("https://127.0.0.1:9", HH_CA_FILE="/missing/ca.pem")
    assert result["refused"] == ('HH_CA_FILE (tls_ca_file): "/missing/ca.pem" cannot be read (No '
                                 'such file or directory); name a readable file')
