/** A page of a list in keyset order. `next` is the position to go on from, absent at the end. */
export interface Page<T> {
  items: T[];
  next?: Position;
}

/** Where a page ended: the values of its order's columns in the last row. Façades make an opaque cursor of it. */
export type Position = (string | number)[];

export interface PageRequest {
  limit: number;
  after?: Position;
}
