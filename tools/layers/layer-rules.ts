/** The table of layers in ARCHITECTURE.md, as data. */
export interface LayerRule {
  /** Folder or file under `packages/server/src`. */
  readonly path: string;
  readonly is: string;
  /** Layers it may import, beside itself. */
  readonly layers: readonly string[];
  /** Layers of which it may import types only. */
  readonly typesOf?: readonly string[];
  /** npm packages; a trailing `*` stands for any ending. */
  readonly packages: readonly string[];
  /** Modules of Node: `any`, or a list. A list maps a module to the names that may be taken from it (`*`: all). */
  readonly node: 'any' | Readonly<Record<string, readonly string[]>>;
  /** No `async`, no clock, no randomness, no process: the same answer for the same arguments. */
  readonly pure?: boolean;
}

/** Modules of Node that compute and do not reach outside the process. */
const computing = {
  'node:assert': ['*'],
  'node:async_hooks': ['*'],
  'node:buffer': ['*'],
  'node:crypto': ['*'],
  'node:events': ['*'],
  'node:path': ['*'],
  'node:path/posix': ['*'],
  'node:perf_hooks': ['*'],
  'node:stream': ['*'],
  'node:stream/promises': ['*'],
  'node:string_decoder': ['*'],
  'node:timers/promises': ['*'],
  'node:util': ['*'],
  'node:zlib': ['*'],
};

const contract = '@weighhouse/contract';
const fastify = ['fastify', '@fastify/*', 'zod'];

export const layerRules: readonly LayerRule[] = [
  {
    path: 'domain',
    is: 'pure values and rules',
    layers: [],
    packages: [contract],
    // Hashing is arithmetic: the digest of a manifest and the checksum of a key are rules of ours. Nothing else of
    // these two modules is, and no other module is needed.
    node: { 'node:crypto': ['createHash', 'timingSafeEqual'], 'node:zlib': ['crc32'] },
    pure: true,
  },
  {
    path: 'ports',
    is: 'what the core needs from outside',
    layers: ['domain'],
    packages: [],
    node: { 'node:stream': ['*'] },
  },
  { path: 'services', is: 'the use cases', layers: ['domain', 'ports'], packages: [contract], node: computing },
  {
    path: 'stores/metadata',
    is: 'records kept in SQL',
    layers: ['domain', 'ports'],
    packages: ['kysely', 'better-sqlite3', 'pg'],
    node: 'any',
  },
  {
    path: 'stores/blobs',
    is: 'bytes kept in files, memory or object storage',
    layers: ['domain', 'ports'],
    packages: ['@aws-sdk/credential-provider-ini', '@aws-sdk/credential-provider-node', '@smithy/signature-v4'],
    node: 'any',
  },
  {
    path: 'system',
    is: 'the log, the data folder and the terminal of this process',
    layers: ['domain', 'ports'],
    packages: ['pino'],
    node: 'any',
  },
  {
    path: 'http',
    is: 'HTTP as such',
    layers: ['domain', 'services'],
    typesOf: ['ports'],
    packages: [contract, ...fastify, 'pino'],
    node: 'any',
  },
  {
    path: 'facades/*',
    is: 'translation to one tongue',
    layers: ['domain', 'services', 'http'],
    typesOf: ['ports'],
    packages: [contract, ...fastify, 'graphql', 'graphql-jit', '@graphql-tools/*', 'dataloader'],
    node: computing,
  },
  {
    path: 'jobs',
    is: 'work in the background',
    layers: ['domain', 'ports', 'services'],
    packages: [],
    node: computing,
  },
  {
    path: 'config',
    is: 'the settings, read once',
    layers: [],
    packages: ['zod'],
    node: { 'node:net': ['isIP'], 'node:path': ['*'], 'node:util': ['inspect'] },
  },
  { path: 'compose.ts', is: 'the one file that knows everybody', layers: ['*'], packages: ['*'], node: 'any' },
  { path: 'open-stores.ts', is: 'the stores that were chosen', layers: ['*'], packages: ['*'], node: 'any' },
  { path: 'server.ts', is: 'a server from its start to its stop', layers: ['*'], packages: ['*'], node: 'any' },
  { path: 'main.ts', is: 'the entry', layers: ['*'], packages: ['*'], node: 'any' },
];

/** Names that say nothing about what is inside. */
export const emptyNames = /(^|[/-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/;
