"""Programs that nobody here wrote: where ./run setup puts them, and how a test runs one."""
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).parent
SOURCES = HERE / "clients"
INSTALLED = HERE.parent.parent / "build" / "clients"
FOREIGN = re.compile(r"(HH|OTEL|HONEYHIVE)_.*|.*_proxy", re.IGNORECASE)
TIMEOUT_S = 120


def run_client(command, settings, cwd=None, **options):
    """What a client printed; it knows nothing of this machine's settings but `settings`."""
    assert pathlib.Path(command[0]).is_file(), f"{command[0]} is missing: run ./run setup"
    environment = {name: text for name, text in os.environ.items() if not FOREIGN.fullmatch(name)}
    done = subprocess.run([str(word) for word in command], env=environment | settings, cwd=cwd,
                          capture_output=True, text=True, timeout=TIMEOUT_S, check=False, **options)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stderr}"
    return done


def client_python():
    """The interpreter that has HoneyHive's SDK; another one's to try another version of it."""
    return pathlib.Path(os.environ.get("HONEYHIVE_CLIENT_PYTHON", INSTALLED / "python/bin/python"))
