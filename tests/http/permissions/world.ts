import { createHash } from 'node:crypto';
import { api } from '@weighhouse/contract';
import { type StartedRegistry, startRegistry } from '../../support/start-registry.ts';
import { Asker, succeeded, transfer } from './asker.ts';
import { assemble, grant, organization, team } from './cast.ts';
import type { Actor, PlaceName } from './expected.ts';

/** A project or registry with all that lives in it, as addresses and bodies name it. */
export interface Place {
  kind: PlaceName;
  entity: string;
  project: string;
  /** without its prefix; of a project: its name */
  registry: string;
  projectId: string;
  collection: string;
  collectionId: string;
  /** global id and decimal id */
  versionId: string;
  versionNumber: string;
  clientId: string;
  run: string;
  runId: string;
  runFileId: string;
  triggerId: string;
  alias: string;
  sha256: string;
  md5: string;
}

export const file = 'weights/model.bin';
export const runFile = 'log.txt';
const absentId = 999_999_999;

/** What looks like the place and does not exist. */
export function twin(place: Place): Place {
  const registry = 'nowhere-to-be-found'.slice(0, place.registry.length);
  return {
    ...place,
    registry,
    project: place.project.slice(0, place.project.length - place.registry.length) + registry,
    projectId: globalId('Project', absentId),
    collectionId: globalId('ArtifactCollection', absentId),
    versionId: globalId('Artifact', absentId),
    versionNumber: String(absentId),
    clientId: `${place.clientId.slice(0, -1)}!`,
    runId: globalId('Run', absentId),
    runFileId: globalId('File', absentId),
    triggerId: globalId('Trigger', absentId),
    md5: '0'.repeat(32),
  };
}

/** Blanks out what must differ: the request's id, the name and the ids that were asked for. */
export function withoutNames(text: string, place: Place): string {
  const names = [place.registry, twin(place).registry];
  const blank = names.reduce((rest, name) => rest.replaceAll(name, '*'), text);
  return blank.replaceAll(/"requestId":"[^"]*"/g, '"requestId":"*"');
}

export function globalId(type: string, id: number | string): string {
  return Buffer.from(`${type}:${id}`).toString('base64');
}

export class World {
  readonly registry: StartedRegistry;
  /** the first admin, who makes everything and takes part in nothing */
  readonly maker: Asker;
  readonly askers: Map<Actor, Asker>;
  readonly places = new Map<PlaceName, Place>();
  #count = 0;

  private constructor(registry: StartedRegistry, maker: Asker, askers: Map<Actor, Asker>) {
    this.registry = registry;
    this.maker = maker;
    this.askers = askers;
  }

  static async start(): Promise<World> {
    const registry = await startRegistry();
    const maker = new Asker(registry.address, 'admin', registry.adminKey, true);
    const world = new World(registry, maker, await assemble(maker));
    await world.#build();
    return world;
  }

  asker(actor: Actor): Asker {
    const found = this.askers.get(actor);
    if (!found) throw new Error(`nobody is ${actor}`);
    return found;
  }

  place(name: PlaceName): Place {
    const found = this.places.get(name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  }

  /** A name that nothing has yet. */
  name(prefix: string): string {
    return `${prefix}${++this.#count}`;
  }

  async #build(): Promise<void> {
    const { maker } = this;
    // Where registered versions were logged: seen by nobody but admins of the organization.
    succeeded(await maker.rest(api.teams.create, { body: { name: 'vault', organization, admin: 'admin' } }));
    const body = { name: 'sealed', visibility: 'restricted' };
    succeeded(await maker.rest(api.registries.create, { params: { organization }, body }));
    await grant(maker, 'sealed');
    this.places.set('personal project', await this.#project('personal project', 'owner', 'private'));
    this.places.set('team project', await this.#project('team project', team, 'digits'));
    this.places.set('core registry', await this.#registered('core registry', 'model'));
    this.places.set('restricted registry', await this.#registered('restricted registry', 'sealed'));
  }

  async #project(kind: PlaceName, entity: string, project: string): Promise<Place> {
    const empty = this.#empty(kind, entity, project, project);
    const withRun = await this.freshRun(empty);
    const made = await this.freshCollection(withRun);
    const listed = succeeded<{ id: string }>(await this.maker.rest(api.projects.get, { params: { ...params(made) } }));
    return { ...(await this.freshRunFile(made)), projectId: globalId('Project', listed.id) };
  }

  async #registered(kind: PlaceName, registry: string): Promise<Place> {
    const empty = this.#empty(kind, organization, `wandb-registry-${registry}`, registry);
    const made = await this.freshCollection(empty);
    const listed = succeeded<{ id: string }>(await this.maker.rest(api.projects.get, { params: params(made) }));
    return { ...made, projectId: globalId('Project', listed.id) };
  }

  #empty(kind: PlaceName, entity: string, project: string, registry: string): Place {
    const bytes = Buffer.from(`bytes of the ${kind}`);
    return {
      ...{ kind, entity, project, registry, projectId: '', collection: '', collectionId: '', versionId: '' },
      ...{ versionNumber: '', clientId: '', run: '', runId: '', runFileId: '', triggerId: '', alias: 'stable' },
      sha256: createHash('sha256').update(bytes).digest('hex'),
      md5: createHash('md5').update(bytes).digest('hex'),
    };
  }

  // ------------------------------------------------------------------ targets that may be destroyed

  /** A new artifact with one version; in a registry, a new registered model that links one of the vault. */
  async freshCollection(place: Place): Promise<Place> {
    const name = this.name('c');
    const inRegistry = place.kind.endsWith('registry');
    const home = inRegistry ? { entity: 'vault', project: 'source' } : { entity: place.entity, project: place.project };
    const raw = new TextEncoder().encode(`bytes of the ${place.kind}`);
    succeeded(await this.maker.rest(api.uploads.putBlob, { params: { ...home, sha256: place.sha256 }, raw }));
    const clientId = `client-id-of-${name}`;
    const body = { files: [{ path: file, sha256: place.sha256 }], run: place.run || undefined, aliases: ['stable'] };
    const { id } = succeeded<{ id: string }>(
      await this.maker.rest(api.artifactVersions.create, { params: { ...home, name }, body }),
    );
    await this.#knowAs(clientId, home, name, id);
    if (inRegistry) {
      const link = { organization, registry: place.registry, model: name, aliases: ['stable'] };
      const versionParams = { ...home, name, version: 'v0' };
      succeeded(await this.maker.rest(api.artifactVersions.link, { params: versionParams, body: link }));
    }
    const made = { ...place, collection: name, versionId: globalId('Artifact', id), versionNumber: id, clientId };
    const found = succeeded<{ id: string }>(await this.maker.rest(api.artifacts.get, { params: params(made) }));
    return { ...made, collectionId: globalId('ArtifactCollection', found.id) };
  }

  /** Logging the same contents again from the wandb client gives the version a client's id. */
  async #knowAs(clientID: string, home: { entity: string; project: string }, name: string, id: string): Promise<void> {
    const version = await this.registry.store.read.versions.findVersion(Number(id));
    const input = { entityName: home.entity, projectName: home.project, artifactTypeName: 'model', clientID };
    const answer = await this.maker.graphql(
      'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { state } } }',
      { input: { ...input, artifactCollectionName: name, digest: version?.digest, digestAlgorithm: 'MANIFEST_MD5' } },
    );
    if (!answer.text.includes('COMMITTED')) throw new Error(answer.text);
  }

