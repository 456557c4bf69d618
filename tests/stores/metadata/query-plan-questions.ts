import type { Selector } from '../../../packages/server/src/domain/addresses.ts';
import type { Condition } from '../../../packages/server/src/domain/conditions.ts';
import type { MetadataReader, MetadataTransaction } from '../../../packages/server/src/ports/metadata-store.ts';

export type Question = (read: MetadataReader) => Promise<unknown>;
const page = { limit: 10 };

const byAlias: Selector = { kind: 'alias', alias: 'latest' };
const byNumber: Selector = { kind: 'number', number: 3 };
const names = { owner: 'o', project: 'p', name: 'c' };

/** What every request asks: one statement, every table found through an index. */
export const hot: Record<string, Question> = {
  'key owner': read => read.accounts.findKeyOwner('h'),
  memberships: read => read.accounts.listMembershipsOf(1),
  'project by id': read => read.projects.findProject(1),
  grants: read => read.projects.findGrants(1, 1, [1, 2]),
  'collection by id': read => read.collections.findCollection(1),
  'place by alias': read => read.collections.findPlaceByAlias(1, 'latest'),
  'place by number': read => read.collections.findPlaceByNumber(1, 3),
  'version by alias': read => read.collections.findShownPlace({ projectId: 1, name: 'c', selector: byAlias }),
  'version by number': read => read.collections.findShownPlace({ projectId: 1, name: 'c', selector: byNumber }),
  'version by names': read => read.collections.findNamedPlace({ ...names, inRegistry: false, selector: byAlias }),
  'version of a registry': read => read.collections.findNamedPlace({ ...names, inRegistry: true, selector: byAlias }),
  'version of a registry by number': read =>
    read.collections.findNamedPlace({ ...names, inRegistry: true, selector: byNumber }),
  'what stands beside a version': read => read.collections.findBeside({ membershipId: 1, versionId: 1, userId: 1 }),
  'collection with its project': read => read.collections.findCollectionAtHome(1),
  'registry of an organization': read => read.projects.findInOrganizations('o', 'p'),
  'membership of a version': read => read.collections.findMembershipOfVersion(1, 3),
  'version by id': read => read.versions.findVersion(1),
  'version by digest': read => read.versions.findCommittedByDigest(1, 'd'),
  'client id': read => read.versions.findByClientId('c'),
  'entry by path': read => read.versions.findEntry(1, 'p'),
  'blob by id': read => read.blobs.findBlob(1),
  'blob by sha256': read => read.blobs.findBlobBySha256('s'),
  upload: read => read.blobs.findUpload(1),
  'run by name': read => read.runs.findRunByName(1, 'r'),
};

const sinceLong: Condition = {
  kind: 'field',
  field: 'createdAt',
  test: { operator: 'compare', is: '>=', value: '2020-01-01' },
};

const isTagged: Condition = { kind: 'field', field: 'tag', test: { operator: 'in', values: ['a'] } };

const isNamed: Condition = { kind: 'field', field: 'name', test: { operator: 'matches', pattern: /^m.*1$/u } };

/** Counted within an index: each look at a row itself would cost as much as listing it. */
export const counts: Record<string, Question> = {
  'collections of a tag': read => read.collections.countCollections([1, 2], { kind: 'artifact', condition: isTagged }),
  'collections of a tag and a type': read => read.collections.countCollections([1], { type: 'model', tags: ['a'] }),
  'all collections': read => read.collections.countCollections([1], { kind: 'artifact', exceptInternal: true }),
};

/** The same where the index is one of several for a planner that knows how many rows there are. */
export const countsInOneOfSeveral: Record<string, Question> = {
  'collections of a time': read => read.collections.countCollections([1], { condition: sinceLong }),
  'collections with a name': read => read.collections.countCollections([1], { condition: isNamed, kind: 'artifact' }),
};

