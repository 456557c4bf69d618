import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from './startup-error.ts';

/** Grows when a build writes data that older builds would misread. */
export const dataFormat = 1;

export interface DataFolder {
  path: string;
  instanceId: string;
  release(): void;
}

interface InstanceFile {
  format: number;
  id: string;
}

/**
 * Opens the data folder for this process alone: makes it where it is missing, locks it, and checks that its data were
 * written by this build or an older one.
 * @param lock takes the lock file's path; undefined where another process holds it
 * @throws StartupError
 */
export function openDataFolder(path: string, lock: (file: string) => { release(): void } | undefined): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartupError([
      `The data folder ${path} cannot be made (${(error as Error).message}). Set WEIGHHOUSE_DATA to a folder that can be written.`,
    ]);
  }
  const held = openLock(path, lock);
  if (!held) {
    throw new StartupError([
      `Another server uses the data folder ${path}. Stop that one first, or set WEIGHHOUSE_DATA to another folder.`,
    ]);
  }
  try {
    const instance = readInstance(path) ?? writeInstance(path);
    if (instance.format > dataFormat) {
      throw new StartupError([
        `The data in ${path} were written by a newer Weighhouse (format ${instance.format}; this build knows ${dataFormat}). Start that newer version, or restore a backup.`,
      ]);
    }
    return { path, instanceId: instance.id, release: () => held.release() };
  } catch (error) {
    held.release();
    throw error;
  }
}

function openLock(
  path: string,
  lock: (file: string) => { release(): void } | undefined,
): { release(): void } | undefined {
  try {
    return lock(join(path, 'lock'));
  } catch (error) {
    throw new StartupError([
      `The data folder ${path} cannot be locked (${(error as Error).message}). Check its rights and its disk.`,
    ]);
  }
}

function readInstance(path: string): InstanceFile | undefined {
  let text: string;
  try {
    text = readFileSync(join(path, 'instance.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartupError([`${join(path, 'instance.json')} cannot be read (${(error as Error).message}).`]);
  }
  const instance = parse(text);
  if (instance) return instance;
  throw new StartupError([
    `${join(path, 'instance.json')} is damaged. Restore it from a backup; without it the folder's format is unknown.`,
  ]);
}

function parse(text: string): InstanceFile | undefined {
  try {
    const value = JSON.parse(text) as Partial<InstanceFile> | null;
    return value && Number.isInteger(value.format) && typeof value.id === 'string'
      ? (value as InstanceFile)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Written whole and synced before its name appears, like everything that must survive a power cut. */
function writeInstance(path: string): InstanceFile {
  const instance = { format: dataFormat, id: randomUUID() };
  const temporary = join(path, 'instance.json.new');
  const file = openSync(temporary, 'w', 0o600);
  writeSync(file, `${JSON.stringify(instance, null, 2)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, join(path, 'instance.json'));
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
  return instance;
}
