import type { ApiGroup } from '@weighhouse/contract';
import type { Services } from '../../services/services.ts';
import type { GroupHandlers } from './call.ts';
import {
  apiKeyHandlers,
  organizationHandlers,
  serviceAccountHandlers,
  teamHandlers,
  userHandlers,
  viewerHandlers,
} from './handlers/accounts.ts';
import { artifactAliasHandlers, modelAliasHandlers } from './handlers/aliases.ts';
import { artifactVersionHandlers } from './handlers/artifact-versions.ts';
import { artifactHandlers, modelHandlers } from './handlers/collections.ts';
import { integrationHandlers } from './handlers/integrations.ts';
import { invitationHandlers } from './handlers/invitations.ts';
import { organizationMemberHandlers, teamMemberHandlers } from './handlers/members.ts';
import { addressHandlers, modelVersionHandlers } from './handlers/model-versions.ts';
import { projectHandlers } from './handlers/projects.ts';
import { registryHandlers } from './handlers/registries.ts';
import { runHandlers } from './handlers/runs.ts';
import { uploadHandlers } from './handlers/uploads.ts';

/** A handler for every endpoint of the contract but its own document, which `documents.ts` serves. */
export function handlers(services: Services): { [Group in Exclude<ApiGroup, 'document'>]: GroupHandlers<Group> } {
  return {
    addresses: addressHandlers(services),
    artifacts: artifactHandlers(services),
    artifactVersions: artifactVersionHandlers(services),
    artifactAliases: artifactAliasHandlers(services),
    registries: registryHandlers(services),
    models: modelHandlers(services),
    modelVersions: modelVersionHandlers(services),
    modelAliases: modelAliasHandlers(services),
    uploads: uploadHandlers(services),
    projects: projectHandlers(services),
    runs: runHandlers(services),
    viewer: viewerHandlers(services),
    users: userHandlers(services),
    apiKeys: apiKeyHandlers(services),
    organizations: organizationHandlers(services),
    organizationMembers: organizationMemberHandlers(services),
    teams: teamHandlers(services),
    teamMembers: teamMemberHandlers(services),
    invitations: invitationHandlers(services),
    serviceAccounts: serviceAccountHandlers(services),
    integrations: integrationHandlers(services),
  };
}
