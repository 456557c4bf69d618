/** Scalars, enums, queries and mutations that the wandb client sends, as far as versions 0.29 to 0.31 know them. */
export const rootsSdl = /* GraphQL */ `
  scalar JSONString  # a JSON document encoded as a *string*
  scalar JSON  # raw JSON value (object / array), NOT a string
  scalar Int64  # JSON number on the wire (Go clients fail on strings)
  scalar DateTime  # "2024-05-06T07:08:09Z" (string)
  scalar Duration  # integer

  schema { query: Query mutation: Mutation }

  enum ArtifactState { PENDING COMMITTED DELETED }
  enum ArtifactCollectionState { READY DELETED }
  enum ArtifactCollectionType { PORTFOLIO SEQUENCE }
  enum ArtifactDigestAlgorithm { MANIFEST_MD5 MANIFEST_XXH128 }
  enum ArtifactManifestType { FULL INCREMENTAL PATCH }
  enum ArtifactStorageLayout { V1 V2 }
  enum CompleteMultipartAction { Complete }
  enum AlertSeverity { INFO WARN ERROR }
  enum RampIDType { OrgName }
  enum TriggerScopeType { ARTIFACT_COLLECTION PROJECT ENTITY }
  enum TriggeredActionType { GENERIC_WEBHOOK NOTIFICATION NO_OP PUSH_NOTIFICATION QUEUE_JOB ARIA }
  enum EventTriggeringConditionType {
    ADD_ARTIFACT_ALIAS ADD_ARTIFACT_TAG ADD_COLLECTION_TAG CREATE_ARTIFACT LINK_MODEL
    REMOVE_ARTIFACT_TAG REMOVE_COLLECTION_TAG RUN_METRIC RUN_METRIC_CHANGE RUN_METRIC_ZSCORE
    RUN_STATE UNLINK_ARTIFACT UPDATE_ARTIFACT_ALIAS WEAVE_METRIC_THRESHOLD
  }

  type Query {
    viewer: User
    users(query: String): UserConnection
    serverInfo: ServerInfo
    entity(name: String): Entity
    organization(name: String!): Organization
    project(name: String, entityName: String): Project
    model(name: String, entityName: String): Project  # legacy alias of project
    models(entityName: String, after: String, first: Int): ProjectConnection
    artifact(id: ID!): Artifact
    artifactCollection(id: ID!): ArtifactCollection
    clientIDMapping(clientID: ID!): ClientIDMapping
  }

  type Mutation {
    # runs
    upsertBucket(input: UpsertBucketInput!): UpsertBucketPayload
    rewindRun(input: RewindRunInput!): RewindRunPayload
    deleteRun(input: DeleteRunInput!): DeleteRunPayload
    stopRun(input: StopRunInput!): SuccessPayload
    updateRunState(input: UpdateRunStateInput!): SuccessPayload
    createRunFiles(input: CreateRunFilesInput!): CreateRunFilesPayload
    markRunFilesUploaded(input: MarkRunFilesUploadedInput!): SuccessPayload
    deleteFiles(input: DeleteFilesInput!): SuccessPayload
    notifyScriptableRunAlert(input: NotifyScriptableRunAlertInput!): SuccessPayload
    createCustomChart(input: CreateCustomChartInput!): CreateCustomChartPayload
    # projects / registries
    upsertModel(input: UpsertModelInput!): UpsertModelPayload
    renameProject(input: RenameProjectInput!): UpsertModelPayload
    deleteModel(input: DeleteModelInput!): DeleteModelPayload
    createProjectMembers(input: CreateProjectMembersInput!): RequiredSuccessPayload
    deleteProjectMembers(input: DeleteProjectMembersInput!): RequiredSuccessPayload
    updateProjectMember(input: UpdateProjectMemberInput!): RequiredSuccessPayload
    updateProjectTeamMember(input: UpdateProjectTeamMemberInput!): RequiredSuccessPayload
    # artifacts
    createArtifactType(input: CreateArtifactTypeInput!): CreateArtifactTypePayload
    createArtifact(input: CreateArtifactInput!): CreateArtifactPayload
    createArtifactManifest(input: CreateArtifactManifestInput!): ArtifactManifestPayload
    updateArtifactManifest(input: UpdateArtifactManifestInput!): ArtifactManifestPayload
    createArtifactFiles(input: CreateArtifactFilesInput!): CreateArtifactFilesPayload
    completeMultipartUploadArtifact(input: CompleteMultipartUploadArtifactInput!): CompleteMultipartUploadArtifactPayload
    commitArtifact(input: CommitArtifactInput!): ArtifactPayload
    updateArtifact(input: UpdateArtifactInput!): ArtifactPayload
    deleteArtifact(input: DeleteArtifactInput!): ArtifactPayload
    useArtifact(input: UseArtifactInput!): ArtifactPayload
    linkArtifact(input: LinkArtifactInput!): LinkArtifactPayload
    unlinkArtifact(input: UnlinkArtifactInput!): RequiredSuccessPayload
    addAliases(input: AddAliasesInput!): RequiredSuccessPayload
    deleteAliases(input: DeleteAliasesInput!): RequiredSuccessPayload
    updateArtifactSequence(input: UpdateArtifactSequenceInput!): ArtifactCollectionPayload
    updateArtifactPortfolio(input: UpdateArtifactPortfolioInput!): ArtifactCollectionPayload
    moveArtifactSequence(input: MoveArtifactSequenceInput!): ArtifactCollectionPayload
    deleteArtifactSequence(input: DeleteArtifactSequenceInput!): ArtifactCollectionPayload
    deleteArtifactPortfolio(input: DeleteArtifactPortfolioInput!): ArtifactCollectionPayload
    createArtifactCollectionTagAssignments(input: CreateArtifactCollectionTagAssignmentsInput!): TagsPayload
    deleteArtifactCollectionTagAssignments(input: DeleteArtifactCollectionTagAssignmentsInput!): RequiredSuccessPayload
    # automations
    createFilterTrigger(input: CreateFilterTriggerInput!): TriggerPayload
    updateFilterTrigger(input: UpdateFilterTriggerInput!): TriggerPayload
    deleteTrigger(input: DeleteTriggerInput!): SuccessPayload
    createGenericWebhookIntegration(input: CreateGenericWebhookIntegrationInput!): IntegrationPayload
    # users / teams
    createUser(input: CreateUserInput!): UserPayload
    updateUser(input: UpdateUserInput!): UserPayload
    createTeam(input: CreateTeamInput!): EntityPayload
    createInvite(input: CreateInviteInput!): InvitePayload
    deleteInvite(input: DeleteInviteInput!): SuccessPayload
    createServiceAccount(input: CreateServiceAccountInput!): UserPayload
    generateApiKey(input: GenerateApiKeyInput!): ApiKeyPayload
    deleteApiKey(input: DeleteApiKeyInput!): SuccessPayload
    # sweeps: only needed for wandb verify (check_sweeps) and wandb.sweep/agent
    upsertSweep(input: UpsertSweepInput!): UpsertSweepPayload
    createAgent(input: CreateAgentInput!): AgentPayload
    agentHeartbeat(input: AgentHeartbeatInput!): AgentHeartbeatPayload
  }

  type PageInfo { endCursor: String hasNextPage: Boolean! }
  type SuccessPayload { success: Boolean clientMutationId: String }
  type RequiredSuccessPayload { success: Boolean! }

  type ServerInfo {
    cliVersionInfo: JSON  # {"max_cli_version": "...", "min_cli_version": "..."}
    latestLocalVersionInfo: LocalVersionInfo
    features: [ServerFeature]
  }
  type LocalVersionInfo { outOfDate: Boolean latestVersionString: String versionOnThisInstanceString: String }
  type ServerFeature { name: String! isEnabled: Boolean! }
`;
