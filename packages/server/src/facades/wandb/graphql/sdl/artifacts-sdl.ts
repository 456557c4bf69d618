/** Artifacts, collections, memberships and their inputs. An argument stricter than the variable a client declares makes its document invalid. */
export const artifactsSdl = /* GraphQL */ `
  type Tag { id: ID! name: String! }
  type TagEdge { node: Tag! }
  type TagConnection { edges: [TagEdge!]! }

  type ArtifactType {
    id: ID!
    name: String!
    description: String
    createdAt: DateTime!
    artifactCollection(name: String!): ArtifactCollection
    artifactCollections(after: String, first: Int, filters: JSONString, order: String): ArtifactCollectionConnection
  }
  type ArtifactTypeEdge { node: ArtifactType }
  type ArtifactTypeConnection { edges: [ArtifactTypeEdge!]! pageInfo: PageInfo! }

  interface ArtifactCollection {
    id: ID!
    name: String!
    description: String
    createdAt: DateTime!
    updatedAt: DateTime
    state: ArtifactCollectionState!
    project: Project
    defaultArtifactType: ArtifactType!
    tags: TagConnection!
    aliases(after: String, first: Int): ArtifactAliasConnection!
    artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
  }
  type ArtifactSequence implements ArtifactCollection {
    id: ID!
    name: String!
    description: String
    createdAt: DateTime!
    updatedAt: DateTime
    state: ArtifactCollectionState!
    project: Project
    defaultArtifactType: ArtifactType!
    tags: TagConnection!
    aliases(after: String, first: Int): ArtifactAliasConnection!
    artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
    latestArtifact: Artifact
    digestAlgorithm: ArtifactDigestAlgorithm
  }
  type ArtifactPortfolio implements ArtifactCollection {
    id: ID!
    name: String!
    description: String
    createdAt: DateTime!
    updatedAt: DateTime
    state: ArtifactCollectionState!
    project: Project
    defaultArtifactType: ArtifactType!
    tags: TagConnection!
    aliases(after: String, first: Int): ArtifactAliasConnection!
    artifacts(after: String, first: Int, order: String, filters: JSONString): VersionedArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
  }
  type ArtifactCollectionEdge { node: ArtifactCollection }
  type ArtifactCollectionConnection { edges: [ArtifactCollectionEdge!]! pageInfo: PageInfo! totalCount: Int! }

  type ArtifactAlias { id: ID! alias: String! artifactCollection: ArtifactCollection }
  type ArtifactAliasEdge { node: ArtifactAlias }
  type ArtifactAliasConnection { edges: [ArtifactAliasEdge!]! pageInfo: PageInfo! }

  union Initiator = Run | User

  type Artifact {
    id: ID!  # base64("Artifact:<int>"): MUST be standard base64
    artifactSequence: ArtifactSequence!
    artifactType: ArtifactType!
    versionIndex: Int
    state: ArtifactState!
    description: String
    metadata: JSONString
    ttlDurationSeconds: Int64!  # > 0, or -2 when disabled/none
    ttlIsInherited: Boolean!
    tags: [Tag!]!
    historyStep: Int64
    size: Int64!
    digest: String!
    digestAlgorithm: ArtifactDigestAlgorithm # 0.30+, only queried if feature advertised
    commitHash: String
    fileCount: Int64!
    createdAt: DateTime!
    updatedAt: DateTime
    aliases: [ArtifactAlias!]!  # across ALL collections the version is a member of
    currentManifest: ArtifactManifest
    createdBy: Initiator
    usedBy: RunConnection!
    artifactMemberships(after: String, first: Int): ArtifactCollectionMembershipConnection!
    files(names: [String!], after: String, first: Int): FileConnection
    filesByManifestEntries(entries: [ArtifactManifestEntryInput!], storageLayout: String!, manifestVersion: String!, storageRegion: String): FileConnection
  }
  type ArtifactEdge { node: Artifact cursor: String }
  type ArtifactConnection { edges: [ArtifactEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type VersionedArtifactEdge { version: String! node: Artifact! cursor: String }
  type VersionedArtifactConnection { edges: [VersionedArtifactEdge!]! pageInfo: PageInfo! totalCount: Int! }

  type ArtifactManifest { id: ID! file: File! }

  type ArtifactCollectionMembership {
    id: ID!
    versionIndex: Int
    createdAt: DateTime!  # 0.30 selects it unconditionally
    aliases: [ArtifactAlias!]!
    artifactCollection: ArtifactCollection
    artifact: Artifact
    files(names: [String!], after: String, first: Int): FileConnection
  }
  type ArtifactCollectionMembershipEdge { node: ArtifactCollectionMembership cursor: String }
  type ArtifactCollectionMembershipConnection { edges: [ArtifactCollectionMembershipEdge!]! pageInfo: PageInfo! totalCount: Int }

  type ClientIDMapping { serverID: ID! }

  input TagInput { tagName: String! tagCategoryName: String attributes: JSONString }
  input ArtifactAliasInput { artifactCollectionName: String! alias: String! }
  input ArtifactCollectionAliasInput { entityName: String! projectName: String! artifactCollectionName: String! alias: String! }
  input CreateArtifactTypeInput { name: String! entityName: String! projectName: String! description: String }
  input CreateArtifactInput {
    entityName: String! projectName: String! artifactTypeName: String!
    artifactCollectionName: String artifactCollectionNames: [String!]
    runName: String description: String digest: String! digestAlgorithm: ArtifactDigestAlgorithm!
    aliases: [ArtifactAliasInput!] tags: [TagInput!] labels: JSONString metadata: JSONString historyStep: Int64
    enableDigestDeduplication: Boolean distributedID: String clientID: ID sequenceClientID: ID
    ttlDurationSeconds: Int64 storageRegion: String clientMutationId: String
  }
  input CreateArtifactManifestInput {
    artifactID: ID! baseArtifactID: ID name: String! digest: String! entityName: String! projectName: String!
    runName: String! type: ArtifactManifestType clientMutationId: String
  }
  input UpdateArtifactManifestInput { artifactManifestID: ID! digest: String baseArtifactID: ID clientMutationId: String }
  input UploadPartsInput { partNumber: Int64! hexMD5: String! }
  input CreateArtifactFileSpecInput {
    artifactID: ID! artifactManifestID: ID name: String! md5: String! mimetype: String uploadPartsInput: [UploadPartsInput!]
    digest: String  # 0.30: sent instead of relying on md5 for XXH128 entries
  }
  input CreateArtifactFilesInput {
    artifactFiles: [CreateArtifactFileSpecInput!]! storageLayout: ArtifactStorageLayout
    cloudRegionID: String  # 0.30 core ALWAYS sends it (explicit null): must exist
    digestAlgorithm: ArtifactDigestAlgorithm  # 0.30, omitted unless non-default
    clientMutationId: String
  }
  input CompleteMultipartUploadArtifactInput {
    completeMultipartAction: CompleteMultipartAction! completedParts: [UploadPartsInput!]! artifactID: ID! storagePath: String! uploadID: String!
  }
  input CommitArtifactInput { artifactID: ID! clientMutationId: String }
  input UpdateArtifactInput {
    artifactID: ID! description: String metadata: JSONString labels: JSONString ttlDurationSeconds: Int64
    aliases: [ArtifactAliasInput!] tagsToAdd: [TagInput!] tagsToDelete: [TagInput!] clientMutationId: String
  }
  input DeleteArtifactInput { artifactID: ID! deleteAliases: Boolean clientMutationId: String }
  input UseArtifactInput {
    entityName: String! projectName: String! runName: String! artifactID: ID! usedAs: String
    artifactEntityName: String artifactProjectName: String clientMutationId: String
  }
  input LinkArtifactInput {
    artifactPortfolioName: String artifactPortfolioID: ID entityName: String projectName: String
    aliases: [ArtifactAliasInput!] artifactID: ID clientID: ID clientMutationId: String
  }
  input UnlinkArtifactInput { artifactID: ID! artifactPortfolioID: ID! clientMutationId: String }
  input AddAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
  input DeleteAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
  input UpdateArtifactSequenceInput { artifactSequenceID: ID! name: String description: String clientMutationId: String }
  input UpdateArtifactPortfolioInput { artifactPortfolioID: ID! name: String description: String clientMutationId: String }
  input MoveArtifactSequenceInput { artifactSequenceID: ID! destinationArtifactTypeName: String! clientMutationId: String }
  input DeleteArtifactSequenceInput { artifactSequenceID: ID! clientMutationId: String }
  input DeleteArtifactPortfolioInput { artifactPortfolioID: ID! clientMutationId: String }
  # note the odd capitalisation clientMutationID in these two:
  input CreateArtifactCollectionTagAssignmentsInput { entityName: String! projectName: String! artifactCollectionName: String! tags: [TagInput!]! clientMutationID: String }
  input DeleteArtifactCollectionTagAssignmentsInput { entityName: String! projectName: String! artifactCollectionName: String! tags: [TagInput!]! clientMutationID: String }
  input ArtifactManifestEntryInput { name: String! digest: String! birthArtifactID: String ref: String size: Int64 }
`;
