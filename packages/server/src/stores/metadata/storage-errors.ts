import { RegistryError } from '../../domain/registry-error.ts';

const nouns: Record<string, string> = {
  entities: 'A user, team or organization of this name',
  api_keys: 'This API key',
  invitations: 'An invitation to this address',
  integrations: 'An integration of this name',
  projects: 'A project of this name',
  collections: 'An artifact or registered model of this name',
  memberships: 'This version or number in the collection',
  versions: 'A version with the same contents',
  client_ids: 'This client id',
  runs: 'A run of this name',
  run_files: 'A file of this name',
  artifact_types: 'An artifact type of this name',
};

/** What every database says in its own words when two things want the same place. */
export function alreadyExists(table: string | undefined, cause?: unknown): RegistryError {
  const noun = (table !== undefined && nouns[table]) || 'This';
  return new RegistryError('ALREADY_EXISTS', `${noun} already exists, or its name is reserved.`, { cause });
}

export function appendOnly(cause: unknown): RegistryError {
  return new RegistryError('IMMUTABLE', 'Recorded history cannot be changed.', { cause });
}

export function databaseBusy(cause: unknown): RegistryError {
  return new RegistryError('BUSY', 'The database is busy; try again in a moment.', { cause });
}

export function databaseFull(cause: unknown): RegistryError {
  return new RegistryError('STORAGE_FULL', 'The disk of the database is full; free some space and try again.', {
    cause,
  });
}

export function databaseUnavailable(cause: unknown): RegistryError {
  return new RegistryError(
    'STORAGE_UNAVAILABLE',
    'The database cannot be read or written; see the log of the server.',
    {
      cause,
    },
  );
}

export function textRefused(cause: unknown): RegistryError {
  return new RegistryError('INVALID_INPUT', 'Text may not hold the character U+0000 on this database.', { cause });
}

export function tooLongForIndex(cause: unknown): RegistryError {
  return new RegistryError('TOO_LARGE', 'A name or path is too long for this database; use at most 2,600 bytes.', {
    cause,
  });
}

const transient = new WeakSet<object>();

/** Notes that the transaction left nothing behind and may well succeed when it runs again. */
export function markTransient(error: RegistryError): RegistryError {
  transient.add(error);
  return error;
}

export function isTransient(error: unknown): boolean {
  return typeof error === 'object' && error !== null && transient.has(error);
}
