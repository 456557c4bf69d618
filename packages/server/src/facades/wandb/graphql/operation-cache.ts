import type { GraphQLSchema } from 'graphql';
import { PreparedOperation } from './prepared-operation.ts';

const maxOperations = 400;
const maxTextLength = 8 << 20;

/** Operations that were asked for lately, so that a document is parsed, checked and compiled once. */
export class OperationCache {
  readonly #schema: GraphQLSchema;
  /** in order of last use, the oldest first */
  readonly #operations = new Map<string, PreparedOperation>();
  #textLength = 0;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** @throws RegistryError where the text is no valid document */
  get(text: string, operationName: string | undefined): PreparedOperation {
    const key = `${operationName ?? ''}\n${text}`;
    const known = this.#operations.get(key);
    const operation = known ?? new PreparedOperation(this.#schema, text, operationName);
    this.#operations.delete(key);
    this.#operations.set(key, operation);
    if (!known) this.#textLength += key.length;
    for (const oldest of this.#operations.keys()) {
      if (this.#operations.size <= maxOperations && this.#textLength <= maxTextLength) break;
      this.#operations.delete(oldest);
      this.#textLength -= oldest.length;
    }
    return operation;
  }
}
