import { z } from 'zod';

export const entity = z.string().meta({ description: 'A user or a team.', example: 'research' });
export const project = z.string().meta({ example: 'churn' });
export const organization = z.string().meta({ description: 'By name or display name.', example: 'weighhouse' });
export const team = z.string().meta({ example: 'research' });
export const registry = z.string().meta({ description: 'With or without `wandb-registry-`.', example: 'model' });
export const versionSelector = z.string().meta({ description: '`v3`, or an alias.', example: 'v3' });
export const alias = z.string().meta({ example: 'production' });
export const tag = z.string().meta({ example: 'tabular' });
export const filePath = z
  .string()
  .meta({ description: 'Path of the file; its slashes may stay as they are.', example: 'weights/model.bin' });

export const projectParams = { entity, project };
export const artifactParams = {
  ...projectParams,
  name: z.string().meta({ description: 'The artifact.', example: 'classifier' }),
};
export const registryParams = { organization, registry };
export const modelParams = {
  ...registryParams,
  name: z.string().meta({ description: 'The registered model.', example: 'churn-classifier' }),
};

export const artifactPath = '/projects/{entity}/{project}/artifacts/{name}';
export const modelPath = '/registries/{organization}/{registry}/models/{name}';
