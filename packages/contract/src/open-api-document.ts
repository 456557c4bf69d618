import { z } from 'zod';
import { apiBase, type Endpoint } from './endpoint.ts';
import { groupTitles, listEndpoints } from './endpoint-table.ts';
import type { ErrorCode } from './error-codes.ts';
import { errorsOf } from './errors-of.ts';
import { errorEnvelope } from './schemas/error-envelope.ts';

type Json = Record<string, unknown>;

const about = `A model registry: immutable model versions, registered models that link them, aliases that move.

Send an API key with every request: \`Authorization: Bearer <key>\`.

- **Lists** come in pages: \`limit\` items (50 unless you say otherwise, at most 1000) and a \`nextCursor\`.
- **Errors** are \`{ "error": { "code", "message", "details" } }\` with a code of a closed set. What you may not see answers like what does not exist: 404.
- **Unknown fields** and query parameters are refused, so that a typing mistake is not silently ignored.
- **\`Idempotency-Key\`** on a \`POST\` makes sending it again harmless: for 24 hours the same key with the same request answers as the first time.
- **Ids** are decimal digits as text; sizes and counts are numbers; times are ISO 8601 in UTC.`;

/**
 * The OpenAPI 3.1 document of the endpoint table.
 * @param statusOf the HTTP status of each error code, which is the server's to say
 */
export function openApiDocument(options: {
  statusOf: Readonly<Record<ErrorCode, number>>;
  version: string;
  serverUrl?: string;
}): Json {
  const schemas = new Map<string, unknown>();
  const paths: Record<string, Json> = {};
  for (const { group, endpoint } of listEndpoints()) {
    paths[endpoint.path] ??= {};
    Object.assign(paths[endpoint.path] ?? {}, {
      [endpoint.method.toLowerCase()]: operation(endpoint, groupTitles[group], options.statusOf, schemas),
    });
  }
  schemaOf(errorEnvelope, 'output', schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weighhouse',
      version: options.version,
      description: about,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.serverUrl ?? apiBase }],
    security: [{ apiKey: [] }],
    tags: Object.values(groupTitles).map(name => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key. HTTP basic with any user name and the key as password works too.',
        },
      },
      schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function operation(
  endpoint: Endpoint,
  tag: string,
  statusOf: Readonly<Record<ErrorCode, number>>,
  schemas: Map<string, unknown>,
): Json {
  const { body, transfer, rule } = endpoint;
  const content =
    transfer === 'upload'
      ? binary
      : body && { 'application/json': { schema: schemaOf(body, 'input', schemas), example: endpoint.bodyExample } };
  return {
    operationId: endpoint.id,
    tags: [tag],
    summary: endpoint.summary,
    ...(endpoint.description && { description: endpoint.description }),
    ...(rule.kind === 'public' && { security: [] }),
    ...('action' in rule && { 'x-permission': rule.action }),
    parameters: [
      ...shapeParameters(endpoint, 'path', schemas),
      ...shapeParameters(endpoint, 'query', schemas),
      ...headerParameters(endpoint),
    ],
    ...(content && {
      requestBody: { required: transfer === 'upload' || !z.safeParse(body ?? z.never(), undefined).success, content },
    }),
    responses: { ...successes(endpoint, schemas), ...failures(endpoint, statusOf) },
  };
}

const binary = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

function shapeParameters(endpoint: Endpoint, where: 'path' | 'query', schemas: Map<string, unknown>): Json[] {
  const object = where === 'path' ? endpoint.params : endpoint.query;
  const { properties = {}, required = [] } = schemaOf(object, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, example, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    schema,
    ...(schema.type === 'array' && { style: 'form', explode: true }),
  }));
}

function headerParameters(endpoint: Endpoint): Json[] {
  const idempotencyKey = {
    name: 'Idempotency-Key',
    description: '1 to 255 printable characters of your choice.',
    example: '5f1c1f3e-0d0e-4a0c-9a6e-2f0d7a6a4b1d',
  };
  const notes = [...endpoint.requestHeaders, ...(endpoint.idempotent ? [idempotencyKey] : [])];
  return notes.map(note => ({
    name: note.name,
    in: 'header',
    required: 'required' in note && note.required === true,
    description: note.description,
    schema: { type: 'string' },
    ...(note.example !== undefined && { example: note.example }),
  }));
}

function successes(endpoint: Endpoint, schemas: Map<string, unknown>): Json {
  const { answer, transfer, status, otherStatus, answerHeaders } = endpoint;
  const headers = Object.fromEntries(
    answerHeaders.map(({ name, description }) => [name, { description, schema: { type: 'string' } }]),
  );
  const content =
    transfer === 'download'
      ? binary
      : answer && { 'application/json': { schema: schemaOf(answer, 'output', schemas) } };
  const one = (description: string, hasContent: boolean): Json => ({
    description,
    ...(answerHeaders.length > 0 && { headers }),
    ...(content && hasContent && { content }),
  });
  return {
    [status]: one(status === 201 ? 'Created.' : 'Done.', status !== 204),
    ...(otherStatus && { [otherStatus.status]: one(otherStatus.means, otherStatus.status !== 304) }),
  };
}

function failures(endpoint: Endpoint, statusOf: Readonly<Record<ErrorCode, number>>): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(endpoint)) byStatus.set(statusOf[code], [...(byStatus.get(statusOf[code]) ?? []), code]);
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  const named = [...byStatus].map(([status, codes]) => [
    status,
    { description: codes.map(code => `\`${code}\``).join(', '), content },
  ]);
  return { ...Object.fromEntries(named), default: { description: 'Any other error.', content } };
}

/** The JSON schema; what has an id of its own goes to the components and is referred to. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Map<string, unknown>): unknown {
  // Wrapped, because a schema at the root would be spelt out even where it has an id.
  const { $defs = {}, properties } = z.toJSONSchema(z.object({ root: schema }), {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema }) => tidy(jsonSchema, io),
  });
  for (const [name, { id: _id, ...definition }] of Object.entries($defs)) schemas.set(name, refer(definition));
  return refer(properties?.root);
}

function refer<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as T;
}

/** Drops what only makes the document longer, and lets answers gain fields later. */
function tidy(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
}
