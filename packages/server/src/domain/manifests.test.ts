import { expect, test } from 'vitest';
import { comparePaths, emptyManifestDigest, ManifestDigest, ManifestIdentity } from './manifests.ts';

function digestOf(entries: [string, string][]): string {
  const digest = new ManifestDigest();
  for (const [path, value] of entries) digest.add({ path, digest: value });
  return digest.hex();
}

// Golden values from the wandb client (`Artifact.digest`).
test('the digest is the one the wandb client computes', () => {
  expect(digestOf([])).toBe(emptyManifestDigest);
  expect(
    digestOf([
      ['a.txt', 'XUFAKrxLKna5cZ2REBfFkg=='],
      ['sub/b.txt', 'fXkwN6B2AYZXSwKC8vQ15w=='],
    ]),
  ).toBe('d824c031b8f8740c1cca92e288c318e4');
  expect(digestOf([['key', 's3://bucket/key']])).toBe('a0d664d5af3bfc156949d094f07f9e12');
});

test('entries must come in the order of their UTF-8 bytes, each once', () => {
  expect(() =>
    digestOf([
      ['b', 'x'],
      ['a', 'x'],
    ]),
  ).toThrow();
  expect(() =>
    digestOf([
      ['a', 'x'],
      ['a', 'x'],
    ]),
  ).toThrow();
  expect(comparePaths('\uffff', '\u{10000}')).toBeLessThan(0);
  expect('\uffff' < '\u{10000}').toBe(false);
});

test('the identity tells contents apart that have the same MD5', () => {
  const identity = (sha256: string | null, blobId: number) => {
    const one = new ManifestIdentity();
    one.add({ path: 'a', digest: 'XUFAKrxLKna5cZ2REBfFkg==', size: 5, ref: null, blobId, sha256 });
    return one.hex();
  };
  expect(identity('0'.repeat(64), 7)).not.toBe(identity('1'.repeat(64), 7));
  expect(identity('0'.repeat(64), 7)).toBe(identity('0'.repeat(64), 8));
  expect(identity(null, 7)).not.toBe(identity(null, 8));
});
