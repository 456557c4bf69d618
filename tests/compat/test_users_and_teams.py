"""People: the viewer, keys, teams, invitations and service accounts."""

from __future__ import annotations

import pytest
import wandb
from harness.errors import REFUSED
from harness.versions import log

USERS = "Viewer, default entity, users and API keys"
TEAMS = "Teams, invitations and service accounts"
ABSENT = "What one may not see looks absent"
PRIVILEGES = "Acting with an administrator's privileges"



@pytest.mark.capability(USERS)
def test_the_viewer(admin, api_of):
    person = admin.person("viewer")
    team = admin.team("team")
    admin.join_team(team, person, "member")
    viewer = api_of(person).viewer
    assert (viewer.username, viewer.email) == (person.username, person.email)
    assert set(viewer.teams) == {person.username, team}


@pytest.mark.capability(USERS)
def test_an_administrator_finds_users(admin, api):
    person = admin.person("found")
    assert api.user(person.username).email == person.email
    assert api.user(person.email).username == person.username
    assert api.user("nobody-of-that-name") is None
    assert person.username in [user.username for user in api.users("found")]


@pytest.mark.capability(USERS)
def test_an_administrator_makes_users(api, unique):
    name = unique("made")
    user = api.create_user(f"{name}@example.com")
    assert user.email == f"{name}@example.com"
    assert api.user(f"{name}@example.com") is not None


@pytest.mark.capability(USERS)
def test_nobody_else_does(admin, api_of, unique):
    ordinary = api_of(admin.person("ordinary"))
    with pytest.raises(REFUSED):
        ordinary.create_user(f"{unique('made')}@example.com")


@pytest.mark.capability(USERS)
def test_keys_are_made_used_and_taken_away(admin, api_of):
    theirs = api_of(admin.person("keys"))
    viewer = theirs.viewer
    before = len(viewer.api_keys)
    secret = viewer.generate_api_key("laptop")
    assert secret
    assert len(viewer.api_keys) == before + 1
    assert wandb.Api(api_key=secret).viewer.username == viewer.username
    fresh = wandb.Api(api_key=secret).viewer
    assert len(fresh.api_keys) == before + 1
    assert viewer.delete_api_key(viewer.api_keys[-1]) is True
    with pytest.raises(wandb.errors.AuthenticationError):
        wandb.Api(api_key=secret)


@pytest.mark.capability(TEAMS)
def test_a_team_is_made_and_read(admin, api, unique):
    name = unique("team")
    team = api.create_team(name)
    assert team.name == name
    assert [member.username for member in api.team(name).members] == ["admin"]


@pytest.mark.capability(TEAMS)
def test_people_are_invited_and_removed(admin, api, api_of):
    team = api.team(admin.team("team"))
    person = admin.person("invited")
    assert team.invite(person.username) is True
    team.load(force=True)
    (member,) = [member for member in team.members if member.username == person.username]
    assert team.name in api_of(person).viewer.teams
    assert member.delete() is True
    team.load(force=True)
    assert person.username not in [member.username for member in team.members]
    assert team.invite("nobody-of-that-name") is False


def members(team):
    team.load(force=True)
    return {member.email: member for member in team.members if member.email}


@pytest.mark.capability(TEAMS)
def test_an_invitation_by_mail_waits_for_its_user(admin, api, api_of, unique):
    team = api.team(admin.team("team"))
    name = unique("invited")
    assert team.invite(f"{name.upper()}@example.com", admin=True) is True
    (invited,) = members(team).values()
    assert (invited.pending, invited.username, invited.admin) == (True, None, True)
    api.create_user(f"somebody-else-{name}@example.com")
    assert members(team)[invited.email].pending is True
    api.create_user(f"{name}@example.com")
    (member,) = members(team).values()
    assert (member.pending, member.username, member.admin) == (False, name, True)


@pytest.mark.capability(TEAMS)
def test_an_invitation_is_withdrawn(admin, api, unique):
    team = api.team(admin.team("team"))
    name = unique("withdrawn")
    assert team.invite(f"{name}@example.com") is True
    (invited,) = members(team).values()
    assert invited.delete() is True
    assert invited.delete() is False
    api.create_user(f"{name}@example.com")
    assert members(team) == {}


