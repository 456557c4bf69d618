/** What mutations answer with. */
export const payloadsSdl = /* GraphQL */ `
  type UpsertBucketPayload { bucket: Run inserted: Boolean }
  type RewindRunPayload { rewoundRun: Run }
  type DeleteRunPayload { clientMutationId: String }
  type CreateRunFilesPayload { runID: String! uploadHeaders: [String!]! files: [File!]! }
  type CreateCustomChartPayload { chart: CustomChart! }
  type CustomChart { id: ID! }
  type UpsertModelPayload { inserted: Boolean project: Project model: Project }
  type DeleteModelPayload { success: Boolean }
  type CreateArtifactTypePayload { artifactType: ArtifactType! }
  type CreateArtifactPayload { artifact: Artifact! }
  type ArtifactManifestPayload { artifactManifest: ArtifactManifest! }
  type CreateArtifactFilesPayload { files: FileConnection! }
  type CompleteMultipartUploadArtifactPayload { digest: String }
  type ArtifactPayload { artifact: Artifact! }
  type LinkArtifactPayload { versionIndex: Int artifactMembership: ArtifactCollectionMembership }
  type ArtifactCollectionPayload { artifactCollection: ArtifactCollection! }
  type TagsPayload { tags: [Tag!]! }
  type TriggerPayload { trigger: Trigger }
  type IntegrationPayload { integration: Integration }
  type UserPayload { user: User }
  type EntityPayload { entity: Entity }
  type Invite { id: ID! name: String! email: String createdAt: DateTime toUser: User }
  type InvitePayload { invite: Invite }
  type ApiKeyPayload { apiKey: ApiKey }
  type UpsertSweepPayload { sweep: Sweep configValidationWarnings: [String!] }
  type AgentPayload { agent: Agent }
  type AgentHeartbeatPayload { agent: Agent commands: JSONString }
`;
