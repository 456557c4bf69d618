import type { ErrorCode } from '@weighhouse/contract';

/**
 * Says what happened, never what a protocol calls it: façades map `code` to their own statuses.
 * `message` tells the user what to do next and holds nothing secret.
 */
export class RegistryError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RegistryError';
    this.code = code;
    this.details = options.details ?? {};
  }
}
