#!/usr/bin/env bash
# Writes requirements.txt from each requirements.in: every package the tests need, with its exact
# version and the hashes of all its files, so that an install is the same on every platform and
# refuses anything else. Run it after a change of a requirements.in, and commit both files.
#
# The tools that do it are pinned in the same way, by pin_python.in and pin_python.txt beside this.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=scripts/pin_python.txt
venv=build/pin-venv
if ! cmp --silent $tools $venv/installed.txt; then
  python3 -m venv --clear $venv
  $venv/bin/python -m pip --quiet install --require-hashes --only-binary :all: -r $tools
  cp $tools $venv/installed.txt
fi
for list in tests/requirements tests/conformance/clients/python/requirements scripts/pin_python; do
  CUSTOM_COMPILE_COMMAND=scripts/pin_python.sh $venv/bin/pip-compile --quiet --generate-hashes \
    --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
    "$@" --output-file $list.txt $list.in
done
