import { z } from 'zod';
import { endpoint, type HeaderNote } from '../endpoint.ts';
import { md5, sha256 } from '../schemas/primitives.ts';
import { blob, upload } from '../schemas/upload.ts';
import { projectParams } from './params.ts';

const log = { kind: 'project', action: 'version.log' } as const;
const mine = { kind: 'self' } as const;
const ofUpload = { id: z.string() };
const offset: HeaderNote = {
  name: 'Upload-Offset',
  description: 'How many bytes are stored durably.',
  example: '1048576',
};

export const uploadEndpoints = {
  putBlob: endpoint({
    id: 'putBlob',
    method: 'PUT',
    path: '/projects/{entity}/{project}/blobs/{sha256}',
    summary: 'Upload a file in one request',
    description:
      'The bytes are hashed as they come in and refused if they are others. The project is made where it does not exist.',
    params: { ...projectParams, sha256 },
    answer: blob,
    transfer: 'upload',
    status: 201,
    otherStatus: {
      status: 200,
      means: 'You may use these bytes already; the ones you sent were verified and dropped.',
    },
    rule: log,
    errors: ['DIGEST_MISMATCH', 'INVALID_INPUT', 'UPLOAD_INTERRUPTED', 'TOO_LARGE', 'STORAGE_FULL'],
  }),
  open: endpoint({
    id: 'openUpload',
    method: 'POST',
    path: '/projects/{entity}/{project}/uploads',
    summary: 'Begin an upload that can be interrupted',
    description:
      'Forgotten after seven days without a byte. The project is made where it does not exist. Where files are kept in ' +
      'object storage, announcing the `md5` of a file of at most 5 GiB gives an address there in `direct`, good for 24 hours; ' +
      'such a file is sent there and nothing is appended here.',
    params: projectParams,
    body: z
      .strictObject({ size: z.int().min(0).optional(), sha256: sha256.optional(), md5: md5.optional() })
      .default({}),
    bodyExample: { size: 5 },
    answer: upload,
    rule: log,
    errors: ['TOO_LARGE', 'STORAGE_FULL'],
  }),
  offset: endpoint({
    id: 'getUploadOffset',
    method: 'HEAD',
    path: '/uploads/{id}',
    summary: 'Where to go on',
    params: ofUpload,
    status: 200,
    answerHeaders: [offset],
    rule: mine,
    errors: ['GONE'],
  }),
  append: endpoint({
    id: 'appendToUpload',
    method: 'PATCH',
    path: '/uploads/{id}',
    summary: 'Append bytes',
    description: 'As many as you like in one request. What arrived before a connection broke is kept.',
    params: ofUpload,
    transfer: 'upload',
    requestHeaders: [
      {
        name: 'Upload-Offset',
        required: true,
        description: 'Must be what is stored; otherwise 409 with the right `offset`.',
        example: '0',
      },
    ],
    answerHeaders: [offset],
    rule: mine,
    errors: [
      'CONFLICT',
      'UPLOAD_OFFSET_MISMATCH',
      'UPLOAD_BUSY',
      'UPLOAD_INTERRUPTED',
      'TOO_LARGE',
      'GONE',
      'STORAGE_FULL',
    ],
  }),
  finish: endpoint({
    id: 'finishUpload',
    method: 'POST',
    path: '/uploads/{id}/finish',
    summary: 'Verify and keep the bytes',
    description:
      'Repeating it is success. Where it takes longer than 25 seconds, the answer is 503: send it again, and it joins what runs.',
    params: ofUpload,
    body: z.strictObject({ sha256 }),
    bodyExample: { sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' },
    answer: blob,
    status: 200,
    rule: mine,
    errors: ['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'UPLOAD_INCOMPLETE', 'UPLOAD_BUSY', 'CONFLICT', 'GONE'],
  }),
  abort: endpoint({
    id: 'abortUpload',
    method: 'DELETE',
    path: '/uploads/{id}',
    summary: 'Give an upload up',
    params: ofUpload,
    rule: mine,
    errors: ['CONFLICT'],
  }),
};
