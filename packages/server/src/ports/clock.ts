/** The only source of time. */
export interface Clock {
  /** milliseconds since 1970, UTC */
  now(): number;
}