  async freshRun(place: Place): Promise<Place> {
    const run = this.name('run');
    const answer = await this.maker.rest(api.runs.put, { params: { ...params(place), run }, body: {} });
    return { ...place, run, runId: globalId('Run', succeeded<{ id: string }>(answer).id) };
  }

  async freshRunFile(place: Place): Promise<Place> {
    const created = await this.maker.graphql(
      'mutation ($e: String!, $p: String!, $r: String!, $f: String!) { createRunFiles(input: {entityName: $e, projectName: $p, runName: $r, files: [$f]}) { files { uploadUrl } } }',
      { e: place.entity, p: place.project, r: place.run, f: runFile },
    );
    const [, uploadUrl] = /"uploadUrl":"([^"]+)"/.exec(created.text) ?? [];
    succeeded(await transfer(uploadUrl ?? '', { method: 'PUT', body: 'a log' }));
    const listed = await this.maker.graphql(
      'query ($e: String, $p: String, $r: String!) { project(name: $p, entityName: $e) { run(name: $r) { files { edges { node { id } } } } } }',
      { e: place.entity, p: place.project, r: place.run },
    );
    const [, id] = /"id":"([^"]+)"/.exec(listed.text) ?? [];
    return { ...place, runFileId: id ?? '' };
  }

  /** An empty project, or an empty registry of the same visibility and with the same grants. */
  async freshProject(place: Place): Promise<Place> {
    const name = this.name('project');
    if (!place.kind.endsWith('registry')) {
      const answer = await this.maker.rest(api.projects.create, { params: params(place), body: { name } });
      const { id } = succeeded<{ id: string }>(answer);
      return { ...place, project: name, registry: name, projectId: globalId('Project', id) };
    }
    const restricted = place.kind === 'restricted registry';
    const body = { name, types: ['model'], visibility: restricted ? 'restricted' : 'organization' };
    const answer = await this.maker.rest(api.registries.create, { params: params(place), body });
    if (restricted) await grant(this.maker, name);
    const { id } = succeeded<{ id: string }>(answer);
    return { ...place, project: `wandb-registry-${name}`, registry: name, projectId: globalId('Project', id) };
  }

  async freshTrigger(place: Place): Promise<Place> {
    const input = trigger(this.name('automation'), 'PROJECT', place.projectId);
    const made = await this.maker.graphql(createTrigger, { input });
    const [, triggerId] = /"id":"([^"]+)"/.exec(made.text) ?? [];
    if (triggerId === undefined) throw new Error(made.text);
    return { ...place, triggerId };
  }

  async freshAlias(place: Place): Promise<Place> {
    const alias = this.name('alias');
    const answer = await this.maker.rest(api.artifactAliases.set, {
      params: { ...params(place), alias },
      body: { version: 'v0' },
    });
    succeeded(answer);
    return { ...place, alias };
  }
}

/** An automation that does nothing, as the client writes one. */
export function trigger(name: string, scopeType: 'PROJECT' | 'ARTIFACT_COLLECTION' | 'ENTITY', scopeID: string) {
  const action = { triggeredActionType: 'NO_OP', triggeredActionConfig: { noOpActionInput: { noOp: true } } };
  return { name, enabled: true, scopeType, scopeID, triggeringEventType: 'LINK_MODEL', eventFilter: '{}', ...action };
}
export const createTrigger =
  'mutation ($input: CreateFilterTriggerInput!) { createFilterTrigger(input: $input) { trigger { id } } }';

/** Values for every parameter that an address of the place may have. */
export function params(place: Place): Record<string, string> {
  const { entity, project, registry, collection, alias, run, sha256 } = place;
  return {
    ...{ entity, project, organization: entity, registry, name: collection, version: 'v0', alias, tag: 'keep', run },
    ...{ sha256, path: file },
  };
}
