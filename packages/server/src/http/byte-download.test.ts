import { describe, expect, it } from 'vitest';
import { planDownload } from './byte-download.ts';

const subject = { sha256: 'ab12', size: 10, fileName: 'model.bin' };

describe('planDownload', () => {
  it('sends the whole as an attachment that no browser runs', () => {
    expect(planDownload('GET', {}, { ...subject, immutable: true })).toEqual({
      status: 200,
      hasBody: true,
      headers: {
        'accept-ranges': 'bytes',
        'cache-control': 'private, max-age=31536000, immutable',
        'content-disposition': 'attachment; filename="model.bin"',
        'content-length': '10',
        'content-security-policy': "sandbox; default-src 'none'",
        'content-type': 'application/octet-stream',
        'cross-origin-resource-policy': 'same-origin',
        etag: '"ab12"',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  it.each(['"ab12"', 'W/"ab12"', '"x", "ab12"', '*'])('answers 304 to If-None-Match: %s', header => {
    const plan = planDownload('GET', { 'if-none-match': header, range: 'bytes=0-1' }, subject);
    expect(plan).toMatchObject({ status: 304, hasBody: false, headers: { etag: '"ab12"' } });
    expect(plan.headers).not.toHaveProperty('content-length');
  });

  it('sends a range, and says where none is', () => {
    expect(planDownload('GET', { range: 'bytes=2-' }, subject)).toMatchObject({
      status: 206,
      range: { start: 2, end: 9 },
      headers: { 'content-range': 'bytes 2-9/10', 'content-length': '8' },
    });
    expect(planDownload('GET', { range: 'bytes=10-' }, subject)).toMatchObject({
      status: 416,
      hasBody: false,
      headers: { 'content-range': 'bytes */10' },
    });
  });

  it.each(['"other"', 'W/"ab12"', 'Wed, 21 Oct 2015 07:28:00 GMT'])('sends the whole for If-Range: %s', header => {
    expect(planDownload('GET', { range: 'bytes=0-1', 'if-range': header }, subject).status).toBe(200);
    expect(planDownload('GET', { range: 'bytes=0-1', 'if-range': '"ab12"' }, subject).status).toBe(206);
  });

  it('heeds no range of a HEAD', () => {
    const plan = planDownload('HEAD', { range: 'bytes=0-1' }, subject);
    expect(plan).toMatchObject({ status: 200, hasBody: false, headers: { 'content-length': '10' } });
  });

  it.each([
    ['über 100%.bin', 'attachment; filename="_ber 100_.bin"; filename*=UTF-8\'\'%C3%BCber%20100%25.bin'],
    ['a/b/../c".txt', 'attachment; filename="c_.txt"; filename*=UTF-8\'\'c%22.txt'],
    ['x\r\nSet-Cookie: a=b', 'attachment; filename="x__Set-Cookie: a=b"'],
    ["it's (1).bin", `attachment; filename="it's (1).bin"`],
    ['\ud800', 'attachment; filename="_"; filename*=UTF-8\'\'%EF%BF%BD'],
    ['', 'attachment; filename="download"'],
  ])('names %j', (fileName, disposition) => {
    expect(planDownload('GET', {}, { ...subject, fileName }).headers['content-disposition']).toBe(disposition);
  });
});
