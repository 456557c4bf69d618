/**
 * The closed set of things that can go wrong. Every façade maps each of them to its own dialect, totally, so that
 * a new code does not compile until every tongue knows it.
 */
export const errorCodes = [
  // what was sent is not acceptable
  'INVALID_INPUT',
  'INVALID_NAME',
  'INVALID_PATH',
  'INVALID_ADDRESS',
  'INVALID_JSON',
  'JSON_TOO_DEEP',
  'INVALID_UNICODE',
  'QUERY_TOO_COMPLEX',
  'INVALID_ALIAS',
  'INVALID_TAG',
  'INVALID_CURSOR',
  'MANIFEST_INVALID',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'BLOB_UNKNOWN',
  'UPLOAD_INTERRUPTED',
  'UPLOAD_INCOMPLETE',
  'TOO_LARGE',
  'RANGE_NOT_SATISFIABLE',
  'HOST_NOT_ALLOWED',
  'AMBIGUOUS_ADDRESS',
  // who is asking
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TICKET_EXPIRED',
  // what is (not) there
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'NAME_RESERVED',
  'TYPE_MISMATCH',
  'CONFLICT',
  'PRECONDITION_FAILED',
  'UPLOAD_OFFSET_MISMATCH',
  'UPLOAD_BUSY',
  'IDEMPOTENCY_KEY_REUSED',
  'NOT_EMPTY',
  'HAS_ALIASES',
  'HAS_LINKS',
  'IMMUTABLE',
  'GONE',
  'METHOD_NOT_ALLOWED',
  'NOT_SUPPORTED',
  // not now
  'BUSY',
  'RATE_LIMITED',
  'STORAGE_FULL',
  'STORAGE_UNAVAILABLE',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];
