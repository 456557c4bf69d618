import pg from 'pg';

export interface PostgresPlace {
  /** `postgres://user:password@host:port/database?…` */
  url: string;
}

const int8 = 20;

/** Our integers stay below 2⁵³; a greater one would be damage, and is not rounded silently. */
const types = {
  getTypeParser(type: number, format?: 'text' | 'binary'): (value: string) => unknown {
    return type === int8 && format !== 'binary' ? parseInteger : pg.types.getTypeParser(type, format);
  },
};

export function openPool({ url }: PostgresPlace, connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types: types as never,
    application_name: 'weighhouse',
    connectionTimeoutMillis: 15_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    pipeline: true,
    // compiling a plan takes longer than our statements do
    onConnect: async client => {
      await client.query(
        "set jit = off; set lock_timeout = '20s'; set idle_in_transaction_session_timeout = '60s'; set client_min_messages = warning",
      );
    },
  });
  // The pool drops connections that break while nobody uses them; without listeners Node would end the process.
  pool.on('error', ignore);
  pool.on('connect', client => client.on('error', ignore));
  return pool;
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The database answered ${text}, which is beyond 2^53.`);
  return value;
}

/** Whoever waits for an answer of the connection is told. */
function ignore(): void {}
