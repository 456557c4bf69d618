import type { FastifyInstance } from 'fastify';
import { RegistryError } from '../../domain/registry-error.ts';
import type { FacadeOptions } from '../../http/facade-options.ts';
import { errorHandler } from './error-answer.ts';
import { registerGraphqlRoute } from './graphql/graphql-route.ts';
import { registerFileStreamRoute } from './runs/file-stream-route.ts';
import { registerArtifactRoutes } from './storage/artifact-routes.ts';
import { registerDownloadRoutes } from './storage/download-routes.ts';
import { registerUploadRoutes } from './storage/upload-routes.ts';

/** Everything the stock wandb client asks for. */
export async function registerWandbFacade(app: FastifyInstance, options: FacadeOptions): Promise<void> {
  app.setErrorHandler(errorHandler(options.logger));
  await app.register(registerGraphqlRoute, options);
  await app.register(registerFileStreamRoute, options);
  await app.register(registerUploadRoutes, options);
  await app.register(registerDownloadRoutes, options);
  await app.register(registerArtifactRoutes, options);
  await app.register(registerTelemetryRoute);
}

/** The client exports telemetry to its server until it is told that there is no place for it. */
async function registerTelemetryRoute(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post(
    '/sdk/otel/*',
    { config: { rule: { kind: 'public', why: 'answers everybody that there is nothing' } } },
    async () => {
      throw new RegistryError('NOT_FOUND', 'This server takes no telemetry.');
    },
  );
}
