export {
  type AnswerOf,
  apiBase,
  type BodyOf,
  type Endpoint,
  type EndpointRule,
  type HeaderNote,
  type Method,
  type ParamsOf,
  type QueryOf,
  type Transfer,
} from './endpoint.ts';
export { type Api, type ApiGroup, api, groupTitles, listEndpoints } from './endpoint-table.ts';
export { type ErrorCode, errorCodes } from './error-codes.ts';
export { errorsOf } from './errors-of.ts';
export { openApiDocument } from './open-api-document.ts';
export type * from './schemas/alias.ts';
export type * from './schemas/collection.ts';
export { type ErrorEnvelope, errorEnvelope } from './schemas/error-envelope.ts';
export type * from './schemas/integration.ts';
export type { Page } from './schemas/page.ts';
export type * from './schemas/people.ts';
export type * from './schemas/project.ts';
export type * from './schemas/run.ts';
export type * from './schemas/upload.ts';
export type * from './schemas/version.ts';
