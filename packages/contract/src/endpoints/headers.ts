import type { HeaderNote } from '../endpoint.ts';

export const rangeHeaders: readonly HeaderNote[] = [
  {
    name: 'Range',
    description: 'One range of bytes. Several, and malformed ones, are ignored.',
    example: 'bytes=0-1023',
  },
  { name: 'If-Range', description: 'Send the range only if the file has this `ETag`, otherwise the whole.' },
  { name: 'If-None-Match', description: 'Answer 304 if the file has this `ETag`.' },
];

export const downloadHeaders: readonly HeaderNote[] = [
  { name: 'ETag', description: 'The SHA-256 of the file in quotes. A strong one.' },
  { name: 'Accept-Ranges', description: '`bytes`' },
  { name: 'Content-Range', description: 'Which bytes came, with 206; `bytes */<size>` with 416.' },
];

export const revisionHeader: HeaderNote = {
  name: 'ETag',
  description: 'The revision of the alias in quotes.',
  example: '"3"',
};

export const revisionConditions: readonly HeaderNote[] = [
  {
    name: 'If-Match',
    description: 'Act only if the alias has this revision; `*`: only if it is set. Otherwise 412.',
    example: '"3"',
  },
  { name: 'If-None-Match', description: '`*`: act only if the alias is not set. Otherwise 412.', example: '*' },
];
