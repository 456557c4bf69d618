const mebibyte = 1 << 20;
/** What may rest on the disk for each sender, and how often a large body costs a request. */
const smallest = 16 * mebibyte;
/** S3 takes five gibibytes in one request. */
const largest = 4096 * mebibyte;
/** S3 takes ten thousand parts; some are left for what a broken sender cuts short. */
const partsAimedAt = 9_000;

/** Equal pieces for a body whose size is known: some storages ask for equal parts. */
export function equalPieces(size: number): () => number {
  const piece = Math.max(smallest, wholeMebibytes(size / partsAimedAt));
  return () => piece;
}

/** Growing pieces for one whose size nobody knows: a few thousand reach five tebibytes. */
export function growingPieces(position: number): number {
  return Math.min(largest, Math.max(smallest, wholeMebibytes(position / 1_000)));
}

function wholeMebibytes(bytes: number): number {
  return Math.ceil(bytes / mebibyte) * mebibyte;
}
