import { z } from 'zod';
import { errorCodes } from '../error-codes.ts';

export const errorEnvelope = z
  .object({
    error: z.object({
      code: z.enum(errorCodes).describe('One of a closed set. Programs decide by it.'),
      message: z.string().describe('For people: what went wrong and what to do next.'),
      details: z
        .looseObject({ requestId: z.string().optional() })
        .describe(
          'Facts about the error, e.g. the current `offset` or `revision`, and the id under which the server logged it.',
        ),
    }),
  })
  .meta({ id: 'Error', description: 'What every answer with a status from 400 on holds.' });

export type ErrorEnvelope = z.output<typeof errorEnvelope>;
