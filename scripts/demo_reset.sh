#!/bin/sh
# Removes what the demo has gathered under OWNERDESK_DATA. Refused while Ownerdesk runs or when a real token is set.
set -eu
cd "$(dirname "$0")/.."
setting() {
    value=$(printenv "$1" || true)
    if [ -z "$value" ] && [ -f .env ]; then
        value=$(sed -n "s/^\(export \)\{0,1\}$1=//p" .env | tail -n 1 | tr -d "\"'")
    fi
    printf '%s' "$value"
}
data=$(setting OWNERDESK_DATA)
data=${data:-var}
if [ -n "$(setting TELEGRAM_TOKEN)" ]; then
    echo "demo-reset: TELEGRAM_TOKEN is set, so $data may hold real owners' data. Nothing was removed." >&2
    exit 1
fi
if [ -s "$data/ownerdesk.lock" ] && kill -0 "$(cat "$data/ownerdesk.lock")" 2>/dev/null; then
    echo "demo-reset: Ownerdesk is running on $data. Stop it first." >&2
    exit 1
fi
rm -rf "$data/postgres" "$data/demo" "$data/files" "$data/log"
echo "The demo starts afresh with the next \`make run\`."
