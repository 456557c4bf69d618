import { sql } from 'kysely';
import type { Collection, Membership } from '../../../domain/collections.ts';
import type { ManifestSummary } from '../../../domain/manifests.ts';
import type { Foreseen } from '../../../ports/metadata/foreseen.ts';
import {
  type AliasWithPlace,
  type AliasWithPlaceRow,
  findLastRevision,
  selectAliasesWithPlaces,
  toAliasWithPlace,
} from '../alias-table.ts';
import { selectCollections } from '../collection-list.ts';
import { type CollectionRow, type MembershipRow, toCollection, toMembership } from '../collection-rows.ts';
import type { SqlDialect } from '../dialect.ts';
import { selectMemberships } from '../membership-table.ts';
import { PreparedQuery } from '../prepared-query.ts';
import type { ManifestsTable } from '../schema.ts';
import type { Session } from '../session.ts';
import { SqlProjects } from '../sql-projects.ts';
import { selectCommitted, selectSealedManifests } from '../sql-versions.ts';
import { toManifest } from '../version-rows.ts';

/** What the members of a joint transaction look at; null where it is known that there is none. */
export interface ForeseenRows {
  /** by project and name; none that only an old name leads to */
  readonly collections: Map<string, Collection>;
  readonly nextNumbers: Map<number, number>;
  readonly aliases: Map<string, AliasWithPlace | null>;
  /** of aliases that are not set */
  readonly lastRevisions: Map<string, number>;
  readonly places: Map<number, Membership>;
  /** whether a collection has no version of these contents, by its id and their digest */
  readonly areNew: Map<string, boolean>;
  /** by identity and digest */
  readonly manifests: Map<string, ManifestSummary | null>;
  readonly acceptedTypes: Map<number, string[]>;
}

/** How the rows of one thing are told apart from those of others of its kind. */
export function keyOf(owner: number | string, word: string): string {
  return `${owner} ${word}`;
}

/** Pairs that a query is joined with, as one parameter whatever their number. */
type Pairs = { pairs: string };
type Found<One> = { one: One; two: string; id: number | null };

function numberPairs(dialect: SqlDialect, json: string) {
  const elements = dialect.elements(json);
  return sql<{ one: number; two: string }>`(
    select cast(value ->> 0 as bigint) as one, value ->> 1 as two from ${elements}
  )`.as('pairs');
}

function wordPairs(dialect: SqlDialect, json: string) {
  const elements = dialect.elements(json);
  return sql<{ one: string; two: string }>`(select value ->> 0 as one, value ->> 1 as two from ${elements})`.as(
    'pairs',
  );
}

/** In a joint transaction all wait where one of them does: beyond this each rather waits for what it needs itself. */
const longestWait = 1_000;

const limitWaits = new PreparedQuery<object, unknown>((db, _value, dialect) => ({
  compile: () => (dialect.limitWaits?.(longestWait) ?? sql`select 1`).compile(db),
}));

/** Artifacts before registered models, each by id: so do all who hold several, and none of two waits for the other. */
const heldCollections = new PreparedQuery<Pairs, CollectionRow & { next_number: number }>(
  (db, value, dialect, locksRows) =>
    selectCollections(db)
      .select('c.next_number')
      .innerJoin(numberPairs(dialect, value('pairs')), join =>
        join.onRef('pairs.one', '=', 'c.project_id').onRef('pairs.two', '=', 'c.name'),
      )
      .orderBy('c.kind')
      .orderBy('c.id')
      .$if(locksRows, query => query.forNoKeyUpdate('c')),
);

const aliasesWithPlaces = new PreparedQuery<Pairs, AliasWithPlaceRow>((db, value, dialect) =>
  selectAliasesWithPlaces(db).innerJoin(numberPairs(dialect, value('pairs')), join =>
    join.onRef('pairs.one', '=', 'a.collection_id').onRef('pairs.two', '=', 'a.alias'),
  ),
);

/**
 * Of each pair the id of what has it, or null. Joined, a planner that knows little of the pairs would rather read all of a
 * small table than look into its index for each.
 */
const committedIds = new PreparedQuery<Pairs, Found<number>>((db, value, dialect) =>
  db
    .selectFrom(numberPairs(dialect, value('pairs')))
    .select(({ ref }) => [
      ...(['pairs.one', 'pairs.two'] as const),
      selectCommitted(db)
        .clearSelect()
        .select('v.id')
        .where('v.collection_id', '=', ref('pairs.one'))
        .where('v.digest', '=', ref('pairs.two'))
        .limit(sql.lit(1))
        .as('id'),
    ]),
);

const sealedIds = new PreparedQuery<Pairs, Found<string>>((db, value, dialect) =>
  db
    .selectFrom(wordPairs(dialect, value('pairs')))
    .select(({ ref }) => [
      ...(['pairs.one', 'pairs.two'] as const),
      selectSealedManifests(db)
        .clearSelect()
        .select('f.id')
        .where('f.identity', '=', ref('pairs.one'))
        .where('f.digest', '=', ref('pairs.two'))
        .limit(sql.lit(1))
        .as('id'),
    ]),
);

