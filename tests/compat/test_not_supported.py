"""Parts of the client that are about other products: refused at once, by name."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED

pytestmark = [
    pytest.mark.unsupported("they belong to products other than a registry of models"),
    pytest.mark.capability("Reports, launch queues and custom charts"),
]


def test_reports(api, entity, unique):
    api.create_project(name := unique("project"), entity)
    with pytest.raises(REFUSED, match="Cannot query field|not supported"):
        list(api.reports(f"{entity}/{name}"))


def test_launch_queues(api, entity):
    with pytest.raises(REFUSED, match="Cannot query field|not supported"):
        api.create_run_queue("queue", "local-process", entity=entity)


def test_custom_charts(api, entity):
    with pytest.raises(REFUSED, match="not supported"):
        api.create_custom_chart(entity, "chart", "A chart", "vega2", "private", {"mark": "bar"})
