#!/usr/bin/env bash
# The demo: real commands on real documents, each shown before it runs.
#   BIN   folder of the installed domainkit     DOCS  folder of documents to read
set -euo pipefail
cd "$(dirname "$0")/.."
BIN=${BIN:-$PWD/.venv/bin}
DOCS=${DOCS:-examples/medical}
PLACE=$PWD/.demo/clinic
ANSWERED=${QUESTION:-"For how many days should I measure my blood pressure at home before my appointment?"}
UNANSWERED="Which light therapy is used for psoriasis?"
EMERGENCY="My father suddenly has crushing chest pain going down his left arm and he is sweating. What should I do?"

export PATH="$BIN:$PATH"
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\n\033[36m$ %s\033[0m\n' "$(printf '%q ' "$@" | sed -E "s/\\\\ /\x20/g")"; "$@"; }

[ -e "$DOCS" ] || { echo "demo: there is no folder $DOCS: make demo DOCS=PATH" >&2; exit 1; }
DOCS=$(cd "$(dirname "$DOCS")" && pwd)/$(basename "$DOCS")
rm -rf "$PLACE"

say "1. A new assistant for medicine"
run domainkit new clinic --domain medical --dir "$PLACE"
cd "$PLACE"

say "2. Read the documents"
run domainkit ingest "$DOCS" || [ $? -eq 4 ] # 4: some file was refused; the report says which

say "3. Serve it: the server loads its models while the next questions are asked"
log=$PLACE/.domainkit/serve.log
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf '\n\033[36m$ domainkit serve --port %s &\033[0m\n' "$port"
domainkit serve --port "$port" 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

say "4. A question the documents answer"
run domainkit ask "$ANSWERED"

say "5. A question they do not answer"
run domainkit ask "$UNANSWERED"

say "6. An emergency"
run domainkit ask "$EMERGENCY"

say "7. The first question again, over REST"
for _ in $(seq 480); do # a busy machine may take two minutes to load the models
  curl -fs "http://127.0.0.1:$port/healthz" >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.25
done
run curl -sS "http://127.0.0.1:$port/v1/ask" -H 'content-type: application/json' \
  -o "$PLACE/.domainkit/answer.json" \
  -d "$(python3 -c 'import json, sys; print(json.dumps({"question": sys.argv[1]}))' "$ANSWERED")"
python3 -m json.tool --no-ensure-ascii "$PLACE/.domainkit/answer.json" "$PLACE/.domainkit/shown.json"
sed -n 1,60p "$PLACE/.domainkit/shown.json"

say "The assistant is yours to try: cd ${PLACE#"$PWD"/} && domainkit ask \"...\""
