import { type DestinationStream, pino } from 'pino';
import type { Logger } from '../ports/logger.ts';

/** JSON lines on standard error; standard output is for what the operator reads. */
export function createJsonLogger(
  level: 'error' | 'warn' | 'info' | 'debug',
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    destination,
  );
}
