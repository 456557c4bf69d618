/**
 * The API key of a request: `Authorization: Bearer <key>`, or HTTP basic with any user name and the key as password,
 * as the wandb client sends it. Undefined where there is none that can be read.
 */
export function apiKeyOf(authorization: string | undefined): string | undefined {
  const match = /^(basic|bearer) +(\S+)$/i.exec(authorization ?? '');
  const [, scheme = '', value = ''] = match ?? [];
  if (!match || value.length > 1024) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}
