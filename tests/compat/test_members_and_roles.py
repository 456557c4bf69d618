"""Who is in a registry, and what each may do there."""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.versions import log

CAPABILITY = "Members and teams of a registry, with roles"
ORG = "weighhouse"

pytestmark = pytest.mark.capability(CAPABILITY)


@pytest.fixture
def registry(api, unique):
    return api.create_registry(unique("reg"), "restricted", ORG)


@pytest.fixture
def person(admin):
    made = admin.person("person")
    admin.join_organization(ORG, made, "member")
    return made


@pytest.fixture
def linked(start, registry):
    run = start()
    made = log(run, "m", "linked bytes")
    made.link(f"{registry.full_name}/task", aliases=["first"])
    run.finish()
    return f"{ORG}/{registry.full_name}/task:v0"


def test_the_maker_is_its_first_admin(registry):
    (member,) = registry.user_members()
    assert (member.user.username, member.role) == ("admin", "admin")


def test_users_come_change_and_go(registry, api, person):
    user = api.user(person.username)
    registry.add_members(user)
    roles = {member.user.username: member.role for member in registry.user_members()}
    assert person.username in roles
    for role in ("admin", "member", "viewer", "restricted_viewer"):
        registry.update_member(user, role=role)
        assert {member.user.username: member.role for member in registry.user_members()}[person.username] == role
    registry.remove_members(user)
    assert person.username not in [member.user.username for member in registry.user_members()]


def test_teams_come_change_and_go(registry, api, admin):
    team = api.team(admin.team("team"))
    registry.add_members(team)
    assert [member.team.name for member in registry.team_members()] == [team.name]
    registry.update_member(team, role="viewer")
    assert [member.role for member in registry.team_members()] == ["viewer"]
    assert len(registry.members()) == 2
    registry.remove_members(team)
    assert registry.team_members() == []


def test_nobody_at_all_is_an_error(registry):
    with pytest.raises(TypeError):
        registry.add_members()


@pytest.mark.parametrize(
    ("role", "sees", "reads", "writes"),
    [
        (None, False, False, False),
        ("restricted_viewer", True, False, False),
        ("viewer", True, True, False),
        ("member", True, True, True),
        ("admin", True, True, True),
    ],
)
def test_what_each_role_may_do(registry, linked, api, api_of, person, role, sees, reads, writes, tmp_path):
    if role:
        user = api.user(person.username)
        registry.add_members(user)
        registry.update_member(user, role=role)
    theirs = api_of(person)
    assert theirs.artifact_exists(linked) is sees
    if not sees:
        return
    version = theirs.artifact(linked)
    assert version.digest
    if reads:
        version.download(root=str(tmp_path / "down"))
        assert (tmp_path / "down" / "data.txt").read_text() == "linked bytes"
    else:
        with pytest.raises((*REFUSED, OSError, AttributeError)):
            version.download(root=str(tmp_path / "down"))
        assert not (tmp_path / "down" / "data.txt").exists()
    version.aliases.append("theirs")
    if writes:
        version.save()
        assert "theirs" in api.artifact(linked).aliases
    else:
        with pytest.raises(REFUSED):
            version.save()
        assert "theirs" not in api.artifact(linked).aliases


def test_only_admins_change_members_and_delete(registry, api, api_of, person):
    user = api.user(person.username)
    registry.add_members(user)
    registry.update_member(user, role="member")
    theirs = api_of(person).registry(registry.name, ORG)
    with pytest.raises(REFUSED):
        theirs.update_member(user, role="admin")
    with pytest.raises(REFUSED):
        theirs.delete()
    registry.update_member(user, role="admin")
    theirs.delete()
    with pytest.raises(REFUSED):
        api.registry(registry.name, ORG)


def test_a_role_may_come_through_a_team(registry, linked, api, admin, api_of, person):
    team = admin.team("team")
    admin.join_team(team, person, "member")
    assert not api_of(person).artifact_exists(linked)
    registry.add_members(api.team(team))
    registry.update_member(api.team(team), role="viewer")
    assert api_of(person).artifact_exists(linked)


def test_aliases_may_be_moved_without_a_right_to_the_source(registry, linked, api, api_of, person, entity, project):
    user = api.user(person.username)
    registry.add_members(user)
    registry.update_member(user, role="member")
    theirs = api_of(person)
    assert not theirs.artifact_exists(f"{entity}/{project}/m:v0")
    version = theirs.artifact(linked)
    version.aliases = ["moved"]
    version.save()
    assert api.artifact(linked).aliases == ["moved"]
    assert theirs.artifact(linked).source_project in ("", None, project)


def test_a_viewer_of_the_organization_cannot_link(admin, second_process, unique):
    viewer = admin.person("viewer")
    admin.join_organization(ORG, viewer, "viewer")
    script = second_process(
        """
        run = wandb.init(project="p")
        made = run.log_artifact(wandb.Artifact("m", "model")).wait()
        try:
            made.link("weighhouse/wandb-registry-model/" + given)
            answer("linked")
        except (ValueError, wandb.errors.CommError) as error:
            answer("refused")
        run.finish()
        """,
        unique("task"),
        person=viewer,
    )
    assert script.finish().answer == "refused"
