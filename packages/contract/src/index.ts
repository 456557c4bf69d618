export { type ErrorCode, errorCodes } from './error-codes.ts';
