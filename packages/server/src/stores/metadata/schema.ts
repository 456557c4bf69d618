import type { Kysely } from 'kysely';

/** The tables as Kysely sees them. Times are milliseconds since 1970; booleans are 0 or 1; `*_json` columns hold JSON text. */
export interface Schema {
  migrations: { number: number; name: string; applied_at: number };
  counters: { name: string; next: number };
  settings: { name: string; value: string };
  leases: { name: string; holder: string; until: number; failure: string | null };
  answers: {
    user_id: number;
    idempotency_key: string;
    request_hash: string;
    status: number;
    body: string;
    created_at: number;
  };
  redirects: { kind: NamedKind; parent_id: number; name: string; target_id: number };

  entities: EntitiesTable;
  users: UsersTable;
  members: { entity_id: number; user_id: number; role: string; created_at: number };
  invitations: InvitationsTable;
  api_keys: ApiKeysTable;
  entity_usage: { entity_id: number; part: number; logical_bytes: number; physical_bytes: number };

  projects: ProjectsTable;
  project_members: { project_id: number; user_id: number; role: string };
  project_teams: { project_id: number; team_id: number; role: string };
  accepted_types: { project_id: number; name: string };
  artifact_types: { id: number; project_id: number; name: string; created_at: number };

  collections: CollectionsTable;
  collection_tags: CollectionTagsTable;
  collection_name_parts: { part: string; collection_id: number };
  memberships: MembershipsTable;
  aliases: AliasesTable;
  alias_moves: AliasMovesTable;

  versions: VersionsTable;
  version_tags: { version_id: number; tag: string };
  version_metadata: { version_id: number; key: string; position: number; number: number | null; text: string | null };
  client_ids: { client_id: string; kind: string; target_id: number };
  manifests: ManifestsTable;
  manifest_entries: ManifestEntriesTable;
  manifest_drafts: ManifestDraftsTable;

  blobs: BlobsTable;
  staged_files: { version_id: number; path: string; blob_id: number };
  uploads: UploadsTable;

  runs: RunsTable;
  run_chunks: { run_id: number; stream: string; first_line: number; line_count: number; lines_zstd: Uint8Array };
  run_files: RunFilesTable;
  run_inputs: { run_id: number; version_id: number; collection_id: number | null; used_at: number };
  run_outputs: { run_id: number; version_id: number; logged_at: number };

  events: EventsTable;
  automations: AutomationsTable;
  integrations: IntegrationsTable;
}

/** The pool, one of its connections, or a running transaction. */
export type Database = Kysely<Schema>;

/** What can be renamed and then answers to its old names. */
export type NamedKind = 'entity' | 'project' | 'collection';

export interface EntitiesTable {
  id: number;
  name: string;
  kind: string;
  display_name: string;
  organization_id: number | null;
  created_at: number;
  deleted_at: number | null;
}

/** What a user has beyond the personal entity of the same id. */
export interface UsersTable {
  id: number;
  email: string | null;
  /** the address as addresses are compared */
  email_key: string | null;
  admin: number;
  default_entity_id: number;
  /** of a service account */
  service_team_id: number | null;
  disabled_at: number | null;
  /** user name, name and address in lower case, for the search of administrators */
  search_text: string;
}

export interface InvitationsTable {
  id: number;
  entity_id: number;
  email: string;
  email_key: string;
  role: string;
  invited_by: number | null;
  created_at: number;
}

