import type { IntakeResources } from '../intake/intake-resources.ts';
import type { S3Credentials } from './s3-keys.ts';

/** Where objects are, and as whom they are reached. */
export interface S3Options {
  /** `http://` or `https://`, a host and perhaps a port */
  endpoint: string;
  region: string;
  bucket: string;
  /** Before every key; empty, or with a slash at its end. */
  prefix: string;
  /** Whether the bucket stands in the path or in the name of the host. */
  addressing: 'path' | 'host';
  credentials: S3Credentials;
  /** Whether clients are sent to the storage themselves. */
  direct: boolean;
  /** A folder on this machine for pieces on their way; nothing in it outlives the process. */
  scratchFolder: string;
  resources?: IntakeResources;
  patience?: Partial<S3Patience>;
}

/** How long a storage that does not answer is borne with. */
export interface S3Patience {
  /** Tries of one request. */
  attempts: number;
  /** Wait before the second try, in milliseconds; doubled for each that follows. */
  firstPauseMs: number;
  /** A connection on which nothing moves for so long is given up. */
  silenceMs: number;
}
