/** Automations and sweeps: enough for their documents to be understood and answered. */
export const automationsSdl = /* GraphQL */ `
  interface Integration { id: ID! }
  type SlackIntegration implements Integration { id: ID! teamName: String! channelName: String! }
  type GenericWebhookIntegration implements Integration { id: ID! name: String! urlEndpoint: String! }
  type GitHubOAuthIntegration implements Integration { id: ID! }
  type IntegrationEdge { node: Integration }
  type IntegrationConnection { edges: [IntegrationEdge!]! pageInfo: PageInfo! }

  type Trigger {
    id: ID!
    createdAt: DateTime!
    updatedAt: DateTime
    name: String!
    description: String
    enabled: Boolean!
    scope: TriggerScope!
    triggeringCondition: TriggeringCondition!
    triggeredAction: TriggeredAction!
  }
  type TriggerEdge { node: Trigger }
  type TriggerConnection { edges: [TriggerEdge!]! pageInfo: PageInfo! }
  union TriggeringCondition = FilterEventTriggeringCondition
  type FilterEventTriggeringCondition { eventType: EventTriggeringConditionType! filter: JSONString! }
  union TriggeredAction = GenericWebhookTriggeredAction | NotificationTriggeredAction | NoOpTriggeredAction | QueueJobTriggeredAction | PushNotificationTriggeredAction | ARIATriggeredAction
  type GenericWebhookTriggeredAction { integration: Integration! requestPayload: JSONString }
  type NotificationTriggeredAction { integration: Integration! title: String message: String severity: AlertSeverity }
  type NoOpTriggeredAction { noOp: Boolean }
  type QueueJobTriggeredAction { queue: RunQueue template: JSONString! }
  type PushNotificationTriggeredAction { title: String body: String }
  type ARIATriggeredAction { prompt: String! }
  type RunQueue { id: ID! name: String! }

  type Sweep {
    id: ID!
    name: String!
    displayName: String
    method: String!
    state: String!
    description: String
    bestLoss: Float
    config: String!
    createdAt: DateTime!
    updatedAt: DateTime
    heartbeatAt: DateTime
    earlyStopJobRunning: Boolean
    controller: JSONString
    controllerRunName: String
    scheduler: JSONString
    runCount: Int!
    runCountExpected: Int
    project: Project
    runs(after: String, first: Int): RunConnection
    agent(agentName: String!): Agent
    agents: AgentConnection
  }
  type SweepEdge { node: Sweep }
  type SweepConnection { edges: [SweepEdge!]! pageInfo: PageInfo! }
  type Agent { id: ID! name: String! host: String! state: String totalRuns: Int! createdAt: DateTime! heartbeatAt: DateTime
    runs(after: String, before: String, first: Int, last: Int, order: String): RunConnection }
  type AgentEdge { node: Agent }
  type AgentConnection { edges: [AgentEdge!]! }

  input GenericWebhookActionInput { integrationID: ID! requestPayload: JSONString }
  input NotificationActionInput { integrationID: ID! title: String message: String severity: AlertSeverity }
  input NoOpTriggeredActionInput { noOp: Boolean }
  input PushNotificationActionInput { userID: ID! title: String body: String }
  input QueueJobActionInput { queueID: ID! template: JSONString! }
  input ARIAActionInput { prompt: String! }
  input TriggeredActionConfig {
    genericWebhookActionInput: GenericWebhookActionInput notificationActionInput: NotificationActionInput
    noOpActionInput: NoOpTriggeredActionInput pushNotificationActionInput: PushNotificationActionInput
    queueJobActionInput: QueueJobActionInput ariaActionInput: ARIAActionInput
  }
  input CreateFilterTriggerInput {
    name: String! description: String enabled: Boolean! scopeType: TriggerScopeType! scopeID: ID!
    triggeringEventType: EventTriggeringConditionType! eventFilter: JSONString!
    triggeredActionType: TriggeredActionType! triggeredActionConfig: TriggeredActionConfig! clientMutationId: String
  }
  input UpdateFilterTriggerInput {
    id: ID! name: String description: String enabled: Boolean scopeType: TriggerScopeType scopeID: ID
    triggeringEventType: EventTriggeringConditionType eventFilter: JSONString
    triggeredActionType: TriggeredActionType triggeredActionConfig: TriggeredActionConfig clientMutationId: String
  }
  input DeleteTriggerInput { triggerID: ID! clientMutationId: String }
  input CreateGenericWebhookIntegrationInput { entityName: String! name: String! urlEndpoint: String! accessTokenRef: String secretRef: String clientMutationId: String }
`;
