import { type Endpoint, endpoint } from './endpoint.ts';
import {
  apiKeyEndpoints,
  organizationEndpoints,
  serviceAccountEndpoints,
  teamEndpoints,
  userEndpoints,
  viewerEndpoints,
} from './endpoints/accounts.ts';
import { artifactAliasEndpoints, modelAliasEndpoints } from './endpoints/aliases.ts';
import { artifactEndpoints, modelEndpoints } from './endpoints/collections.ts';
import { integrationEndpoints } from './endpoints/integrations.ts';
import { invitationEndpoints } from './endpoints/invitations.ts';
import { organizationMemberEndpoints, teamMemberEndpoints } from './endpoints/members.ts';
import { projectEndpoints } from './endpoints/projects.ts';
import { registryEndpoints } from './endpoints/registries.ts';
import { runEndpoints } from './endpoints/runs.ts';
import { uploadEndpoints } from './endpoints/uploads.ts';
import { addressEndpoints, artifactVersionEndpoints, modelVersionEndpoints } from './endpoints/versions.ts';
import { jsonObject } from './schemas/primitives.ts';

const documentEndpoints = {
  openApi: endpoint({
    id: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    answer: jsonObject,
    rule: { kind: 'public', why: 'documentation' },
  }),
};

/** The whole API, by group. Server, SDK and documents are made from it. */
export const api = {
  addresses: addressEndpoints,
  artifacts: artifactEndpoints,
  artifactVersions: artifactVersionEndpoints,
  artifactAliases: artifactAliasEndpoints,
  registries: registryEndpoints,
  models: modelEndpoints,
  modelVersions: modelVersionEndpoints,
  modelAliases: modelAliasEndpoints,
  uploads: uploadEndpoints,
  projects: projectEndpoints,
  runs: runEndpoints,
  viewer: viewerEndpoints,
  users: userEndpoints,
  apiKeys: apiKeyEndpoints,
  organizations: organizationEndpoints,
  organizationMembers: organizationMemberEndpoints,
  teams: teamEndpoints,
  teamMembers: teamMemberEndpoints,
  invitations: invitationEndpoints,
  serviceAccounts: serviceAccountEndpoints,
  integrations: integrationEndpoints,
  document: documentEndpoints,
};

export type Api = typeof api;
export type ApiGroup = keyof Api;

/** Titles of the groups, in the order in which documents show them. */
export const groupTitles: Record<ApiGroup, string> = {
  addresses: 'Addresses',
  artifacts: 'Artifacts',
  artifactVersions: 'Versions of an artifact',
  artifactAliases: 'Aliases of an artifact',
  registries: 'Registries',
  models: 'Registered models',
  modelVersions: 'Versions of a registered model',
  modelAliases: 'Aliases of a registered model',
  uploads: 'Uploads',
  projects: 'Projects',
  runs: 'Runs',
  viewer: 'Viewer',
  users: 'Users',
  apiKeys: 'API keys',
  organizations: 'Organizations',
  organizationMembers: 'Members of an organization',
  teams: 'Teams',
  teamMembers: 'Members of a team',
  invitations: 'Invitations to a team',
  serviceAccounts: 'Service accounts',
  integrations: 'Integrations of a team',
  document: 'This document',
};

/** Every endpoint with its group, in the order of the documents. */
export function listEndpoints(): { group: ApiGroup; endpoint: Endpoint }[] {
  return (Object.keys(groupTitles) as ApiGroup[]).flatMap(group =>
    Object.values(api[group] as unknown as Record<string, Endpoint>).map(one => ({ group, endpoint: one })),
  );
}
