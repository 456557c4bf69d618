/** The only source of randomness that secrets are made of. */
export interface Randomness {
  bytes(length: number): Uint8Array;
}
