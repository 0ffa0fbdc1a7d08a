#!/bin/sh
# Finds a Python that is new enough and lets it do the set-up; arguments are passed on.
set -eu
cd "$(dirname "$0")/.."
for candidate in python3.11 python3 python3.12 python3.13 python3.14 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        exec "$candidate" scripts/setup.py "$@"
    fi
done
echo "setup: No Python 3.11 or newer was found. Install it (Debian: apt-get install python3 python3-venv) and try again." >&2
exit 1
