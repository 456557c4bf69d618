import pg from 'pg';
import { defaultConnections, type PostgresOptions } from './open-postgres-metadata-store.ts';
import { translatePostgresError } from './postgres-errors.ts';

/** The oldest that is tried; older ones lack nothing we know of, but nobody looks. */
const oldest = 14;
/** Leases and times to live are kept by the clocks of the servers. */
const toleratedSkewMilliseconds = 5_000;

interface Facts {
  version: string;
  version_number: number;
  encoding: string;
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
  now: number;
  recovering: boolean;
  read_only: string;
  schema: string | null;
  may_create: boolean | null;
  max_connections: number;
  user: string;
}

/**
 * Everything about the database that would keep the server from working, or from keeping what it acknowledged: one
 * sentence each, with what to do about it; none where all is well.
 */
export async function inspectPostgres(options: PostgresOptions): Promise<string[]> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'weighhouse',
    connectionTimeoutMillis: 10_000,
  });
  // told by the statement that fails
  client.on('error', () => {});
  try {
    await client.connect();
    const before = Date.now();
    const { rows } = await client.query<Facts>(factsQuery);
    const after = Date.now();
    const [facts] = rows;
    if (!facts) return ['PostgreSQL did not answer.'];
    const skew = Math.round(Number(facts.now) - (before + after) / 2);
    return [
      ...problemsOf(facts, options.connections ?? defaultConnections),
      ...skewProblem(skew),
      ...(await rightsProblems(client)),
    ];
  } catch (error) {
    return [connectionProblem(error)];
  } finally {
    await client.end().catch(() => {});
  }
}

const factsQuery = `
  select current_setting('server_version') as version,
    current_setting('server_version_num')::int as version_number,
    current_setting('server_encoding') as encoding,
    current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    current_setting('synchronous_commit') as synchronous_commit,
    extract(epoch from clock_timestamp()) * 1000 as now,
    pg_is_in_recovery() as recovering,
    current_setting('transaction_read_only') as read_only,
    current_schema() as schema,
    has_schema_privilege(current_schema(), 'create') as may_create,
    current_setting('max_connections')::int as max_connections,
    current_user as user`;

function problemsOf(facts: Facts, connections: number): string[] {
  const problems: string[] = [];
  if (facts.version_number < oldest * 10_000) {
    problems.push(`PostgreSQL ${facts.version} is too old; use ${oldest} or later.`);
  }
  if (facts.encoding !== 'UTF8') {
    problems.push(
      `The database has the encoding ${facts.encoding}; create it with: create database … encoding 'UTF8' template template0.`,
    );
  }
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit'] as const) {
    if (facts[name] === 'off') {
      problems.push(
        `PostgreSQL runs with ${name} = off: a power cut would take back what was acknowledged. Set ${name} = on.`,
      );
    }
  }
  if (facts.recovering) problems.push('This PostgreSQL is a standby; connect to its primary.');
  else if (facts.read_only === 'on') {
    problems.push('PostgreSQL takes no writes here (default_transaction_read_only = on); switch that off.');
  }
  if (facts.schema === null) {
    problems.push(
      `The role "${facts.user}" sees no schema to keep its tables in; grant it usage and create on schema public.`,
    );
  } else if (!facts.may_create) {
    problems.push(
      `The role "${facts.user}" may not make tables in the schema "${facts.schema}"; run: grant create on schema ${facts.schema} to ${facts.user}.`,
    );
  }
  if (connections > facts.max_connections - 3) {
    problems.push(
      `PostgreSQL takes ${facts.max_connections} connections in all, this server alone would open ${connections}: raise max_connections, or lower WEIGHHOUSE_DATABASE_CONNECTIONS.`,
    );
  }
  return problems;
}

function skewProblem(milliseconds: number): string[] {
  if (Math.abs(milliseconds) <= toleratedSkewMilliseconds) return [];
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const direction = milliseconds > 0 ? 'ahead of' : 'behind';
  return [
    `The clock of PostgreSQL is ${seconds} s ${direction} the clock of this server; keep both with a time service (NTP).`,
  ];
}

/** Tables that stand there and belong to somebody else, say after a restore. */
async function rightsProblems(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ table: string }>(`
    select c.relname as table from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
      and exists (select from pg_class m where m.relname = 'migrations' and m.relnamespace = c.relnamespace)
      and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
        and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))
    order by 1`);
  if (rows.length === 0) return [];
  const named = rows.slice(0, 5).map(({ table }) => table);
  const more = rows.length > named.length ? ` and ${rows.length - named.length} more` : '';
  return [
    `The role may not read and write the tables ${named.join(', ')}${more}; make it their owner, or grant all on them.`,
  ];
}

/** Never quotes the address, which may hold a password. */
function connectionProblem(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code === '28P01' || code === '28000') {
    return `PostgreSQL refuses the user or the password in WEIGHHOUSE_DATABASE (${message}).`;
  }
  if (code === '3D000') return `${message}: create it, or correct WEIGHHOUSE_DATABASE.`;
  const translated = translatePostgresError(error);
  const reason = message || code || String(translated);
  return `PostgreSQL cannot be reached or used (${reason}); check that it runs and that WEIGHHOUSE_DATABASE names it.`;
}
