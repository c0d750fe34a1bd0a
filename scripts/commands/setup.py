"""usage: ./run setup [--minimum]

Installs what this project needs, and says what that is. It asks for nothing; when nothing is
missing it does nothing. Every other command calls it for what that command needs.

  --minimum   only what build, demo and serve need: no clang, no test tools, no Python packages

System packages come from Debian's package manager, as root or by sudo; without either, or on
another system, the missing ones are printed with their names there. Python packages go into
build/venv, at the versions and hashes of tests/requirements.txt; the foreign clients that the tests
run go into build/clients, pinned in the same way by the files of tests/conformance/clients.
"""
import os
import pathlib
import shutil
import subprocess
import sys

from commands import clients, packages
from commands.console import Problem, bold, green, say, step
from commands.project import BUILD, ROOT, arguments_of

VENV = BUILD / "venv"
REQUIREMENTS = ROOT / "tests" / "requirements.txt"


def as_root():
    """The prefix of a command that runs as root, or None if there is no way without asking."""
    if os.geteuid() == 0:
        return []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    sudo = ["sudo", "-n"]
    works = shutil.which("sudo") and not subprocess.run([*sudo, "true"], check=False,
                                                        **quiet).returncode
    return sudo if works else None


def how_to_install(missing):
    names = {system: " ".join(sorted({getattr(package, system) for package in missing}))
             for system in ("debian", "fedora", "arch")}
    return ("install them, then run this again:\n"
            f"  Debian, Ubuntu   sudo apt-get install {names['debian']}\n"
            f"  Fedora           sudo dnf install {names['fedora']}\n"
            f"  Arch             sudo pacman -S {names['arch']}")


def install_system(wanted):
    missing = [package for package in wanted if not package.is_present()]
    if not missing:
        return
    names = [package.debian for package in missing]
    prefix = as_root()
    if not shutil.which("apt-get") or prefix is None:
        raise Problem(f"missing on this machine: {', '.join(names)}", how_to_install(missing))
    say(f"{bold('Installing')} {len(names)} system packages: {' '.join(names)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    step("apt-get update", [*apt, "update"], BUILD / "setup-update.log",
         "is the network there, and does /etc/apt name a mirror that answers?")
    step("apt-get install", [*apt, "install", "--no-install-recommends", *names],
         BUILD / "setup-install.log", how_to_install(missing))
    still = [package for package in missing if not package.is_present()]
    if still:
        raise Problem(f"installed, but not found: {', '.join(p.probe for p in still)}",
                      "is the release of this system older than Debian 12?")


def ensure(group):
    """Installs what `group` ("build", "test", or "clients": all) needs; instant if there."""
    if sys.version_info < (3, 9):
        raise Problem(f"python3 is {sys.version.split()[0]}; 3.9 or newer is needed")
    BUILD.mkdir(exist_ok=True)
    wanted = {"build": packages.BUILD, "test": packages.BUILD + packages.TEST,
              "clients": packages.BUILD + packages.TEST + packages.CLIENTS}
    install_system(wanted[group])
    if group != "build":
        clients.install_venv(VENV, REQUIREMENTS)
    if group == "clients":
        clients.install()


def main(argv):
    options = arguments_of(__doc__, argv, flags=["--minimum"])
    ensure("build" if options["--minimum"] else "clients")
    say(green("Everything that is needed is installed."))
    return 0


def python():
    """The interpreter that has the packages of the tests."""
    return pathlib.Path(VENV / "bin" / "python")
