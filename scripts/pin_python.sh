#!/usr/bin/env bash
# Writes tests/requirements.txt from tests/requirements.in: every package the tests need, with its
# exact version and the hashes of all its files, so that an install is the same on every platform
# and refuses anything else. Run it after a change of requirements.in, and commit both files.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=build/pin-venv
[ -x $venv/bin/pip-compile ] || {
  python3 -m venv $venv
  $venv/bin/python -m pip --quiet install "pip<25" "pip-tools==7.4.1"
}
CUSTOM_COMPILE_COMMAND=scripts/pin_python.sh $venv/bin/pip-compile --quiet --generate-hashes \
  --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
  "$@" --output-file tests/requirements.txt tests/requirements.in
