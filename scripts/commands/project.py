"""Where things are, how a preset is built, and how a command reads its arguments."""
import os
import pathlib
import shutil
import subprocess
import sys

from commands.console import TERMINAL, Problem, bold, say, step

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
PRESETS = ["dev", "release", "ci", "asan", "tsan", "fuzz"]
WARNINGS = "CMAKE_COMPILE_WARNING_AS_ERROR"  # CMake itself does not read it from the environment
PRODUCT = ["honeyhive", "honeyhive_program", "honeyhive_demo"]


def arguments_of(help_text, argv, flags=(), values=(), positional=0):
    """Flags that were given, `--name value` options and, under "", positional arguments."""
    found = {flag: False for flag in flags} | {value: None for value in values} | {"": []}
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, text = word.partition("=")
        if word in ("-h", "--help"):
            print(help_text.strip())
            sys.exit(0)
        if word in flags:
            found[word] = True
        elif name in values and (equals or rest):
            found[name] = text if equals else rest.pop(0)
        elif not word.startswith("-") and len(found[""]) < positional:
            found[""].append(word)
        else:
            raise Problem(f"{word!r} was not expected here",
                          f"read the help:\n\n{help_text.strip()}")
    return found


def preset_of(text):
    if text not in PRESETS:
        raise Problem(f"there is no preset {text!r}", f"use one of {', '.join(PRESETS)}")
    return text


def build_dir(preset):
    return BUILD / preset


def program(preset, name="honeyhive"):
    return build_dir(preset) / "bin" / name


def environment():
    """Of every compiler call: a cache where there is one, and a short progress line."""
    result = dict(os.environ, NINJA_STATUS="[%f/%t] ")
    if shutil.which("ccache"):
        result.setdefault("CMAKE_CXX_COMPILER_LAUNCHER", "ccache")
    return result


def listed_files(*patterns):
    """Files of the project that match: tracked, or new and not ignored."""
    try:
        done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT,
                              check=True, capture_output=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise Problem(f"git does not say which files belong to the project in {ROOT}",
                      "work in a clone of the repository, not in a copy of its files; "
                      "`git status` there must work") from None
    return [name for name in sorted(set(done.stdout.splitlines())) if (ROOT / name).is_file()]


def configure(preset):
    folder = build_dir(preset)
    made, presets = folder / "build.ninja", ROOT / "CMakePresets.json"
    if made.is_file() and made.stat().st_mtime > presets.stat().st_mtime:
        return  # ninja itself notices changed CMake files
    command = ["cmake", "--preset", preset]
    if WARNINGS in os.environ:
        command.append(f"-D{WARNINGS}={os.environ[WARNINGS]}")
    step(f"configuring {preset}", command, folder / "configure.log",
         f"if packages changed under it: rm -r {folder}", cwd=ROOT, env=environment())


def build(preset, targets=()):
    """Brings `targets` (none: everything) of a preset up to date."""
    configure(preset)
    command = ["cmake", "--build", str(build_dir(preset)), "--parallel", str(os.cpu_count() or 2)]
    command += [part for target in targets for part in ("--target", target)]
    if not TERMINAL:
        step(f"building {preset}", command, build_dir(preset) / "build.log", cwd=ROOT,
             env=environment())
        return
    say(bold(f"Building {preset}"))
    if subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode:
        raise Problem(f"the {preset} build failed", "the first error above is the one to look at")
