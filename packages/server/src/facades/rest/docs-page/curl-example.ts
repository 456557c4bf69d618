import { apiBase, type Endpoint } from '@weighhouse/contract';
import type { z } from 'zod';

/** A command that can be pasted once `WANDB_BASE_URL` and `WANDB_API_KEY` are set, as the server prints them. */
export function curlExample(endpoint: Endpoint): string {
  const { method, transfer, bodyExample, rule } = endpoint;
  const parts = [
    `curl ${method === 'GET' ? '' : method === 'HEAD' ? '--head ' : `-X ${method} `}"$WANDB_BASE_URL${apiBase}${examplePath(endpoint)}"`,
  ];
  if (rule.kind !== 'public') parts.push('-H "Authorization: Bearer $WANDB_API_KEY"');
  for (const header of endpoint.requestHeaders)
    if (header.required) parts.push(`-H "${header.name}: ${header.example ?? ''}"`);
  if (transfer === 'upload') parts.push('--data-binary @model.bin -H "Content-Type: application/octet-stream"');
  if (transfer === 'download') parts.push('-O');
  if (bodyExample !== undefined) parts.push(`--json '${JSON.stringify(bodyExample)}'`);
  return parts.join(' \\\n  ');
}

function examplePath({ path, params, query }: Endpoint): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => example(params.shape[name], name));
  const required = Object.entries(query.shape).filter(
    ([, schema]) => (schema as z.ZodType).meta()?.example !== undefined,
  );
  const pairs = required.map(([name, schema]) => `${name}=${example(schema, name)}`);
  return pairs.length > 0 ? `${filled}?${pairs.join('&')}` : filled;
}

const usual: Record<string, string> = { username: 'ada', id: '1042', team: 'research' };

function example(schema: z.core.$ZodType | undefined, name: string): string {
  const known = (schema as z.ZodType | undefined)?.meta()?.example;
  return known === undefined ? (usual[name] ?? name) : String(known);
}
