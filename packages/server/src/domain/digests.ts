import { RegistryError } from './registry-error.ts';

const hex32 = /^[0-9a-f]{32}$/;
const hex64 = /^[0-9a-f]{64}$/;
/** The last character stands for two bits, so that every MD5 has one form. */
const base64Md5 = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

export function requireSha256(text: string, what = 'sha256'): string {
  if (hex64.test(text)) return text;
  throw new RegistryError('INVALID_INPUT', `${what} must be 64 lower-case hexadecimal digits (a SHA-256).`);
}

export function requireMd5Hex(text: string, what = 'md5'): string {
  if (hex32.test(text)) return text;
  throw new RegistryError('INVALID_INPUT', `${what} must be 32 lower-case hexadecimal digits (an MD5).`);
}

export function isMd5Base64(text: string): boolean {
  return base64Md5.test(text);
}

/** `XUFAKrxLKna5cZ2REBfFkg==` → 32 hex digits; undefined for anything that is not the base64 of 16 bytes. */
export function md5Base64ToHex(text: string): string | undefined {
  return isMd5Base64(text) ? Buffer.from(text, 'base64').toString('hex') : undefined;
}

export function md5HexToBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

export function requireMd5Base64(text: string, what = 'md5'): string {
  const hex = md5Base64ToHex(text);
  if (hex) return hex;
  throw new RegistryError('INVALID_INPUT', `${what} must be the base64 form of an MD5 (24 characters ending in "==").`);
}
