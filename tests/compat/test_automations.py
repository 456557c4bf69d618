"""Automations as the client writes them: stored, listed and validated. (Firing them is another matter.)"""

from __future__ import annotations

import pytest
from harness.errors import REFUSED
from harness.graphql import ask
from harness.versions import log
from wandb.automations import (
    ArtifactEvent,
    DoNothing,
    OnAddArtifactAlias,
    OnAddArtifactTag,
    OnAddCollectionTag,
    OnCreateArtifact,
    OnLinkArtifact,
    OnRemoveArtifactTag,
    OnRemoveCollectionTag,
    OnRunMetric,
    OnRunState,
    OnUnlinkArtifact,
    RunEvent,
    SendNotification,
    SendWebhook,
)

CRUD = "Create, read, update, delete and list automations"
KINDS = "Events, filters and actions of every kind"
INTEGRATIONS = "Integrations"




@pytest.fixture
def model(start, api, entity, project):
    run = start()
    log(run, "m")
    run.finish()
    return api.artifact_collection("model", f"{entity}/{project}/m")


@pytest.fixture
def home(start, api, entity, project):
    start().finish()
    return api.project(project, entity)


@pytest.mark.capability(CRUD)
def test_it_is_made_and_found(api, model, entity, unique):
    name = unique("auto")
    made = api.create_automation(
        OnAddArtifactAlias(scope=model, filter=ArtifactEvent.alias.eq("prod")) >> DoNothing(),
        name=name,
        description="says nothing",
    )
    assert (made.name, made.description, made.enabled) == (name, "says nothing", True)
    found = api.automation(name, entity=entity)
    assert found.id == made.id
    assert found.scope.name == "m"
    assert found.event.event_type == "ADD_ARTIFACT_ALIAS"
    assert "prod" in str(found.event.filter)
    assert name in [automation.name for automation in api.automations()]


@pytest.mark.capability(CRUD)
def test_a_name_is_taken_once(api, model, unique):
    name = unique("auto")
    event = OnLinkArtifact(scope=model)
    made = api.create_automation(event >> DoNothing(), name=name)
    with pytest.raises(REFUSED, match="exists"):
        api.create_automation(event >> DoNothing(), name=name)
    assert api.create_automation(event >> DoNothing(), name=name, fetch_existing=True).id == made.id


@pytest.mark.capability(CRUD)
def test_it_is_changed(api, model, entity, unique):
    name = unique("auto")
    made = api.create_automation(OnLinkArtifact(scope=model) >> DoNothing(), name=name)
    made.enabled = False
    made.description = "off for now"
    api.update_automation(made)
    found = api.automation(name, entity=entity)
    assert (found.id, found.enabled, found.description) == (made.id, False, "off for now")
    api.update_automation(found, name=f"{name}-renamed")
    assert api.automation(f"{name}-renamed", entity=entity).id == made.id


@pytest.mark.capability(CRUD)
def test_it_is_deleted(api, model, entity, unique):
    name = unique("auto")
    made = api.create_automation(OnLinkArtifact(scope=model) >> DoNothing(), name=name)
    assert api.delete_automation(made) is True
    with pytest.raises(ValueError):
        api.automation(name, entity=entity)
    with pytest.raises((*REFUSED, RuntimeError)):
        api.delete_automation(made)
    with pytest.raises(REFUSED, match="not found"):
        api.update_automation(made, description="too late")


@pytest.mark.capability(CRUD)
def test_they_are_listed_in_pages(api, model, entity, unique):
    names = {unique("auto") for _ in range(5)}
    for name in names:
        api.create_automation(OnLinkArtifact(scope=model) >> DoNothing(), name=name)
    assert names <= {automation.name for automation in api.automations(entity=entity, per_page=2)}


@pytest.mark.capability(CRUD)
def test_others_do_not_see_them(admin, api, api_of, model, entity, unique):
    name = unique("auto")
    api.create_automation(OnLinkArtifact(scope=model) >> DoNothing(), name=name)
    theirs = api_of(admin.person("stranger"))
    assert name not in [automation.name for automation in theirs.automations()]


@pytest.mark.capability(KINDS)
@pytest.mark.parametrize(
    "event",
    [OnLinkArtifact, OnUnlinkArtifact, OnAddArtifactAlias, OnAddArtifactTag, OnRemoveArtifactTag, OnAddCollectionTag, OnRemoveCollectionTag],
)
@pytest.mark.parametrize("where", ["collection", "registry", "project"])
def test_artifact_events(api, model, home, entity, unique, event, where):
    scope = {"collection": model, "registry": api.registry("model", "weighhouse"), "project": home}[where]
    name = unique("auto")
    api.create_automation(event(scope=scope) >> DoNothing(), name=name)
    found = api.automation(name, entity="weighhouse" if where == "registry" else entity)
    assert found.event.event_type == event(scope=scope).event_type
    assert api.delete_automation(found) is True


