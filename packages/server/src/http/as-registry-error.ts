import { RegistryError } from '../domain/registry-error.ts';

/** What the web framework itself refuses, in our own words; anything unknown is `INTERNAL` and says nothing more. */
export function asRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const { code, statusCode, validation, message } = error as {
    code?: string;
    statusCode?: number;
    validation?: { instancePath?: string; message?: string }[];
    message?: string;
  };
  if (validation)
    return new RegistryError('INVALID_INPUT', describeValidation(validation), {
      details: { problems: validation },
      cause: error,
    });
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RegistryError('TOO_LARGE', 'The request body is too large.', { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RegistryError('INVALID_INPUT', 'Send this request with "Content-Type: application/json".', {
        cause: error,
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new RegistryError('INVALID_JSON', 'The request body is not valid JSON.', { cause: error });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
    case 'ECONNABORTED':
      return new RegistryError('UPLOAD_INTERRUPTED', 'The request body does not have the announced length.', {
        cause: error,
      });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new RegistryError('INVALID_INPUT', message ?? 'The request is malformed.', { cause: error });
  }
  return new RegistryError(
    'INTERNAL',
    'Something went wrong on the server. The request id helps an administrator find it in the log.',
    { cause: error },
  );
}

function describeValidation(problems: { instancePath?: string; message?: string }[]): string {
  const named = problems
    .slice(0, 5)
    .map(
      ({ instancePath, message }) =>
        `${instancePath?.replace(/^\//, '').replaceAll('/', '.') || 'request'}: ${message}`,
    );
  return `The request is not valid: ${named.join('; ')}.`;
}
