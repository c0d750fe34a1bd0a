"""What ./run test tells the tests: the same, whoever calls it."""
import pytest

from commands import test as test_command

NO_OPTIONS = {"--long": False, **dict.fromkeys(test_command.NUMBERS)}


@pytest.mark.parametrize("name", [
    "HH_API_URL", "HH_TEST_MODE", "HH_PROJECT", "OTEL_SDK_DISABLED", "OTEL_EXPORTER_OTLP_ENDPOINT",
    "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
    "NO_PROXY", "OPENAI_BASE_URL", "HONEYHIVE_LONG", "HONEYHIVE_SOAK_SECONDS"])
def test_what_the_caller_has_set_does_not_reach_the_tests(name, monkeypatch):
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert name not in test_command.settings_of(NO_OPTIONS, "release")


def test_what_compilers_and_programs_need_does(monkeypatch):
    monkeypatch.setenv("CXX", "g++")
    settings = test_command.settings_of(NO_OPTIONS, "release")
    assert settings["CXX"] == "g++" and settings["PATH"]
    assert settings["HONEYHIVE_BUILD_DIR"].endswith("build/release")
