import type { FastifyInstance } from 'fastify';
import type { FacadeOptions } from '../../http/facade-options.ts';

export async function registerRestFacade(_app: FastifyInstance, _options: FacadeOptions): Promise<void> {}
