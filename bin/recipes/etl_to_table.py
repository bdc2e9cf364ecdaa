"""Loads what an API says of every tenant into a table.

    etl_to_table.py https://api.example/v1/reports reports.db

Reads the access-token secret with boto3: its role needs grantRead, and `pip install boto3`. With
REFRESH_FUNCTION (the stack's output RefreshFunctionName) and grantTokens, tokens that are about to
end are refreshed first.
"""

import json
import os
import sqlite3
import sys
import urllib.request
from datetime import datetime, timedelta, timezone

import boto3

NAME = os.environ.get("TOKENS_NAME", "token-rotator")
SHARD = os.environ.get("TOKENS_SHARD", "default")
REFRESH_FUNCTION = os.environ.get("REFRESH_FUNCTION")
# grantTokens allows the alias of one shard: a dot of its name is "_d" there, an underscore "_u".
ALIAS = "shard-" + SHARD.replace("_", "_u").replace(".", "_d")
MARGIN = timedelta(minutes=5)


def read_tokens():
    secret = f"{NAME}/access-tokens" + ("" if SHARD == "default" else f"/{SHARD}")
    client = boto3.client("secretsmanager")
    reply = client.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
    return json.loads(reply["SecretString"])["tenants"]


def is_stale(token):
    if token["expires_at"] is None:  # a token that has no end
        return False
    ends = datetime.fromisoformat(token["expires_at"].replace("Z", "+00:00"))
    return ends < datetime.now(timezone.utc) + MARGIN


def refresh(tenant):
    event = json.dumps({"tenant": tenant, "shard": SHARD})
    function = {"FunctionName": REFRESH_FUNCTION, "Qualifier": ALIAS}
    reply = boto3.client("lambda").invoke(**function, Payload=event)
    answer = json.load(reply["Payload"])
    if "FunctionError" in reply:
        raise RuntimeError(answer.get("errorMessage", "the refresh function failed"))
    if answer.get("error"):
        raise RuntimeError(f"{answer['error']['message']} {answer['error']['next_step']}")


def fetch(url, token):
    headers = {"Authorization": f"Bearer {token['access_token']}", **token["headers"]}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as reply:
        return json.load(reply)


def main(url, path):
    tokens = read_tokens()
    table = sqlite3.connect(path)
    columns = "tenant TEXT PRIMARY KEY, loaded_at TEXT, body TEXT"
    table.execute(f"CREATE TABLE IF NOT EXISTS reports ({columns})")
    failed = 0
    for tenant in sorted(tokens):
        try:
            if is_stale(tokens[tenant]) and REFRESH_FUNCTION:
                refresh(tenant)
                tokens = read_tokens()
            body = json.dumps(fetch(url, tokens[tenant]))
            row = (tenant, datetime.now(timezone.utc).isoformat(), body)
            with table:
                table.execute("INSERT OR REPLACE INTO reports VALUES (?, ?, ?)", row)
        except Exception as error:  # one tenant's trouble is not the others'
            failed += 1
            print(f"{tenant}: {error}", file=sys.stderr)
    print(f"{len(tokens) - failed} of {len(tokens)} tenants loaded.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
