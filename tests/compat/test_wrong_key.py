"""A key that nobody has is a message within seconds."""

from __future__ import annotations

import pytest
import wandb
from wandb.errors import AuthenticationError, CommError

CAPABILITY = "Be told about a wrong key"
WRONG = "0123456789" * 4 + "nobody"

pytestmark = [pytest.mark.core, pytest.mark.capability(CAPABILITY)]


def test_the_api_refuses_it():
    with pytest.raises(AuthenticationError):
        wandb.Api(api_key=WRONG)


def test_login_refuses_it(second_process):
    script = second_process(
        """
        from wandb.errors import AuthenticationError
        try:
            wandb.login(key=given, relogin=True, verify=True)
        except AuthenticationError as error:
            answer(str(error))
        """,
        WRONG,
    )
    assert script.finish(60).answer


def test_a_run_ends_before_it_began(second_process, project):
    script = second_process(
        """
        from wandb.errors import AuthenticationError, CommError
        try:
            wandb.init(project=given["project"])
        except (AuthenticationError, CommError) as error:
            answer([type(error).__name__, str(error)])
        """,
        {"project": project},
        environment={"WANDB_API_KEY": WRONG},
    )
    finished = script.finish(60)
    assert finished.answer, finished.output


def test_a_key_taken_away_stops_working(admin):
    person = admin.person("leaver")
    theirs = wandb.Api(api_key=person.key)
    assert theirs.viewer.username == person.username
    admin.call("DELETE", f"/api/v1/users/{person.username}")
    with pytest.raises((AuthenticationError, CommError)):
        wandb.Api(api_key=person.key)
