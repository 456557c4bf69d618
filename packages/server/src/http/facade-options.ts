import type { Logger } from '../ports/logger.ts';
import type { Services } from '../services/services.ts';

/** What every façade is registered with. */
export interface FacadeOptions {
  services: Services;
  logger: Logger;
  /** without a trailing slash; undefined: addresses are built from the request's Host header, which was checked */
  publicUrl: string | undefined;
}
