import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  Source,
  validate,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { RegistryError } from '../../../domain/registry-error.ts';
import { maxTokens, requireModestQuery, requireShallowQuery } from './query-limits.ts';
import type { RequestContext } from './request-context.ts';

/** Compiling costs as much as some dozen executions: it waits until a document has come this often. */
const compileAfter = 3;

/** One operation of a document, checked against the schema, ready to run any number of times. */
export class PreparedOperation {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #variableNames: readonly string[];
  #uses = 0;
  #compiled: CompiledQuery | undefined;

  /** @throws RegistryError for what is no valid document of the schema, naming the operation, field or argument */
  constructor(schema: GraphQLSchema, text: string, operationName: string | undefined) {
    this.#schema = schema;
    const document = parseDocument(text);
    requireModestQuery(document);
    const operation = chooseOperation(document, operationName);
    // Other operations of the document are nobody's business: only what runs is checked and kept.
    this.#document = withOnly(document, operation);
    const problems = validate(schema, this.#document, undefined, { maxErrors: 5 });
    if (problems.some(({ message }) => message === 'Validation aborted.')) {
      throw new RegistryError('QUERY_TOO_COMPLEX', 'The GraphQL query names the same fields too often.');
    }
    if (problems.length > 0) {
      const named = operation.name ? `${operation.operation} ${operation.name.value}: ` : '';
      throw new RegistryError('INVALID_INPUT', `${named}${problems.map(({ message }) => message).join(' ')}`);
    }
    if (operation.operation === 'subscription')
      throw new RegistryError('NOT_SUPPORTED', 'Subscriptions are not supported.');
    this.#variableNames = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  }

  async run(context: RequestContext, variables: Readonly<Record<string, unknown>>): Promise<ExecutionResult> {
    // The client also sends variables that its document does not declare.
    const declared = this.#variableNames.filter(name => Object.hasOwn(variables, name));
    const given = Object.fromEntries(declared.map(name => [name, variables[name]]));
    this.#uses += 1;
    if (this.#uses === compileAfter) this.#compile();
    if (this.#compiled) return await this.#compiled.query(undefined, context, given);
    return await execute({
      schema: this.#schema,
      document: this.#document,
      contextValue: context,
      variableValues: given,
    });
  }

  #compile(): void {
    try {
      const compiled = compileQuery(this.#schema, this.#document, undefined, { disablingCapturingStackErrors: true });
      if (isCompiledQuery(compiled)) this.#compiled = compiled;
    } catch {
      // What the compiler does not know is interpreted, as before.
    }
  }
}

function parseDocument(text: string): DocumentNode {
  requireShallowQuery(text);
  try {
    return parse(new Source(text), { maxTokens, noLocation: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'not GraphQL';
    if (/Token limit|tokens/i.test(message))
      throw new RegistryError('QUERY_TOO_COMPLEX', `The GraphQL query has more than ${maxTokens} words.`);
    throw new RegistryError('INVALID_INPUT', `The GraphQL query cannot be read: ${message.slice(0, 300)}`);
  }
}

function chooseOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter(one => one.kind === Kind.OPERATION_DEFINITION);
  const chosen = name === undefined ? operations[0] : operations.find(one => one.name?.value === name);
  if (!chosen) {
    const what = name === undefined ? 'no operation' : `no operation "${name.slice(0, 100)}"`;
    throw new RegistryError('INVALID_INPUT', `The GraphQL document has ${what}.`);
  }
  if (name === undefined && operations.length > 1) {
    throw new RegistryError(
      'INVALID_INPUT',
      'The GraphQL document has several operations: say which by operationName.',
    );
  }
  return chosen;
}

function withOnly(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const fragments = document.definitions.filter(
    (one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION,
  );
  const other = document.definitions.find(
    one => one.kind !== Kind.FRAGMENT_DEFINITION && one.kind !== Kind.OPERATION_DEFINITION,
  );
  if (other) throw new RegistryError('INVALID_INPUT', 'The GraphQL document may hold operations and fragments only.');
  return { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
}
