#!/bin/sh
# Calls an API for one tenant: call-api.sh acme https://api.example/v1/reports
# The headers go through a pipe, so no token appears in a process list or a file.
# For a deployed stack: TOKENS_ARGS="--stack TokenRotator".
set -eu
tenant=$1
url=$2
headers=$(tokens ${TOKENS_ARGS:-} get "$tenant" --headers)
printf '%s\n' "$headers" | curl --silent --show-error --fail-with-body --max-time 60 -H @- "$url"
