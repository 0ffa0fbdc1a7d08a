#!/bin/sh
# Compiles the hashed locks from requirements/*.in. No address of a package index may end up in them.
set -eu
cd "$(dirname "$0")/../requirements"
compile() { ../.venv/bin/uv pip compile --quiet --upgrade --generate-hashes --universal --no-header "$@"; }
compile --python-version 3.11 uv.in -o uv.txt
compile --python-version 3.11 app.in -o app.txt
compile --python-version 3.11 -c app.txt dev.in -o dev.txt
compile --python-version 3.11 -c dev.txt reader.in -o reader.txt
compile --no-config --python-version 3.10 --override rasa-overrides.in rasa.in -o rasa.txt
if grep -n '://' ./*.txt; then
    echo "lock: the lines above contain addresses; a lock must not." >&2
    exit 1
fi
cd ../console
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --loglevel=error
if grep -n '"resolved"' package-lock.json; then
    echo "lock: the lines above contain addresses; a lock must not." >&2
    exit 1
fi
