import type { ErrorCode } from '@weighhouse/contract';

/**
 * What each error is called towards the wandb client. It gives up at once on 400, 401, 403, 404, 409, 410, 413, 422 and
 * 501 and tries everything else again, a file stream for seven days: so only what may pass by itself gets another status.
 */
export const wandbStatus: Record<ErrorCode, number> = {
  INVALID_INPUT: 400,
  INVALID_NAME: 400,
  INVALID_PATH: 400,
  INVALID_ADDRESS: 400,
  INVALID_JSON: 400,
  JSON_TOO_DEEP: 400,
  INVALID_UNICODE: 400,
  QUERY_TOO_COMPLEX: 400,
  INVALID_ALIAS: 400,
  INVALID_TAG: 400,
  INVALID_CURSOR: 400,
  MANIFEST_INVALID: 400,
  DIGEST_MISMATCH: 400,
  SIZE_MISMATCH: 400,
  BLOB_UNKNOWN: 400,
  UPLOAD_INTERRUPTED: 400,
  UPLOAD_INCOMPLETE: 400,
  TOO_LARGE: 413,
  RANGE_NOT_SATISFIABLE: 400,
  HOST_NOT_ALLOWED: 400,
  AMBIGUOUS_ADDRESS: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  TICKET_EXPIRED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  NAME_RESERVED: 409,
  TYPE_MISMATCH: 409,
  CONFLICT: 409,
  PRECONDITION_FAILED: 409,
  UPLOAD_OFFSET_MISMATCH: 409,
  UPLOAD_BUSY: 503,
  IDEMPOTENCY_KEY_REUSED: 409,
  NOT_EMPTY: 409,
  HAS_ALIASES: 409,
  HAS_LINKS: 409,
  IMMUTABLE: 409,
  GONE: 410,
  METHOD_NOT_ALLOWED: 400,
  NOT_SUPPORTED: 501,
  BUSY: 503,
  RATE_LIMITED: 429,
  STORAGE_FULL: 507,
  STORAGE_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  // A fault of ours answers the same when asked again; the client would hang for 20 minutes on a 5xx.
  INTERNAL: 422,
};

/** `UpsertBucket` and Python's downloads try a 409 again; where they ask, a conflict is a bad request. */
export function statusWithoutConflict(code: ErrorCode): number {
  const status = wandbStatus[code];
  return status === 409 ? 400 : status;
}