/** Pages are read in the order of an index: sorting would read all of the list for each of them. */
export const pages: Record<string, Question> = {
  collections: read => read.collections.listCollections([1], {}, 'name', { limit: 5, after: ['x', 1] }),
  'collections, newest change first': read =>
    read.collections.listCollections([1], {}, '-updated_at', { limit: 5, after: [1, 1] }),
  'collections by creation': read => read.collections.listCollections([1], { kind: 'artifact' }, 'created_at', page),
  'collections of a time, by name': read =>
    read.collections.listCollections([1], { condition: sinceLong }, 'name', page),
  'collections of a type': read => read.collections.listCollections([1], { type: 'model' }, 'name', page),
  'collections of a tag': read =>
    read.collections.listCollections([1], { tags: ['a'], exceptInternal: true }, '-name', {
      limit: 5,
      after: ['x', 1],
    }),
  'collections of a tag, newest first': read =>
    read.collections.listCollections([1], { condition: isTagged, kind: 'artifact' }, '-created_at', page),
  memberships: read => read.collections.listMemberships(1, { limit: 5, after: [4] }, '-number'),
  'newest membership': read => read.collections.findNewestMembership(1),
  'blobs without a hash': read => read.blobs.listUnhashed(1, 5),
  'open uploads': read => read.blobs.listOpenUploads(1, 5, { path: 'p', id: 1 }),
  aliases: read => read.collections.listAliases(1, { limit: 5, after: ['a'] }),
  'alias moves': read => read.collections.listAliasMoves(1, { limit: 5, after: [1, 1] }),
  'last revision': read => read.collections.findLastRevision(1, 'a'),
  projects: read => read.projects.listProjects(1, { limit: 5, after: ['a'] }),
  entities: read => read.accounts.listEntities('team', { limit: 5, after: ['a'] }),
  'teams of an organization': read => read.accounts.listEntities('team', page, { organizationId: 3 }),
  runs: read => read.search.listRuns(1, undefined, { limit: 5, after: [1, 1] }, '-created_at'),
  'invitations of a team': read => read.invitations.listInvitations(1, { limit: 5, after: [1] }),
  integrations: read => read.automations.listIntegrations(1, { limit: 5, after: [1] }),
  'silent runs': read => read.runs.listSilentRuns(1, 5),
  'files of a run': read => read.runs.listRunFiles(1, { limit: 5, after: ['a'] }),
  chunks: read => read.runs.listChunks(1, 'history', 5, 10),
  inputs: read => read.runs.listInputs(1, { limit: 5, after: [1, 1] }),
  outputs: read => read.runs.listOutputs(1, { limit: 5, after: [1, 1] }),
  users: read => read.runs.listUsers(1, { limit: 5, after: [1, 1] }),
  producers: read => read.runs.listProducers(1),
  entries: read => read.versions.listEntries(1, { limit: 5, after: ['p'] }),
  'entries with a prefix': read => read.versions.listEntries(1, page, { prefix: 'a/' }),
  'expired versions': read => read.versions.listExpiredPending(1, 5),
  'sealed manifest': read => read.versions.findSealedManifest('i', 'd'),
  staged: read => read.blobs.listStaged(1),
  'idle uploads': read => read.blobs.listIdleUploads(1, 5),
  'aborted uploads': read => read.blobs.listAbortedUploads(1, 5),
  events: read => read.events.listEvents({ limit: 5, after: [1] }),
  'unsealed events': read => read.events.listUnsealed(5),
  'last sealed event': read => read.events.findLastSealed(),
};

