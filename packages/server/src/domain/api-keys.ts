import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { RegistryError } from './registry-error.ts';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const own = /^wh_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * Builds one of our keys: `wh_`, 43 characters of randomness (256 bits), 6 of checksum. Word characters only, so that
 * the wandb client accepts it (40 or more `[\w-]`), a double click selects it, and a mistyped one is known as such.
 * @param random at least 43 random bytes
 */
export function formatApiKey(random: Uint8Array): string {
  let secret = '';
  for (const byte of random) {
    // 62 does not divide 256: bytes past 4 × 62 are skipped so that every digit is equally likely
    if (byte < 248 && secret.length < 43) secret += digits[byte % 62];
  }
  if (secret.length < 43) throw new Error('formatApiKey needs more random bytes');
  return `wh_${secret}${checksum(secret)}`;
}

/** False only for a key that has our form and a wrong checksum: a typing mistake that needs no look-up. */
export function isPlausibleApiKey(key: string): boolean {
  const match = own.exec(key);
  return !match || checksum(match[1] ?? '') === match[2];
}

/** What is stored of a key, under a unique index. 256 random bits need no slow hash. Lower-case hex. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Enough to tell keys apart, too little to guess one. */
export function apiKeyHint(key: string): string {
  return `${key.slice(0, 5)}…${key.slice(-3)}`;
}

/** An imported key: printable ASCII without spaces, 40 to 256 characters. @throws RegistryError `INVALID_INPUT` */
export function requireImportableApiKey(key: unknown): string {
  if (typeof key === 'string' && /^[\x21-\x7e]{40,256}$/.test(key)) return key;
  throw new RegistryError('INVALID_INPUT', 'An API key must have 40 to 256 printable ASCII characters and no spaces.');
}

function checksum(text: string): string {
  let value = crc32(text);
  let out = '';
  for (let i = 0; i < 6; i++) {
    out = digits[value % 62] + out;
    value = Math.floor(value / 62);
  }
  return out;
}
