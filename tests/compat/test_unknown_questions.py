"""What the server does not know it says, by name: a client must not take silence for an answer."""

from __future__ import annotations

import json

import pytest
from harness.graphql import ask

pytestmark = pytest.mark.capability("A query that the server does not know names what is unknown")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("query { frobnicate }", "frobnicate"),
        ("mutation { frobnicate(input: {}) { id } }", "frobnicate"),
        ("query { viewer { favouriteColour } }", "favouriteColour"),
        ('query { project(name: "p", shape: "round") { id } }', "shape"),
        ('mutation { deleteRun(input: {id: "x", surprise: 1}) { clientMutationId } }', "surprise"),
    ],
)
def test_the_error_names_it(server, query, names):
    status, text = ask(server.url, query)
    assert 400 <= status < 500
    assert names in json.loads(text)["errors"][0]["message"]


@pytest.mark.parametrize("query", ["", "query {", "}{", "query A { viewer { id } } query B { viewer { id } }"])
def test_what_is_no_query_is_refused(server, query):
    status, text = ask(server.url, query)
    assert 400 <= status < 500
    assert json.loads(text)["errors"]


def test_depth_and_length_have_limits(server, api):
    deep = "query { viewer " + "{ teams { edges { node " * 700 + "{ id }" + "}}}" * 700 + "}"
    long = "query { viewer { id } } #" + "x" * 10_000_000
    for query in (deep, long):
        status, text = ask(server.url, query)
        assert 400 <= status < 500
        assert json.loads(text)["errors"]
    assert api.viewer.username == "admin"
