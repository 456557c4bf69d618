import { RegistryError } from '../../../domain/registry-error.ts';

/** A refusal as the storage put it. */
export class S3Refusal extends Error {
  /** HTTP */
  readonly status: number;
  /** e.g. `NoSuchBucket`; empty where the answer had none */
  readonly code: string;
  readonly request: string;

  constructor(status: number, code: string, message: string, request: string) {
    super(`${request} was answered ${status}${code && ` ${code}`}${message && `: ${message}`}`);
    this.name = 'S3Refusal';
    this.status = status;
    this.code = code;
    this.request = request;
  }
}

const full = new Set(['QuotaExceeded', 'InsufficientStorage', 'XMinioStorageFull', 'EntityTooLarge']);

/** What a failed request is to the caller. What the storage said goes to the log, not to a client. */
export function storageFailure(cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause;
  if (cause instanceof S3Refusal && (cause.status === 507 || full.has(cause.code))) {
    return new RegistryError('STORAGE_FULL', 'The object storage is full; free some space or ask the administrator.', {
      cause,
    });
  }
  return new RegistryError('STORAGE_UNAVAILABLE', 'The object storage did not do as asked; try again later.', {
    cause,
  });
}

/** The code of a refusal for a clock that is off. */
export const skewed = 'RequestTimeTooSkewed';

/** Stands for the code of a refusal of keys in whose place there are others now. */
export const renewed = 'KeysRenewed';

const ofKeys = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** Whether a refusal is one of keys, or may be: that of a HEAD has no code. */
export function refusesKeys(status: number, code: string): boolean {
  return (status === 400 || status === 403) && (code === '' || ofKeys.has(code));
}

/** Refusals of what was spoiled on its way, of a clock that we set by their answer, or of keys that were renewed. */
const passing = new Set([
  'RequestTimeout',
  'SlowDown',
  skewed,
  renewed,
  'BadDigest',
  'IncompleteBody',
  'XAmzContentSHA256Mismatch',
]);

/** Failures that pass: of the network, of a busy storage, or of a request that was cut. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof S3Refusal)) return !(error instanceof RegistryError);
  if (error.status === 501) return false;
  if (error.status >= 500 || error.status === 429 || error.status === 408) return true;
  return passing.has(error.code);
}
