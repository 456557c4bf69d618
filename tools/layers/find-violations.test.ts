import { describe, expect, test } from 'vitest';
import { findViolations } from './find-violations.ts';
import { moduleReferences } from './source-scan.ts';

function rulesBroken(path: string, source: string): string[] {
  return findViolations([{ path, source }]).map(({ line, rule }) => `${line}: ${rule}`);
}

describe('what the table forbids is found', () => {
  test.each([
    ['domain/a.ts', "import { b } from '../services/b.ts';", 'domain does not import services'],
    ['domain/a.ts', "import type { B } from '../ports/b.ts';", 'domain does not import ports'],
    ['domain/a.ts', "import { readFileSync } from 'node:fs';", 'domain does not import node:fs'],
    ['domain/a.ts', "import { createHash, randomBytes } from 'node:crypto';", 'domain does not import node:crypto'],
    ['domain/a.ts', "import crypto from 'node:crypto';", 'domain does not import node:crypto'],
    ['domain/a.ts', "import { z } from 'zod';", 'domain does not import the package zod'],
    ['ports/a.ts', "export { b } from '../stores/blobs/b.ts';", 'ports does not import stores/blobs'],
    ['services/a.ts', "import { B } from '../stores/metadata/b.ts';", 'services does not import stores/metadata'],
    ['services/a.ts', "import { sql } from 'kysely';", 'services does not import the package kysely'],
    ['services/a.ts', "import { open } from 'node:fs/promises';", 'services does not import node:fs/promises'],
    ['services/a.ts', "const b = await import('../http/b.ts');", 'services does not import http'],
    ['stores/blobs/a.ts', "import '../metadata/b.ts';", 'stores/blobs does not import stores/metadata'],
    ['stores/blobs/a.ts', "import { Kysely } from 'kysely';", 'stores/blobs does not import the package kysely'],
    ['http/a.ts', "import { b } from '../ports/b.ts';", 'http does not import ports'],
    ['http/a.ts', "import { b } from '../facades/rest/b.ts';", 'http does not import facades/rest'],
    ['facades/rest/a.ts', "import { b } from '../wandb/b.ts';", 'facades/rest does not import facades/wandb'],
    ['facades/rest/a.ts', "import D from 'better-sqlite3';", 'facades/rest does not import the package better-sqlite3'],
    ['jobs/a.ts', "import { fastify } from 'fastify';", 'jobs does not import the package fastify'],
    ['config/a.ts', "import { b } from '../domain/b.ts';", 'config does not import domain'],
    ['services/a.ts', "import { b } from '../domain/b';", 'a relative import names its file'],
    ['services/a.ts', "import { b } from '../../../contract/src/b.ts';", 'sources stay in their package'],
    ['elsewhere/a.ts', '', 'every source belongs to a layer'],
    ['services/string-utils.ts', '', 'a name says what is inside'],
  ])('%s: %s', (path, source, rule) => {
    expect(rulesBroken(path, source)).toEqual([`1: ${rule}`]);
  });

  test.each([
    ['export async function a() {}', 'domain has no `async` (`async`)'],
    ['const now = Date.now();', 'domain has no clock (`Date.now`)'],
    ['const now = new Date();', 'domain has no clock (`new Date()`)'],
    ['const id = Math.random();', 'domain has no randomness (`Math.random`)'],
    ['const home = process.env;', 'domain does not reach outside (`process.env`)'],
  ])('domain: %s', (source, rule) => {
    expect(rulesBroken('domain/a.ts', `\n\n${source}`)).toEqual([`3: ${rule}`]);
  });
});

describe('what the table allows passes', () => {
  test.each([
    [
      'domain/a.ts',
      "import { createHash } from 'node:crypto';\nimport type { ErrorCode } from '@weighhouse/contract';",
    ],
    ['domain/a.ts', "// async, Date.now()\nconst text = 'await new Date()'; const then = new Date(0);"],
    ['ports/a.ts', "import type { Readable } from 'node:stream';\nimport { b } from '../domain/b.ts';"],
    ['services/a.ts', "import { b } from '../ports/b.ts';\nimport { c } from '../domain/c.ts';"],
    ['stores/metadata/sql/a.ts', "import { sql } from 'kysely';\nimport { b } from '../dialect.ts';"],
    ['http/a.ts', "import type { B } from '../ports/b.ts';\nimport { fastify } from 'fastify';"],
    ['facades/wandb/graphql/a.ts', "import { graphql } from 'graphql';\nimport { b } from '../../../http/b.ts';"],
    ['compose.ts', "import { b } from './facades/rest/b.ts';\nimport { c } from './stores/blobs/c.ts';"],
    ['services/a.test.ts', "import { b } from '../stores/metadata/b.ts';"],
  ])('%s: %s', (path, source) => {
    expect(rulesBroken(path, source)).toEqual([]);
  });
});

test('a reference is found whatever its form, and never in a comment', () => {
  const source = [
    "import a, { type B, c as d } from './one.ts';",
    'import type {',
    '  E,',
    "} from './two.ts';",
    "export * from './three.ts';",
    "import './four.ts';",
    "// import { x } from './no.ts';",
    "/* import './no.ts'; */ const later = () => import('./five.ts');",
  ].join('\n');
  expect(moduleReferences(source)).toEqual([
    { specifier: './one.ts', typeOnly: false, names: ['*', 'B', 'c'], line: 1 },
    { specifier: './two.ts', typeOnly: true, names: ['E'], line: 2 },
    { specifier: './three.ts', typeOnly: false, names: ['*'], line: 5 },
    { specifier: './four.ts', typeOnly: false, names: ['*'], line: 6 },
    { specifier: './five.ts', typeOnly: false, names: ['*'], line: 8 },
  ]);
});
