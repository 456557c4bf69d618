import type { Fields } from '../graphql/fields.ts';
import { serverFeatures } from '../server-features.ts';

/** Client versions outside of these only get a warning. */
const clientVersions = { min_cli_version: '0.0.1', max_cli_version: '999.0.0' };

export const serverInfoQueries: Fields<undefined> = {
  serverInfo: () => ({
    cliVersionInfo: clientVersions,
    latestLocalVersionInfo: null,
    features: serverFeatures.map(name => ({ name, isEnabled: true })),
  }),
};