/** The rest may sort what it found, but finds it through an index. */
export const others: Record<string, Question> = {
  'project by name': read => read.projects.findProjectByName('e', 'p'),
  'collection by name': read => read.collections.findCollectionByName(1, 'c'),
  'entity by name': read => read.accounts.findEntityByName('e'),
  'user by name': read => read.accounts.findUserByName('e'),
  'users by id': read => read.accounts.findUser(1),
  organizations: read => read.accounts.findOrganizations('x', [1]),
  'people by address': read => read.accounts.findPeopleByEmail('a@example.com'),
  invitations: async read => [
    await read.invitations.findInvitation(1),
    await read.invitations.findInvitationTo(1, 'a@example.com'),
    await read.invitations.listInvitationsTo('a@example.com'),
  ],
  keys: read => read.accounts.listKeys(1),
  members: read => read.accounts.listMembers(1, page),
  member: read => read.accounts.findMember(1, 2),
  admins: async read => [await read.accounts.countAdmins(1), await read.accounts.countAdmins(null)],
  'taken names': async read => [
    await read.accounts.isEntityNameTaken('x'),
    await read.collections.isCollectionNameTaken(1, 'x'),
  ],
  'project counts': read => read.accounts.countProjects(1),
  types: async read => [
    await read.projects.listTypes(1),
    await read.projects.findType(1, 'm'),
    await read.projects.listAcceptedTypes(1),
  ],
  'project members': async read => [await read.projects.listProjectMembers(1), await read.projects.listProjectTeams(1)],
  'tagged collections': read =>
    read.collections.listCollections([1, 2], { tags: ['a', 'b'], kind: 'artifact', nameContains: 'x' }, '-name', page),
  'named collections': read => read.collections.listCollections([1], { names: ['a'] }, 'name', page),
  'collection count': read => read.collections.countCollections([1, 2], { type: 'model', tags: ['x'] }),
  'many by id': async read => [
    await read.collections.findCollections([1, 2]),
    await read.projects.findProjects([1, 2]),
    await read.versions.findVersions([1, 2]),
    await read.blobs.findBlobs([1, 2]),
    await read.runs.findRuns([1, 2]),
  ],
  'places of versions': read => read.collections.listMembershipsOfVersions([1, 2]),
  'place count': read => read.collections.countMemberships(1),
  'aliases of places': read => read.collections.listAliasesOfMemberships([1, 2]),
  'moves of an alias': read => read.collections.listAliasMoves(1, page, 'latest'),
  tags: async read => [await read.collections.listTags([1]), await read.collections.listVersionTags([1])],
  'distributed version': read => read.versions.findPendingDistributed(1, 'x'),
  drafts: async read => [await read.versions.findDraft(1), await read.versions.listDrafts(1)],
  manifest: read => read.versions.findManifest(1),
  'entries by path and digest': async read => [
    await read.versions.listEntries(1, page, { paths: ['a', 'b'] }),
    await read.versions.findEntriesByDigest(1, ['XUFAKrxLKna5cZ2REBfFkg==']),
  ],
  'blobs by md5': read => read.blobs.findUnambiguousByMd5(['m']),
  holders: async read => [await read.blobs.findHolders([1, 2], 1), await read.blobs.listHoldingProjects([1])],
  'staged in vain': read => read.blobs.listStagedInVain(5),
  'unsealed in vain': read => read.versions.listUnsealedInVain(1, 5),
  'staged paths': read => read.blobs.listStaged(1, ['a']),
  'open uploads': read => read.blobs.findOpenUploads(1, ['p']),
  'several uploads': read => read.blobs.findUploads([1, 2]),
  'blobs by several SHA-256s': read => read.blobs.findBlobsBySha256(['s', 't']),
  'uploaded before': read => read.blobs.hasUploaded(1, 2),
  usage: read => read.blobs.usage(1),
  'run counts': async read => [
    await read.runs.countRuns(1),
    await read.runs.countRunFiles(1),
    await read.runs.countEdges(1),
  ],
  'run files': async read => [
    await read.runs.findRunFile(1),
    await read.runs.listRunFiles(1, page, { names: ['x'], like: '%x' }),
  ],
  integration: async read => [
    await read.automations.findIntegration(1),
    await read.automations.countAutomationsThrough(1),
  ],
  instance: async read => [await read.instance.getSetting('x'), await read.instance.findAnswer(1, 'x')],
};

/** Writes whose `where` must not search the table. */
export const writes: Record<string, (tx: MetadataTransaction) => Promise<unknown>> = {
  'unstage and metadata': async tx => [await tx.blobs.unstage(1, 5), await tx.versions.putMetadataRows(1, [])],
  'manifest given up': tx => tx.versions.deleteManifest(1, 5),
  'keys and members': async tx => [await tx.accounts.touchKey(1, 1), await tx.accounts.removeMember(1, 2)],
  deletions: async tx => [await tx.collections.deleteMembership(1, 1), await tx.runs.deleteRunFiles([1])],
  tags: async tx => [await tx.collections.removeTags(1, ['a']), await tx.collections.removeVersionTags(1, ['a'])],
  answers: tx => tx.instance.deleteAnswersBefore(1),
};
