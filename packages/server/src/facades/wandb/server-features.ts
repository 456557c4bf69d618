/**
 * What the client may use, by the names of `ServerFeature` in its protocol. Left out are those whose other half does not
 * exist here: other digests than MD5, globs in `define_metric`, and the events and actions of automations.
 */
export const serverFeatures: readonly string[] = [
  // Gates: without them `Api.registries()` and `Api.create_registry()` refuse to ask.
  'ARTIFACT_REGISTRY_SEARCH',
  'INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION',
  'ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE',
  'ARTIFACT_COLLECTIONS_FILTERING_SORTING',
  'TOTAL_COUNT_IN_FILE_CONNECTION',
  'USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION',
  'ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID',
  'STRUCTURED_CONSOLE_LOGS',
  'FILESTREAM_GZIP',
  'MARK_RUN_FILES_UPLOADED',
  'QUERY_AUTOMATIONS_ON_ENTITY',
  // Asked for by older releases only; newer ones take them for granted.
  'LARGE_FILENAMES',
  'ARTIFACT_TAGS',
  'CLIENT_IDS',
  'ARTIFACT_COLLECTION_MEMBERSHIP_FILES',
  'ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER',
  'PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP',
];
