import pg from 'pg';

let made = 0;

/** Makes a database without anything, beside the one that `maintenanceUrl` names. Answers with its address. */
export async function createDatabase(maintenanceUrl: string): Promise<string> {
  made += 1;
  const name = `test_${process.pid}_${made}`;
  // a language whose order is not that of bytes, as most databases have: the tables have to see to theirs
  await query(
    maintenanceUrl,
    `create database ${name} template template0 locale_provider icu icu_locale 'de-DE' locale 'C.UTF-8'`,
  );
  return maintenanceUrl.replace('/postgres?', `/${name}?`);
}

/** Runs statements as the superuser, on a connection of their own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(text);
    return rows ?? [];
  } finally {
    await client.end();
  }
}
