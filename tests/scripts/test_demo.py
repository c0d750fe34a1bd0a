"""./run demo and the server it keeps: found, not disturbed, and ended with whoever started it."""
import itertools
import json
import os
import pathlib
import select
import signal
import subprocess
import sys

import pytest

from commands.console import Problem
from commands.server import Server, running_server
from conftest import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
# ./run demo, but with what is built already and a folder of the test's own.
DEMO = """
import pathlib, runpy, sys
main = runpy.run_path(sys.argv[1])["main"]
from commands import demo
bin_dir, folder = map(pathlib.Path, sys.argv[2:4])
demo.setup.ensure = demo.build = lambda *_: None
demo.program = lambda preset, name="honeyhive": bin_dir / name
demo.BUILD, demo.DATA = folder, folder / "data"
sys.argv[1:] = ["demo"]
sys.exit(main())
"""


def test_a_second_server_leaves_the_first_alone_and_names_it(server, binary, tmp_path):
    said = (server.data / "server.json").read_text(encoding="utf-8")
    with pytest.raises(Problem) as refused:
        Server(binary, server.data, tmp_path / "second.log").start()
    assert f"process {server.process.pid} at {server.url}" in refused.value.what
    assert f"kill {server.process.pid}" in refused.value.fix
    assert (server.data / "server.json").read_text(encoding="utf-8") == said
    assert Client(server).read("GET", "/api/v0/traces")["traces"] == []


def test_the_address_that_a_killed_server_left_is_not_believed(server):
    old, file = server.url, server.data / "server.json"
    server.kill()
    assert json.loads(file.read_text(encoding="utf-8"))["address"].startswith(old)
    assert running_server(server.data) is None
    server.start()
    assert running_server(server.data)["pid"] == server.process.pid
    assert Client(server).read("GET", "/api/v0/traces")["traces"] == []


def heed_signals():
    """As in a terminal: in the background of a script some are ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_demo_shows_commands_that_work_and_its_server_ends_with_it(number, build_dir, tmp_path):
    folder = tmp_path / "it's mine"
    folder.mkdir()
    settings = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    demo = subprocess.Popen([sys.executable, "-B", "-c", DEMO, ROOT / "run", build_dir / "bin",
                             folder], env=settings, text=True, stdout=subprocess.PIPE,
                            preexec_fn=heed_signals)
    try:
        lines = list(itertools.takewhile(lambda line: "The server is running" not in line,
                                         demo.stdout))
        shown = next(line for line in lines if " traces --data " in line)
        assert subprocess.run(shown, shell=True, check=True, capture_output=True).stdout
        server = os.pidfd_open(running_server(folder / "data")["pid"])
    finally:
        demo.send_signal(number)
    assert demo.wait(30) == {signal.SIGINT: 0, signal.SIGKILL: -9}.get(number, 128 + number)
    patience = 30 if number == signal.SIGKILL else 0  # then nobody has waited for the server
    assert select.select([server], [], [], patience)[0], "the server still runs"
    os.close(server)
    assert not (folder / "data" / "server.json").exists()


def test_the_demos_program_prints_nothing_that_a_terminal_obeys(server, build_dir):
    asked = [b"csi \xc2\x9b31m", b"raw \x9b31m", b"esc \x1b[31m", b"override \xe2\x80\xae",
             b"isolate \xe2\x81\xa7", b"mark \xd8\x9c", b"overlong \xe0\x82\x9b", b"cut \xe2\x80"]
    kept = "größer als 中文 🐝".encode()
    settings = os.environ | {"HH_API_URL": server.url}
    done = subprocess.run([build_dir / "bin" / "honeyhive_demo", "--root", ROOT, "-"], check=True,
                          input=b"\n".join([*asked, kept]), env=settings, capture_output=True)
    text = done.stdout.decode("utf-8")  # which raw bytes would not be
    assert kept.decode() in text
    shown = [line[3:] for line in text.splitlines() if line.startswith("Q  ")][:len(asked)]
    assert shown == ["csi ?31m", "raw ?31m", "esc ?[31m", "override ?", "isolate ?", "mark ?",
                     "overlong ???", "cut ??"]
