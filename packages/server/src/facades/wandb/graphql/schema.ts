import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema, getNamedType, isInterfaceType, isObjectType, isUnionType } from 'graphql';
import type { Rule } from '../../../domain/policy.ts';
import { resolvers, typeNames } from '../resolvers/resolvers.ts';
import type { Resolvers } from './fields.ts';
import { guarded } from './guarded.ts';
import { rules } from './rules.ts';
import { scalars } from './scalars.ts';
import { accountsSdl } from './sdl/accounts-sdl.ts';
import { artifactsSdl } from './sdl/artifacts-sdl.ts';
import { automationsSdl } from './sdl/automations-sdl.ts';
import { payloadsSdl } from './sdl/payloads-sdl.ts';
import { rootsSdl } from './sdl/roots-sdl.ts';
import { runsSdl } from './sdl/runs-sdl.ts';

export const typeDefs = [rootsSdl, accountsSdl, runsSdl, artifactsSdl, automationsSdl, payloadsSdl];

/** Builds the schema. @throws Error where a root or an edge declares no rule */
export function buildWandbSchema(table: Readonly<Record<string, Rule>> = rules): GraphQLSchema {
  const schema = makeExecutableSchema({
    typeDefs,
    // the two type systems of resolvers meet here
    resolvers: { ...guardAll(resolvers, table), ...typeNames, ...scalars } as never,
    resolverValidationOptions: { requireResolversToMatchSchema: 'error', requireResolversForResolveType: 'error' },
  });
  requireRules(schema, table);
  return schema;
}

function guardAll(all: Resolvers, table: Readonly<Record<string, Rule>>): Resolvers {
  const out: Resolvers = {};
  for (const [type, fields] of Object.entries(all)) {
    out[type] = Object.fromEntries(
      Object.entries(fields).map(([field, resolve]) => [field, guarded(resolve, table[`${type}.${field}`])]),
    );
  }
  return out;
}

/** Parts of an answer that stand for no object of their own: what is in them belongs to whatever they were reached through. */
const transparent =
  /(Connection|Edge|Payload|Upload\w*|PageInfo|Role|Tag|ServerFeature|LocalVersionInfo|ServerInfo|RampFeatureFlag|AdvancedRegistryFeatures|ParquetHistory|LogLine|CustomChart|ClientIDMapping|TriggeringCondition|TriggeredAction)$/;

function requireRules(schema: GraphQLSchema, table: Readonly<Record<string, Rule>>): void {
  const missing: string[] = [];
  const declared = new Set(Object.keys(table));
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const isRoot = type.name === 'Query' || type.name === 'Mutation';
    for (const [name, field] of Object.entries(type.getFields())) {
      const key = `${type.name}.${name}`;
      const target = getNamedType(field.type);
      const isObject = isObjectType(target) || isInterfaceType(target) || isUnionType(target);
      const leadsOn = isObject && (!transparent.test(target.name) || /(Connection)$/.test(target.name));
      const isEdge =
        leadsOn && !isTransparent(type.name) && target.name !== 'TagConnection' && target.name !== 'LogLineConnection';
      if ((isRoot || isEdge) && !declared.delete(key)) missing.push(key);
    }
  }
  if (missing.length > 0)
    throw new Error(`No rule says who may ask for ${missing.join(', ')}: add it to graphql/rules.ts`);
  if (declared.size > 0)
    throw new Error(`graphql/rules.ts has rules for what does not exist: ${[...declared].join(', ')}`);
}

function isTransparent(typeName: string): boolean {
  return /(Connection|Edge|Payload)$/.test(typeName);
}
