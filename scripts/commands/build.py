"""usage: ./run build [preset] [--all]

Builds the program (build/<preset>/bin/honeyhive), the library and the demo.

  preset    release (default), dev, ci, asan, tsan or fuzz
  --all     tests, benchmarks and everything else of the preset too
"""
from commands import setup
from commands.console import green, say
from commands.project import PRODUCT, ROOT, arguments_of, build, preset_of, program


def main(argv):
    options = arguments_of(__doc__, argv, flags=["--all"], positional=1)
    preset = preset_of(options[""][0] if options[""] else "release")
    setup.ensure("test" if preset in ("asan", "tsan", "fuzz") else "build")
    everything = options["--all"] or preset == "fuzz"
    build(preset, [] if everything else PRODUCT)
    if not everything:
        say(green(f"Built {program(preset).relative_to(ROOT)}"))
    return 0
