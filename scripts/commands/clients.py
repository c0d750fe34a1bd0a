"""The clients of tests/conformance that nobody here wrote: installed into build/clients, pinned by
hashes, each apart from the others and from the tests' own packages.

honeyhive and OpenTelemetry for Python by pip, OpenTelemetry for JavaScript by npm, for Go by go. To
change a version: edit requirements.in and run scripts/pin_python.sh; package.json and
`npm install --package-lock-only --omit-lockfile-registry-resolved`; go.mod and `go mod tidy`.
"""
import hashlib
import os
import shutil
import subprocess
import sys

from commands.console import Problem, bold, say, step
from commands.project import BUILD, ROOT

SOURCES = ROOT / "tests" / "conformance" / "clients"
INSTALLED = BUILD / "clients"
OFFLINE = "is the network there? build, demo and serve work without it"


def key_of(*parts):
    """Changes when a file, or a text that is given, changes."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part.read_bytes())
    return digest.hexdigest()


def version_of(tool, *arguments):
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False).stdout


def is_current(folder, key):
    stamp = folder / ".stamp"
    return stamp.is_file() and stamp.read_text() == key


def install_venv(folder, requirements):
    """A virtual environment with exactly the packages of `requirements`."""
    key = key_of(requirements, sys.version)
    if is_current(folder, key):
        return
    lines = requirements.read_text().splitlines()
    names = [line.split(" ")[0] for line in lines if "==" in line]
    where = folder.relative_to(ROOT)
    say(f"{bold('Installing')} {len(names)} Python packages into {where}: {' '.join(names)}")
    name = folder.name
    step(f"creating {where}", [sys.executable, "-m", "venv", "--clear", str(folder)],
         BUILD / f"setup-{name}.log", "on Debian: apt-get install python3-venv")
    step("pip install", [str(folder / "bin" / "python"), "-m", "pip", "install", "--require-hashes",
                         "--only-binary", ":all:", "-r", str(requirements)],
         BUILD / f"setup-{name}-pip.log", OFFLINE)
    (folder / ".stamp").write_text(key)


def install_python():
    if sys.version_info < (3, 11):
        raise Problem(f"python3 is {sys.version.split()[0]}; HoneyHive's SDK, which the tests run, "
                      "needs 3.11", "./run test --only ctest runs without it")
    install_venv(INSTALLED / "python", SOURCES / "python" / "requirements.txt")


def install_node():
    folder = INSTALLED / "node"
    files = [SOURCES / "node" / name for name in ("package.json", "package-lock.json")]
    key = key_of(*files, version_of("node", "--version"))
    if is_current(folder, key):
        return
    say(f"{bold('Installing')} OpenTelemetry's packages for JavaScript into build/clients/node")
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)
    step("npm ci", ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
         BUILD / "setup-node.log", OFFLINE, cwd=folder)
    (folder / ".stamp").write_text(key)


def install_go():
    source, folder = SOURCES / "go", INSTALLED / "go"
    files = [source / name for name in ("main.go", "go.mod", "go.sum")]
    key = key_of(*files, version_of("go", "version"))
    if is_current(folder, key):
        return
    say(f"{bold('Building')} a client with OpenTelemetry's packages for Go into build/clients/go")
    folder.mkdir(parents=True, exist_ok=True)
    settings = dict(os.environ, GOFLAGS="-mod=readonly -modcacherw -buildvcs=false",
                    GOTOOLCHAIN="local", GOWORK="off",
                    GOMODCACHE=str(folder / "modules"), GOCACHE=str(folder / "cache"))
    command = ["go", "build", "-ldflags=-s -w", "-o", str(folder / "client"), "."]
    step("go build", command, BUILD / "setup-go.log", OFFLINE, cwd=source, env=settings)
    (folder / ".stamp").write_text(key)


def install():
    """All of them; instant when they are there."""
    install_python()
    install_node()
    install_go()
