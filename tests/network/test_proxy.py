"""Which requests go through a proxy, and what it learns."""
from network import peers

SENT = ["probed"] * 3
PLAIN, SECURE = "http://traced.example", "https://traced.example"
BRIEF = {"flush_ms": 300, "HH_EXPORT_TIMEOUT_MS": "1000"}


def address(proxy, login=""):
    return f"http://{login}127.0.0.1:{proxy.port}"


def test_http_goes_through_a_proxy(probe):
    with peers.server() as server, peers.proxy(server.port) as proxy:
        assert probe(PLAIN, HH_PROXY=address(proxy))["sent"] == 3
        assert server.spans() == SENT
        assert {(method, path) for method, path, _ in proxy.seen} == {
            ("POST", PLAIN + "/session/start"), ("POST", PLAIN + "/opentelemetry/v1/traces")}


def test_https_goes_through_a_tunnel_that_shows_the_proxy_no_key(probe, authority, identity):
    with peers.tls_server(identity) as server, peers.proxy(server.port) as proxy:
        result = probe(SECURE, HH_PROXY=address(proxy), HH_CA_FILE=str(authority.cert))
        assert result["sent"] == 3, result
        assert server.spans() == SENT
        assert {(method, path) for method, path, _ in proxy.seen} == {
            ("CONNECT", "traced.example:443")}
        assert all("Authorization" not in headers for _, _, headers in proxy.seen)


def test_a_tunnel_ends_at_the_server_that_was_meant(probe, authority):
    stranger = authority.sign("stranger", "DNS:stranger.example")[2]
    with peers.tls_server(stranger) as server, peers.proxy(server.port) as proxy:
        result = probe(SECURE, **BRIEF, HH_PROXY=address(proxy),
                       HH_CA_FILE=str(authority.cert))
        assert result["sent"] == 0 and "traced.example" in result["last_error"]
        assert server.seen == []


def test_a_proxys_password_is_given_to_it_and_shown_to_nobody(probe):
    with peers.server() as server, peers.proxy(server.port, "user:pass@word") as proxy:
        result = probe(PLAIN, HH_PROXY=address(proxy, "user:pass%40word@"))
        assert result["sent"] == 3
        assert server.spans() == SENT
        assert all("Proxy-Authorization" not in headers for _, headers, _, _ in server.seen)
        assert f"proxy = http://****@127.0.0.1:{proxy.port} (from HH_PROXY)" in result["said"]
        assert "word" not in result["said"] + result["printed"]


def test_a_password_that_is_refused_is_counted_and_shown_to_nobody(probe):
    with peers.server() as server, peers.proxy(server.port, "user:right") as proxy:
        result = probe(PLAIN, **BRIEF, HH_PROXY=address(proxy, "user:wrongword@"))
        assert result["sent"] == 0
        assert "status 407" in result["last_error"]
        assert "wrongword" not in result["said"] + result["printed"]
        assert server.seen == []


def test_a_proxy_that_is_not_there_is_said_without_its_password(probe):
    result = probe(PLAIN, HH_PROXY="http://user:wrongword@127.0.0.1:9", **BRIEF)
    assert result["sent"] == 0 and result["last_error"]
    assert "wrongword" not in result["said"] + result["printed"]


def test_proxies_differ_by_the_scheme_of_the_server(probe, authority, identity):
    with peers.server() as plain, peers.tls_server(identity) as secure, \
            peers.proxy(plain.port) as http, peers.proxy(secure.port) as https:
        both = {"HH_HTTP_PROXY": address(http), "HH_HTTPS_PROXY": address(https),
                "HH_CA_FILE": str(authority.cert)}
        assert probe(PLAIN, **both)["sent"] == probe(SECURE, **both)["sent"] == 3
        assert plain.spans() == secure.spans() == SENT
        assert {method for method, _, _ in http.seen} == {"POST"}
        assert {method for method, _, _ in https.seen} == {"CONNECT"}


def test_the_usual_variables_count_where_ours_are_not_set(probe):
    with peers.server() as server, peers.proxy(server.port) as usual, \
            peers.proxy(server.port) as ours:
        assert probe(PLAIN, http_proxy=address(usual))["sent"] == 3
        assert len(usual.seen) == 2
        assert probe(PLAIN, http_proxy=address(usual), HH_PROXY=address(ours))["sent"] == 3
        assert len(usual.seen) == 2 and len(ours.seen) == 2


def test_a_server_on_this_machine_is_never_asked_for_through_the_environments_proxy(probe):
    with peers.server() as server, peers.proxy(server.port) as proxy:
        everywhere = {name: address(proxy) for name in (
            "HH_PROXY", "HH_HTTP_PROXY", "http_proxy", "all_proxy", "ALL_PROXY")}
        assert probe(f"http://127.0.0.1:{server.port}", **everywhere)["sent"] == 3
        assert probe(f"http://localhost:{server.port}", **everywhere)["sent"] == 3
        assert server.spans() == SENT * 2
        assert proxy.seen == []


def test_a_proxy_that_the_program_names_is_asked_for_every_server(probe):
    with peers.server() as server, peers.proxy(server.port) as proxy:
        assert probe(f"http://127.0.0.1:{server.port}", address(proxy))["sent"] == 3
        assert len(proxy.seen) == 2


def test_hosts_without_a_proxy_are_asked_without_one(probe):
    with peers.server() as server, peers.proxy(server.port) as proxy:
        for hosts in ("traced.example", ".example", "*"):
            assert probe(PLAIN, HH_PROXY=address(proxy), HH_NO_PROXY=hosts, **BRIEF)["sent"] == 0
        assert probe(PLAIN, HH_PROXY="none", http_proxy=address(proxy), **BRIEF)["sent"] == 0
        assert proxy.seen == []
        assert probe(PLAIN, HH_PROXY=address(proxy), HH_NO_PROXY="other.example")["sent"] == 3