const manifestsById = new PreparedQuery<{ ids: unknown }, ManifestsTable>((db, value, dialect) =>
  selectSealedManifests(db).where(dialect.among('f.id', value('ids'))),
);

const placesById = new PreparedQuery<{ ids: unknown }, MembershipRow>((db, value, dialect) =>
  selectMemberships(db).where(dialect.among('m.id', value('ids'))),
);

/** Holds the collections until the end of the transaction, then reads what is foreseen about them. */
export async function readForeseen(session: Session, members: readonly Foreseen[]): Promise<ForeseenRows> {
  const collections = await holdCollections(session, members);
  const asked = new Wanted<[number, string]>();
  const digests = new Wanted<[number, string]>();
  const manifests = new Wanted<[string, string]>();
  const placeIds = new Set<number>();
  for (const { projectId, name, aliases, digest, places = [] } of members.flatMap(each => each.collections)) {
    const collection = collections.byName.get(keyOf(projectId, name));
    if (!collection) continue;
    for (const alias of aliases) asked.add([collection.id, alias]);
    if (digest !== undefined) digests.add([collection.id, digest]);
    for (const id of places) placeIds.add(id);
  }
  for (const { manifest } of members) if (manifest) manifests.add([manifest.identity, manifest.digest]);
  const projectIds = new Set(members.flatMap(({ acceptedTypesOf = [] }) => acceptedTypesOf));
  const ids = session.dialect.list([...placeIds]);
  const [aliasRows, committed, sealed, placeRows, acceptedTypes] = await Promise.all([
    asked.read(session, aliasesWithPlaces),
    digests.read(session, committedIds),
    manifests.read(session, sealedIds),
    placeIds.size > 0 ? placesById.all(session, { ids }) : [],
    Promise.all([...projectIds].map(async id => [id, await new SqlProjects(session).listAcceptedTypes(id)] as const)),
  ]);
  const held = collections.nextNumbers;
  const aliases = asked.found(aliasRows.map(toAliasWithPlace), ({ alias }) => [alias.collectionId, alias.alias]);
  return {
    collections: collections.byName,
    nextNumbers: held,
    aliases,
    lastRevisions: await lastRevisions(session, asked, aliases),
    // what is not in a collection that is held may change any time
    places: new Map(placeRows.flatMap(row => (held.has(row.collection_id) ? [[row.id, toMembership(row)]] : []))),
    areNew: new Map(committed.map(({ one, two, id }) => [keyOf(one, two), id === null])),
    manifests: await findManifests(session, manifests, sealed),
    acceptedTypes: new Map(acceptedTypes),
  };
}

async function holdCollections(session: Session, members: readonly Foreseen[]) {
  const wanted = new Wanted<[number, string]>();
  for (const { projectId, name } of members.flatMap(each => each.collections)) wanted.add([projectId, name]);
  if (members.length > 1 && session.dialect.limitWaits) await limitWaits.send(session, {});
  const rows = await wanted.read(session, heldCollections);
  return {
    byName: new Map(rows.map(row => [keyOf(row.project_id, row.name), toCollection(row)])),
    nextNumbers: new Map(rows.map(row => [row.id, row.next_number])),
  };
}

async function lastRevisions(
  session: Session,
  asked: Wanted<[number, string]>,
  aliases: ReadonlyMap<string, AliasWithPlace | null>,
): Promise<Map<string, number>> {
  const unset = asked.pairs.filter(pair => aliases.get(keyOf(...pair)) === null);
  return new Map(
    await Promise.all(unset.map(async pair => [keyOf(...pair), await findLastRevision(session, ...pair)] as const)),
  );
}

async function findManifests(
  session: Session,
  asked: Wanted<[string, string]>,
  sealed: readonly Found<string>[],
): Promise<Map<string, ManifestSummary | null>> {
  const ids = sealed.flatMap(({ id }) => (id === null ? [] : [id]));
  const rows = ids.length > 0 ? await manifestsById.all(session, { ids: session.dialect.list(ids) }) : [];
  return asked.found(rows.map(toManifest), ({ identity, digest }) => [identity, digest]);
}

/** Pairs that are asked for, each once. */
class Wanted<P extends [number | string, string]> {
  readonly #pairs = new Map<string, P>();

  add(pair: P): void {
    this.#pairs.set(keyOf(pair[0], pair[1]), pair);
  }

  get pairs(): P[] {
    return [...this.#pairs.values()];
  }

  async read<R>(session: Session, query: PreparedQuery<Pairs, R>): Promise<readonly R[]> {
    return this.#pairs.size > 0 ? await query.all(session, { pairs: JSON.stringify(this.pairs) }) : [];
  }

  /** By its pair the first of what was found, and null where nothing was. */
  found<T>(all: readonly T[], pairOf: (one: T) => P): Map<string, T | null> {
    const found = new Map<string, T | null>(Array.from(this.#pairs.keys(), key => [key, null]));
    for (const one of all) {
      const [owner, word] = pairOf(one);
      const key = keyOf(owner, word);
      if (found.get(key) === null) found.set(key, one);
    }
    return found;
  }
}
