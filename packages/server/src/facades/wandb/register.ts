import type { FastifyInstance } from 'fastify';
import type { FacadeOptions } from '../../http/facade-options.ts';

export async function registerWandbFacade(_app: FastifyInstance, _options: FacadeOptions): Promise<void> {}