@pytest.mark.capability(TEAMS)
def test_inviting_again_changes_nothing(admin, api, unique):
    team = api.team(admin.team("team"))
    known, unknown = admin.person("known"), f"{unique('unknown')}@example.com"
    assert team.invite(known.email, admin=True) is True
    assert team.invite(unknown) is True
    before = {email: dict(member._attrs) for email, member in members(team).items()}
    assert before[known.email]["pending"] is False
    for address in (known.email, known.email.upper(), known.username, unknown, unknown.upper()):
        assert team.invite(address) is False
    assert {email: dict(member._attrs) for email, member in members(team).items()} == before
    assert team.invite("no-address@") is False


@pytest.mark.capability(TEAMS)
def test_a_service_account_logs_for_its_team(admin, api, second_process, entity, project):
    team = api.team(admin.team("team"))
    account = team.create_service_account("continuous integration")
    assert (account.account_type, account.name) == ("SERVICE", "continuous integration")
    script = second_process(
        """
        run = wandb.init(entity=given["team"], project=given["project"])
        run.log_artifact(wandb.Artifact("m", "model")).wait()
        run.finish()
        answer(run.entity)
        """,
        {"team": team.name, "project": project},
        environment={"WANDB_API_KEY": account.api_key},
    )
    assert script.finish().answer == team.name
    assert api.artifact(f"{team.name}/{project}/m:v0").state == "COMMITTED"


@pytest.mark.capability(TEAMS)
def test_a_service_account_links_and_keeps_its_own_keys(admin, api, second_process, unique, project):
    team = api.team(admin.team("team"))
    account = team.create_service_account("release")
    name = unique("task")
    script = second_process(
        """
        run = wandb.init(project=given["project"])
        version = run.log_artifact(wandb.Artifact("m", "model")).wait()
        version.link("wandb-registry-model/" + given["name"], aliases=["production"])
        run.finish()
        viewer = wandb.Api().viewer
        made = viewer.generate_api_key("the next one")
        used = wandb.Api(api_key=made).viewer
        answer([viewer.teams, used.username, used.delete_api_key(used.api_keys[0])])
        """,
        {"project": project, "name": name},
        environment={"WANDB_API_KEY": account.api_key},
    ).finish()
    assert script.answer == [[team.name], account.username, True], script.output
    assert api.artifact(f"wandb-registry-model/{name}:production").source_entity == team.name
    with pytest.raises(wandb.errors.AuthenticationError):
        wandb.Api(api_key=account.api_key)


@pytest.mark.capability(TEAMS)
@pytest.mark.parametrize("variable", ["WANDB_USERNAME", "WANDB_USER_EMAIL"])
def test_a_service_account_works_for_somebody_of_its_team(admin, api, second_process, project, variable):
    team = api.team(admin.team("team"))
    account = team.create_service_account("on behalf")
    member, stranger = admin.person("member"), admin.person("stranger")
    admin.join_team(team.name, member, "member")

    def author(person):
        name = person.username if variable == "WANDB_USERNAME" else person.email
        script = second_process(
            """
            with wandb.init(project=given) as run:
                answer(run.id)
            """,
            project,
            environment={"WANDB_API_KEY": account.api_key, variable: name},
        )
        return api.run(f"{team.name}/{project}/{script.finish().answer}").user.username

    assert author(member) == member.username
    team.load(force=True)
    assert author(stranger) == team.members[-1].username == account.username


@pytest.mark.capability(TEAMS)
def test_a_service_account_ends_with_its_membership(admin, api, api_of):
    team = api.team(admin.team("team"))
    first, last = team.create_service_account("first"), team.create_service_account("last")
    assert [first.name, last.name] == ["first", "last"]
    assert wandb.Api(api_key=last.api_key).viewer.username == last.username
    assert last.delete() is True
    with pytest.raises(wandb.errors.AuthenticationError):
        wandb.Api(api_key=last.api_key)
    team.load(force=True)
    assert [member.name for member in team.members if member.account_type == "SERVICE"] == ["first"]
    person = admin.person("member")
    admin.join_team(team.name, person, "member")
    theirs = api_of(person).team(team.name)
    assert [member.api_key for member in theirs.members] == [None] * 3
    assert theirs.create_service_account("not by a member") is None


