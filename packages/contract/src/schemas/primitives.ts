import { z } from 'zod';

/** Decimal text: JavaScript and JSON readers elsewhere lose digits of large numbers. */
export const id = z
  .string()
  .regex(/^[1-9]\d{0,15}$/)
  .meta({ id: 'Id', description: 'A number in decimal digits, as text. Never used again.', example: '1042' });

export const time = z.iso
  .datetime()
  .meta({ id: 'Time', description: 'ISO 8601 in UTC.', example: '2026-03-01T12:30:00.000Z' });

export const md5 = z.string().meta({
  description: '32 lower-case hexadecimal digits.',
  example: '5d41402abc4b2a76b9719d911017c592',
});

export const sha256 = z.string().meta({
  description: '64 lower-case hexadecimal digits.',
  example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
});

export const bytes = z.int().min(0).describe('Bytes.');

export const memberRole = z
  .enum(['viewer', 'member', 'admin'])
  .meta({ id: 'MemberRole', description: 'Role in an organization or a team.' });

export const registryRole = z.enum(['restricted_viewer', 'viewer', 'member', 'admin']).meta({
  id: 'RegistryRole',
  description: 'Role in a registry. A restricted viewer sees everything but the bytes of files.',
});

export const username = z
  .string()
  .describe('Letters, digits and `_ . @ + -`. Users, teams and organizations share one namespace.');

export const tagList = z
  .array(z.string())
  .describe('Letters, digits, `_`, `-` and inner spaces, up to 128 characters each.');

export const aliasList = z
  .array(z.string())
  .describe('Up to 128 characters each, without `/` and `:`, and not of the form `v3`.');

export const jsonObject = z.record(z.string(), z.unknown());