export interface ApiKeysTable {
  id: number;
  user_id: number;
  name: string;
  hint: string;
  hash: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface ProjectsTable {
  id: number;
  entity_id: number;
  name: string;
  description: string | null;
  access: string;
  allow_all_types: number;
  created_by: number | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

/** With what its collection is ordered and counted by, so that those of a tag are read in order from an index. */
export interface CollectionTagsTable {
  collection_id: number;
  tag: string;
  project_id: number;
  kind: string;
  type: string;
  name: string;
  created_at: number;
}

export interface CollectionsTable {
  id: number;
  project_id: number;
  kind: string;
  name: string;
  /** the name in lower case: databases disagree on what lower case is, so we make it */
  search_name: string;
  type: string;
  description: string | null;
  next_number: number;
  place_count: number;
  created_by: number | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export interface MembershipsTable {
  id: number;
  collection_id: number;
  version_id: number;
  number: number;
  created_by: number | null;
  created_at: number;
  deleted_at: number | null;
}

export interface AliasesTable {
  id: number;
  collection_id: number;
  alias: string;
  membership_id: number;
  version_id: number;
  revision: number;
  updated_at: number;
}

export interface AliasMovesTable {
  id: number;
  collection_id: number;
  alias: string;
  from_version_id: number | null;
  from_number: number | null;
  to_version_id: number | null;
  to_number: number | null;
  revision: number;
  user_id: number | null;
  key_id: number | null;
  request_id: string | null;
  reason: string | null;
  at: number;
}

export interface VersionsTable {
  id: number;
  collection_id: number;
  project_id: number;
  state: string;
  number: number | null;
  digest: string | null;
  manifest_id: number | null;
  size: number;
  file_count: number;
  description: string | null;
  metadata: string | null;
  ttl_seconds: number | null;
  history_step: number | null;
  client_id: string | null;
  distributed_id: string | null;
  requested_aliases_json: string;
  requested_tags_json: string;
  base_version_id: number | null;
  merged_into: number | null;
  created_by: number | null;
  created_by_run: number | null;
  created_at: number;
  updated_at: number;
  committed_at: number | null;
}

export interface ManifestsTable {
  id: number;
  digest: string | null;
  identity: string | null;
  size: number;
  file_count: number;
  created_at: number;
  sealed_at: number | null;
}

export interface ManifestEntriesTable {
  manifest_id: number;
  path: string;
  digest: string;
  size: number;
  blob_id: number | null;
  ref: string | null;
  extra: string | null;
  birth_version_id: number | null;
}

export interface ManifestDraftsTable {
  id: number;
  version_id: number;
  kind: string;
  name: string;
  file_digest: string | null;
  base_version_id: number | null;
  manifest_id: number | null;
  created_at: number;
}

export interface BlobsTable {
  id: number;
  physical_key: string;
  size: number;
  md5: string;
  sha256: string | null;
  created_by: number | null;
  created_at: number;
  /** the blob that holds the same bytes; this one holds none any more */
  merged_into: number | null;
}

export interface UploadsTable {
  id: number;
  purpose: string;
  user_id: number;
  /** the project the bytes are sent to */
  project_id: number;
  version_id: number | null;
  draft_id: number | null;
  run_id: number | null;
  path: string | null;
  expected_size: number | null;
  expected_md5: string | null;
  expected_sha256: string | null;
  part_count: number | null;
  part_md5s_json: string | null;
  upload_key: string | null;
  state: string;
  blob_id: number | null;
  created_at: number;
  touched_at: number;
}

export interface RunsTable {
  id: number;
  project_id: number;
  name: string;
  display_name: string;
  description: string | null;
  notes: string | null;
  config: string;
  summary: string;
  state: string;
  tags_json: string;
  job_type: string | null;
  run_group: string | null;
  program: string | null;
  host: string | null;
  git_commit: string | null;
  sweep: string | null;
  user_id: number | null;
  exit_code: number | null;
  history_lines: number;
  event_lines: number;
  log_lines: number;
  stop_requested: number;
  created_at: number;
  heartbeat_at: number | null;
  finished_at: number | null;
  deleted_at: number | null;
}

export interface RunFilesTable {
  id: number;
  run_id: number;
  name: string;
  blob_id: number;
  size: number;
  md5: string;
  updated_at: number;
}

export interface EventsTable {
  id: number;
  sequence: number | null;
  hash: string | null;
  type: string;
  at: number;
  actor_user_id: number | null;
  actor_key_id: number | null;
  request_id: string | null;
  entity_id: number | null;
  project_id: number | null;
  collection_id: number | null;
  version_id: number | null;
  details_json: string;
}

export interface AutomationsTable {
  id: number;
  name: string;
  description: string | null;
  enabled: number;
  scope_kind: string;
  scope_id: number;
  entity_id: number;
  project_id: number | null;
  event: string;
  filter_json: string;
  action_json: string;
  /** the one its action names */
  integration_id: number | null;
  created_by: number | null;
  created_at: number;
  updated_at: number;
}

export interface IntegrationsTable {
  id: number;
  entity_id: number;
  kind: string;
  name: string;
  url: string | null;
  access_token_ref: string | null;
  secret_ref: string | null;
  team_name: string | null;
  channel_name: string | null;
  slack_webhook_url: string | null;
  created_at: number;
}
