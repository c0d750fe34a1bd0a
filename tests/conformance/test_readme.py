"""Each snippet under "Point anything at it" in README.md, typed as it is there, is traced.

The C++ one is built in tests/install.
"""
import json
import shutil

import pytest
import story
from foreign import client_python, run_client
from test_opentelemetry import CLIENTS

from conftest import Client
from readme import blocks

SECTION = "Point anything at it"


def only_event(server, name):
    """The event of this name; nothing else came but the session that it may be in."""
    events = [event for event in Client(server).export("default")
              if event["event_type"] != "session"]
    assert [event["event_name"] for event in events] == [name]
    return events[0]


def shell(script, *words, **options):
    return run_client([shutil.which("sh"), "-ec", script, "sh", *words], {}, **options)


def test_python_with_honeyhives_sdk(server, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(blocks(SECTION, server)["python"][0], encoding="utf-8")
    run_client([client_python(), program], {}, cwd=tmp_path)
    event = only_event(server, "hello from Python")
    assert event["event_type"] == "tool"
    assert event["inputs"] == {"question": "What is six times seven?"}
    assert event["outputs"] == {"result": 42}


@pytest.mark.parametrize("protocol, client", [("http/protobuf", "go-protobuf"),
                                              ("http/json", "javascript-json")])
def test_settings_for_any_opentelemetry_sdk(server, protocol, client):
    """An SDK that has one of the two only, as here, does not read the second line."""
    settings, program = blocks(SECTION, server)["sh"][0], CLIENTS[client]
    assert "PROTOCOL=http/protobuf  # or http/json\n" in settings
    shell(f"{settings.replace('http/protobuf', protocol)}exec \"$@\"", *program.command,
          cwd=program.cwd, input=json.dumps(story.told()))
    names = {event["event_name"] for event in Client(server).export(story.PROJECT)}
    assert names >= {span.name for span in story.SPANS}


def test_curl(server):
    answer = json.loads(shell(blocks(SECTION, server)["sh"][1]).stdout)
    event = only_event(server, "hello from curl")
    assert answer == {"success": True, "event_id": event["event_id"]}
    assert (event["event_type"], event["outputs"]) == ("tool", {"answer": 42})
