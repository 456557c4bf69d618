import { readFileSync } from 'node:fs';
import type { S3Credentials } from './s3-options.ts';

/**
 * Reads a profile of a file as the tools of AWS write it.
 * @throws Error with one sentence for the operator
 */
export function readCredentials(path: string, profile: string): S3Credentials {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(
      `There are no keys for the object storage. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to ${path} ` +
        `(${(cause as NodeJS.ErrnoException).code ?? 'not readable'}).`,
      { cause },
    );
  }
  const values = readProfile(content, profile);
  if (values === undefined) throw new Error(`${path} has no profile [${profile}]; set AWS_PROFILE to one that it has.`);
  const accessKeyId = values.get('aws_access_key_id');
  const secretAccessKey = values.get('aws_secret_access_key');
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(`The profile [${profile}] of ${path} lacks aws_access_key_id or aws_secret_access_key.`);
  }
  return { accessKeyId, secretAccessKey, sessionToken: values.get('aws_session_token') };
}

function readProfile(content: string, profile: string): Map<string, string> | undefined {
  let values: Map<string, string> | undefined;
  let inside = false;
  for (const line of content.split(/\r?\n/)) {
    const section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      inside = section === profile;
      if (inside) values ??= new Map();
      continue;
    }
    const [, name, value] = /^\s*([^#;=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && name !== undefined && value !== undefined) values?.set(name.toLowerCase(), value);
  }
  return values;
}
