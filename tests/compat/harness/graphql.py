"""Questions put by hand: what no client would ask, and what is asked by the web app alone."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

from harness.server import ADMIN_KEY
from harness.surroundings import refuse_other_hosts


def ask(url: str, query: str, variables: object = None) -> tuple[int, str]:
    refuse_other_hosts(url)
    request = urllib.request.Request(
        f"{url}/graphql",
        data=json.dumps({"query": query, "variables": variables, "operationName": ""}).encode(),
        headers={
            "Authorization": "Basic " + base64.b64encode(f"api:{ADMIN_KEY}".encode()).decode(),
            "Content-Type": "application/json",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
