import { type ErrorCode, errorCodes } from '@weighhouse/contract';
import { isJsonObject } from '../domain/json.ts';
import { RegistryError } from '../domain/registry-error.ts';

/** An error as text from which another server makes the same one. */
export function failureText(error: unknown): string {
  if (!(error instanceof RegistryError)) return JSON.stringify({ message: String(error) });
  const { code, message, details } = error;
  return JSON.stringify({ code, message, details });
}

export function failureFrom(text: string): Error {
  const failure: unknown = JSON.parse(text);
  const { code, message, details } = isJsonObject(failure) ? failure : {};
  if (!isErrorCode(code)) return new Error(`failed at another server: ${String(message)}`);
  return new RegistryError(code, String(message), { details: isJsonObject(details) ? details : {} });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return errorCodes.some(one => one === code);
}
