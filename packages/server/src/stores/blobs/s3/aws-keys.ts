import type { S3Keys } from './s3-keys.ts';

/** Where the tools of AWS look for keys that are in no variable. */
export interface AwsKeyPlaces {
  /** the file of keys */
  path: string;
  /** where one is asked for by name, no other place is looked at */
  profile: string | undefined;
  /** of AWS, where a token is exchanged for keys; that of the machine, unless given */
  region: string | undefined;
}

/**
 * Looks for keys as the tools of AWS do: in the profile's section of its files, or what that names in turn (another role, a
 * program, a sign-on), by the token of a workload's identity, from the container's host, and from the machine's.
 * @throws Error with one sentence for the operator
 */
export async function findAwsKeys({ path, profile, region }: AwsKeyPlaces): Promise<S3Keys> {
  const clientConfig = region === undefined ? {} : { clientConfig: { region } };
  // a file that was changed is read again
  const places = { filepath: path, ignoreCache: true, ...clientConfig };
  if (profile !== undefined) {
    const { fromIni } = await import('@aws-sdk/credential-provider-ini');
    try {
      return await fromIni({ ...places, profile })();
    } catch (cause) {
      throw new Error(
        `The profile [${profile}] in ${path} gives no keys for the object storage (${sentence(cause)}). Set AWS_PROFILE to one that does.`,
        { cause },
      );
    }
  }
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  try {
    return await defaultProvider(places)();
  } catch (cause) {
    throw new Error(
      `There are no keys for the object storage. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, write them to ${path}, or give ` +
        `this machine a role that has them (${sentence(cause)}).`,
      { cause },
    );
  }
}

function sentence(error: unknown): string {
  const [line = ''] = String((error as Error).message ?? error).split('\n');
  return line.replace(/\.$/, '');
}
