import { shown } from './names.ts';
import { RegistryError } from './registry-error.ts';

const maxBytes = 4096;
const unusableSegment = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * A path inside a version, kept byte-exact: relative POSIX, no empty, `.` or `..` segment, no NUL. Everything
 * else that the wandb client accepts is accepted, line breaks included.
 * @throws RegistryError `INVALID_PATH`
 */
export function versionPath(path: unknown): string {
  if (typeof path !== 'string' || path === '')
    throw new RegistryError('INVALID_PATH', 'A path inside a version must not be empty.');
  if (!path.isWellFormed())
    throw new RegistryError('INVALID_UNICODE', 'A path inside a version must be valid Unicode.');
  if (path.includes('\0')) {
    throw new RegistryError('INVALID_PATH', `The path "${shown(path)}" holds a NUL character; rename the file.`);
  }
  // no character takes more than three bytes for each of its units
  if (path.length * 3 > maxBytes && Buffer.byteLength(path) > maxBytes)
    throw new RegistryError('INVALID_PATH', `A path has at most ${maxBytes} bytes.`);
  if (unusableSegment.test(path)) {
    throw new RegistryError(
      'INVALID_PATH',
      `The path "${shown(path)}" must be relative, with no empty, "." or ".." segment (for example "weights/model.bin").`,
    );
  }
  return path;
}

/** The name of a file saved with a run; a leading `./`, which clients send, does not count. @throws RegistryError `INVALID_PATH` */
export function runFileName(name: unknown): string {
  return versionPath(typeof name === 'string' ? name.replace(/^(\.\/)+/, '') : name);
}
