/** Users, entities, organizations and their inputs. */
export const accountsSdl = /* GraphQL */ `
  type ApiKey { id: ID! name: String! description: String }
  type ApiKeyEdge { node: ApiKey }
  type ApiKeyConnection { edges: [ApiKeyEdge!]! }

  type User {
    id: ID!
    name: String!
    username: String
    email: String
    admin: Boolean
    flags: JSONString
    entity: String  # default entity *name*
    deletedAt: DateTime
    apiKeys: ApiKeyConnection
    teams: EntityConnection
    organizations: [Organization!]!
    projects(after: String, first: Int): ProjectConnection  # used by GetAutomationsLegacy
  }
  type UserEdge { node: User }
  type UserConnection { edges: [UserEdge!]! }

  type Entity {
    id: ID!
    name: String!
    available: Boolean
    photoUrl: String
    readOnly: Boolean
    readOnlyAdmin: Boolean!
    isTeam: Boolean!
    entityType: String  # "user" | "team" | "organization"
    privateOnly: Boolean!
    storageBytes: Int64!
    codeSavingEnabled: Boolean!
    defaultAccess: String!
    isPaid: Boolean
    limits: JSONString
    xxhashDigestsEnabled: Boolean  # 0.30 core, only if ARTIFACT_DIGEST_ALGORITHM path taken
    coreWeaveOrganizationId: String
    members: [Member!]!
    organization: Organization
    user: User
    project(name: String): Project
    projects(filters: JSONString, after: String, first: Int, order: String): ProjectConnection
    artifactCollections(projectFilters: JSONString, filters: JSONString, collectionTypes: [ArtifactCollectionType!], after: String, first: Int, order: String): ArtifactCollectionConnection
    artifactMemberships(projectFilters: JSONString, collectionFilters: JSONString, filters: JSONString, after: String, first: Int, order: String): ArtifactCollectionMembershipConnection
    integrations(after: String, first: Int): IntegrationConnection
    triggers(after: String, first: Int, order: String, filters: JSONString): TriggerConnection
  }
  type EntityEdge { node: Entity }
  type EntityConnection { edges: [EntityEdge!]! }

  type Member {
    id: String
    admin: Boolean
    role: String
    pending: Boolean
    email: String
    username: String
    name: String!
    photoUrl: String
    accountType: String
    apiKey: String
  }

  type Organization {
    id: ID!
    name: String!
    orgEntity: Entity
    coreWeaveOrganizationId: String
    advancedRegistryFeatures: AdvancedRegistryFeatures
    featureFlags(rampIDType: RampIDType!): [RampFeatureFlag]!
    triggers(after: String, first: Int, order: String, filters: JSONString): TriggerConnection
  }
  type AdvancedRegistryFeatures { advancedSearch: Boolean! }
  type RampFeatureFlag { rampKey: String! isEnabled: Boolean! }

  input CreateUserInput { email: String! admin: Boolean }
  input UpdateUserInput { defaultEntity: String }
  input CreateTeamInput { teamName: String! teamAdminUserName: String }
  input CreateInviteInput { entityName: String! email: String username: String admin: Boolean }
  input DeleteInviteInput { id: String entityName: String }
  input CreateServiceAccountInput { entityName: String! description: String! }
  input GenerateApiKeyInput { description: String }
  input DeleteApiKeyInput { id: String! }
  input UpsertSweepInput {
    id: ID config: String description: String entityName: String projectName: String controller: JSONString launchScheduler: JSONString
    templateVariableValues: JSONString scheduler: JSONString state: String priorRunsFilters: JSONString displayName: String
  }
  input CreateAgentInput { host: String! projectName: String entityName: String sweep: String! }
  input AgentHeartbeatInput { id: ID! metrics: JSONString runState: JSONString }
`;
