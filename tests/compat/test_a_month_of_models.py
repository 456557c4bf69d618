"""The example that does in one go what a demanding user does in a month. It checks every step itself."""

from __future__ import annotations

import pytest
from harness.server import ROOT


@pytest.mark.capability("A month of work in one script (`examples/a_month_of_models.py`)")
def test_everything_is_as_it_should_be(second_process, admin):
    # It is written for registries that hold nothing yet.
    person = admin.person("scientist", organization=admin.organization("month"))
    script = second_process(
        """
        import runpy
        runpy.run_path(given, run_name="__main__")
        answer("done")
        """,
        str(ROOT / "examples" / "a_month_of_models.py"),
        person=person,
    )
    finished = script.finish()
    assert finished.answer == "done", finished.output
    assert "everything was as it should be" in finished.output