@pytest.mark.capability(KINDS)
def test_creation_belongs_to_a_collection(api, model, entity, unique):
    name = unique("auto")
    api.create_automation(OnCreateArtifact(scope=model) >> DoNothing(), name=name)
    assert api.automation(name, entity=entity).event.event_type == "CREATE_ARTIFACT"


@pytest.mark.capability(KINDS)
@pytest.mark.parametrize(
    "filter",
    [
        lambda: RunEvent.metric("loss") > 10,
        lambda: RunEvent.metric("loss").avg(window=5).lte(0.5),
        lambda: RunEvent.metric("loss").changes_by(frac=0.1),
        lambda: (RunEvent.metric("loss") < 1) & RunEvent.name.contains("prod"),
    ],
    ids=["threshold", "average", "change", "with a name"],
)
def test_run_metrics(api, home, entity, unique, filter):
    name = unique("auto")
    event = OnRunMetric(scope=home, filter=filter())
    api.create_automation(event >> DoNothing(), name=name)
    found = api.automation(name, entity=entity)
    assert found.event.event_type == event.event_type
    assert "loss" in str(found.event.filter)


@pytest.mark.capability(KINDS)
def test_run_states(api, home, entity, unique):
    name = unique("auto")
    api.create_automation(OnRunState(scope=home, filter=RunEvent.state.in_(["finished", "failed"])) >> DoNothing(), name=name)
    found = api.automation(name, entity=entity)
    assert found.event.event_type == "RUN_STATE"


@pytest.mark.capability(INTEGRATIONS)
def test_there_are_none_until_somebody_makes_one(api, admin):
    team = admin.team("team")
    assert list(api.integrations(team)) == []
    assert list(api.webhook_integrations(entity=team)) == []
    assert list(api.slack_integrations(entity=team)) == []


@pytest.mark.capability(INTEGRATIONS)
def test_a_webhook_is_used_by_an_automation(server, api, admin, unique):
    team = admin.team("team")
    document = """
        mutation CreateGenericWebhookIntegration($input: CreateGenericWebhookIntegrationInput!) {
            createGenericWebhookIntegration(input: $input) { integration { __typename } }
        }
    """
    webhook = {"entityName": team, "name": "deploy", "urlEndpoint": "https://example.com/hook"}
    status, text = ask(server.url, document, {"input": webhook})
    assert status == 200, text
    (integration,) = api.webhook_integrations(entity=team)
    assert (integration.name, integration.url_endpoint) == ("deploy", "https://example.com/hook")
    assert [found.name for found in api.integrations(team)] == ["deploy"]
    api.create_project("watched", team)
    event = OnLinkArtifact(scope=api.project("watched", team))
    action = SendWebhook.from_integration(integration, payload={"version": "${artifact_version_string}"})
    name = unique("auto")
    api.create_automation(event >> action, name=name)
    found = api.automation(name, entity=team).action
    assert found.integration.id == integration.id
    assert found.request_payload == {"version": "${artifact_version_string}"}


@pytest.mark.capability(INTEGRATIONS)
def test_a_channel_of_slack_is_used_by_an_automation(api, admin, unique):
    team = admin.team("team")
    address = f"/api/v1/teams/{team}/integrations"
    webhook = "https://hooks.slack.com/services/T000/B000/secret"
    made = admin.call("POST", address, {"kind": "slack", "name": "releases", "workspace": "Acme", "channel": "#releases", "webhookUrl": webhook})
    admin.call("POST", address, {"kind": "webhook", "name": "deploy", "url": "https://example.com/hook"})
    (slack,) = api.slack_integrations(entity=team)
    assert (slack.team_name, slack.channel_name) == ("Acme", "#releases")
    assert [found.name for found in api.webhook_integrations(entity=team)] == ["deploy"]
    assert len(list(api.integrations(team))) == 2
    api.create_project("watched", team)
    event = OnLinkArtifact(scope=api.project("watched", team))
    action = SendNotification.from_integration(slack, title="Linked", text="A version was linked", level="WARN")
    automation = api.create_automation(event >> action, name=unique("auto"))
    found = api.automation(automation.name, entity=team).action
    assert (found.integration.id, found.title, found.message) == (slack.id, "Linked", "A version was linked")
    status, answer = admin.answer("DELETE", f"{address}/{made['id']}")
    assert (status, answer["error"]["code"]) == (409, "CONFLICT")
    api.delete_automation(automation)
    admin.call("DELETE", f"{address}/{made['id']}")
    assert list(api.slack_integrations(entity=team)) == []
