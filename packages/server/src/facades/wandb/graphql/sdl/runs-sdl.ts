/** Projects, runs, files and their inputs. */
export const runsSdl = /* GraphQL */ `
  type Role { name: String! }
  type ProjectMember { id: ID! name: String username: String email: String role: Role! }
  type ProjectTeamMember { team: Entity! role: Role! }

  union TriggerScope = Project | ArtifactPortfolio | ArtifactSequence | Entity

  type Project {
    id: ID!
    internalId: ID!  # base64("ProjectInternalId:<int>") or base64("Project:<int>")
    name: String!
    entityName: String!
    entity: Entity!
    description: String
    access: String  # "PRIVATE" | "RESTRICTED" | "ENTITY_READ" | ...
    views: JSONString
    readOnly: Boolean
    createdAt: DateTime!
    updatedAt: DateTime
    isBenchmark: Boolean!
    repo: String
    dockerImage: String
    user: User
    allowAllArtifactTypesInRegistry: Boolean!
    runCount(filters: JSONString): Int!
    run(name: String!, desc: String): Run
    bucket(name: String!, missingOk: Boolean): Run  # legacy alias of run
    runs(filters: JSONString, after: String, first: Int, order: String): RunConnection
    buckets(first: Int, after: String): RunConnection  # legacy alias of runs
    members: [ProjectMember!]!
    teamMembers: [ProjectTeamMember!]!
    artifact(name: String!): Artifact  # "collection:alias"
    artifactCollection(name: String!): ArtifactCollection
    artifactCollectionMembership(name: String!): ArtifactCollectionMembership  # "collection:alias"
    artifactType(name: String!): ArtifactType
    artifactTypes(includeAll: Boolean, after: String, first: Int): ArtifactTypeConnection!
    artifactCollections(after: String, first: Int, filters: JSONString, order: String): ArtifactCollectionConnection
    triggers: [Trigger!]!
    sweep(sweepName: String!): Sweep
    sweeps(after: String, first: Int, filters: JSONString): SweepConnection
    totalSweeps: Int!
  }
  type ProjectEdge { node: Project cursor: String }
  type ProjectConnection { edges: [ProjectEdge!]! pageInfo: PageInfo! totalCount: Int }

  type Run {
    id: ID!
    name: String!  # the run id in URLs
    projectId: ID  # must be int()-parsable
    project: Project
    displayName: String
    description: String
    notes: String
    config: JSONString
    wandbConfig(keys: [String!]): JSONString
    summaryMetrics: JSONString
    systemMetrics: JSONString
    historyKeys: JSON  # {"lastStep": 11, "keys": {"loss": {"previousValue": 0.1, ...}}}
    historyLineCount: Int
    eventsLineCount: Int
    logLineCount: Int
    historyTail: JSONString
    eventsTail: JSONString
    history(minStep: Int64, maxStep: Int64, samples: Int): [String!]
    events(samples: Int): [String!]
    sampledHistory(specs: [JSONString!]!): [JSON]
    parquetHistory(liveKeys: [String!]!): ParquetHistory
    logLines(first: Int, last: Int, after: String, useImprovedPagination: Boolean): LogLineConnection
    sweepName: String
    state: String
    group: String
    jobType: String
    commit: String
    host: String
    readOnly: Boolean
    tags: [String!]
    createdAt: DateTime!
    heartbeatAt: DateTime
    user: User
    stopped: Boolean
    shouldStop: Boolean
    failed: Boolean
    running: Boolean
    exitcode: Int
    fileCount: Int!
    files(names: [String], pattern: String, after: String, first: Int): FileConnection
    outputArtifacts(after: String, first: Int): ArtifactConnection
    inputArtifacts(after: String, first: Int): ArtifactConnection
  }
  type RunEdge { node: Run! cursor: String! }
  type RunConnection { edges: [RunEdge!]! pageInfo: PageInfo! totalCount: Int }
  type ParquetHistory { parquetUrls: [String!]! liveData: [JSON!]! }
  type LogLine { number: Int timestamp: String level: String label: String line: String }
  type LogLineEdge { node: LogLine! }
  type LogLineConnection { edges: [LogLineEdge!]! pageInfo: PageInfo! }

  type File {
    id: ID!
    name: String!
    displayName: String!
    url(upload: Boolean): String
    directUrl: String!
    uploadUrl: String
    uploadHeaders: [String!]!
    uploadMultipartUrls: UploadMultipartUrls
    storagePath: String
    sizeBytes: Int64!
    mimetype: String
    md5: String
    digest: String
    updatedAt: DateTime
    artifact: Artifact
  }
  type FileEdge { node: File cursor: String }
  type FileConnection { edges: [FileEdge!]! pageInfo: PageInfo! totalCount: Int }
  type UploadUrlPart { partNumber: Int64! uploadUrl: String! }
  type UploadMultipartUrls { uploadID: String! uploadUrlParts: [UploadUrlPart!]! }

  input UpsertBucketInput {
    id: String name: String groupName: String modelName: String entityName: String description: String
    displayName: String notes: String config: JSONString commit: String host: String debug: Boolean
    jobProgram: String jobRepo: String jobType: String state: String sweep: String tags: [String!]
    summaryMetrics: JSONString clientMutationId: String
  }
  input RewindRunInput { runName: String! entityName: String projectName: String metricName: String! metricValue: Float! clientMutationId: String }
  input DeleteRunInput { id: ID! deleteArtifacts: Boolean clientMutationId: String }
  input StopRunInput { id: ID! clientMutationId: String }
  input UpdateRunStateInput { id: ID! state: String! }
  input CreateRunFilesInput { entityName: String! projectName: String! runName: String! files: [String!]! }
  input MarkRunFilesUploadedInput { entityName: String! projectName: String! runName: String! files: [String!]! }
  input DeleteFilesInput { files: [ID!]! projectId: Int }
  input NotifyScriptableRunAlertInput { entityName: String! projectName: String! runName: String! title: String! text: String! severity: AlertSeverity waitDuration: Duration }
  input CreateCustomChartInput { entity: String! name: String! displayName: String! type: String! access: String! spec: JSONString! }

  input ProjectIconInput { color: String! name: String! }
  input RateLimitsInput {
    createArtifacts: Int createArtifactsRequestCount: Int createArtifactsTimeWindow: Int filestreamCount: Float
    filestreamPerRunCount: Float filestreamSize: Int graphql: Int runUpdateCount: Float sdkGraphql: Int sdkGraphqlQuerySeconds: Float
  }
  input ArtifactTypeInput { name: String! description: String }
  input UpsertModelInput {
    access: String allowAllArtifactTypesInRegistry: Boolean artifactTypes: [ArtifactTypeInput!] clientMutationId: String
    description: String dockerImage: String entityName: String framework: String icon: ProjectIconInput id: String
    isBenchmark: Boolean isPublished: Boolean name: String owner: ID rateLimits: RateLimitsInput repo: String views: JSONString
  }
  input RenameProjectInput { entityName: String! oldProjectName: String! newProjectName: String! clientMutationId: String }
  input DeleteModelInput { id: String! clientMutationId: String }
  input CreateProjectMembersInput { projectId: ID! userIds: [ID!] teamIds: [ID!] clientMutationId: String }
  input DeleteProjectMembersInput { projectId: ID! userIds: [ID!] teamIds: [ID!] clientMutationId: String }
  input UpdateProjectMemberInput { projectId: ID! userId: ID! userProjectRole: String! clientMutationId: String }
  input UpdateProjectTeamMemberInput { projectId: ID! teamId: ID! teamProjectRole: String! clientMutationId: String }
`;