@pytest.mark.capability(TEAMS)
def test_a_member_logs_where_a_stranger_may_not(admin, api, second_process, project):
    team = admin.team("team")
    member, stranger = admin.person("member"), admin.person("stranger")
    admin.join_team(team, member, "member")
    source = """
    try:
        run = wandb.init(entity=given["team"], project=given["project"])
        run.finish()
        answer("logged")
    except wandb.errors.CommError as error:
        answer("refused")
    """
    given = {"team": team, "project": project}
    assert second_process(source, given, person=member).finish().answer == "logged"
    assert second_process(source, given, person=stranger).finish(60).answer == "refused"


@pytest.fixture(scope="module")
def secret_version(module_project):
    run = wandb.init(project=module_project, reinit="create_new")
    made = log(run, "secret", "hidden bytes")
    run.finish()
    return made, run.id


@pytest.mark.core
@pytest.mark.capability(ABSENT)
def test_versions_runs_and_projects_of_others(admin, api_of, secret_version, module_project):
    theirs = api_of(admin.person("stranger"))
    made, run_id = secret_version
    with pytest.raises(REFUSED):
        theirs.artifact(f"research/{module_project}/secret:v0")
    assert not theirs.artifact_exists(f"research/{module_project}/secret:v0")
    assert not theirs.artifact_collection_exists(f"research/{module_project}/secret", "model")
    with pytest.raises(REFUSED):
        theirs.run(f"research/{module_project}/{run_id}")
    with pytest.raises(REFUSED):
        len(theirs.runs(f"research/{module_project}"))
    with pytest.raises(REFUSED):
        list(theirs.artifacts("model", f"research/{module_project}/secret"))
    with pytest.raises(REFUSED):
        list(theirs.projects("research"))


@pytest.mark.capability(ABSENT)
def test_the_same_message_as_for_what_does_not_exist(admin, api_of, secret_version, module_project):
    theirs = api_of(admin.person("stranger"))

    def message(address: str) -> str:
        with pytest.raises(REFUSED) as refused:
            theirs.artifact(address)
        return str(refused.value).replace(address, "X").replace(module_project, "P").replace("never-made", "P")

    assert message(f"research/{module_project}/secret:v0") == message("research/never-made/secret:v0")


@pytest.mark.capability(ABSENT)
def test_a_viewer_of_the_team_reads_and_does_not_write(admin, api_of, second_process, unique, tmp_path):
    team = admin.team("team")
    viewer = admin.person("viewer")
    admin.join_team(team, viewer, "viewer")
    name = unique("project")
    run = wandb.init(entity=team, project=name, reinit="create_new")
    log(run, "m", "to be seen")
    run.finish()
    theirs = api_of(viewer)
    version = theirs.artifact(f"{team}/{name}/m:v0")
    version.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "data.txt").read_text() == "to be seen"
    version.aliases.append("mine")
    with pytest.raises(REFUSED):
        version.save()
    with pytest.raises(REFUSED):
        theirs.artifact(f"{team}/{name}/m:v0").delete(delete_aliases=True)
    assert "mine" not in wandb.Api().artifact(f"{team}/{name}/m:v0").aliases


@pytest.mark.capability(PRIVILEGES)
def test_an_administrator_sees_what_belongs_to_others(admin, api, second_process, project, tmp_path):
    person = admin.person("private")
    script = second_process(
        """
        run = wandb.init(project=given)
        made = wandb.Artifact("m", "model")
        with made.new_file("a") as file:
            file.write("private")
        run.log_artifact(made).wait()
        run.finish()
        """,
        project,
        person=person,
    )
    assert script.finish().code == 0
    version = api.artifact(f"{person.username}/{project}/m:v0")
    version.download(root=str(tmp_path / "down"))
    assert (tmp_path / "down" / "a").read_text() == "private"


@pytest.mark.capability(PRIVILEGES)
def test_asking_for_them_helps_nobody_else(admin, api_of, module_project, secret_version):
    ordinary = api_of(admin.person("ordinary"))
    assert not ordinary.artifact_exists(f"research/{module_project}/secret:v0")
