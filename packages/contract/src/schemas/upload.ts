import { z } from 'zod';
import { bytes, id } from './primitives.ts';

export const upload = z
  .object({
    id,
    offset: bytes.describe('How many bytes are stored durably. Go on from here.'),
    size: bytes.nullable(),
    direct: z
      .object({ url: z.string(), headers: z.record(z.string(), z.string()) })
      .nullable()
      .describe(
        'Where to `PUT` the whole file, with these headers, before it is finished; null where it is sent here.',
      ),
  })
  .meta({ id: 'Upload' });

export const blob = z
  .object({ sha256: z.string(), md5: z.string(), size: bytes })
  .meta({ id: 'Blob', description: 'Verified bytes that can go into versions.' });

export type Upload = z.output<typeof upload>;
export type Blob = z.output<typeof blob>;
