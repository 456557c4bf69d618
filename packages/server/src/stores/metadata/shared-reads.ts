interface Flight {
  /** who came while the statement was under way, and takes the next one */
  next: { readonly answer: PromiseWithResolvers<unknown>; readonly read: () => Promise<unknown> } | undefined;
}

/**
 * Lets reads that ask the same at the same time share one statement: many clients with one key, or a fleet that loads one
 * model, then cost the database hardly more than one of them does. Nobody is answered by a statement that was sent before
 * it asked, so each sees all that was committed until then. Whoever asks while the same statement is under way shares the
 * one that is sent when its answer is there.
 */
export class SharedReads {
  readonly #flights = new Map<string, Flight>();

  /**
   * @param key the same for the same question
   * @param read sends the statement; the answer is given to all who share it, and nobody may change it
   */
  run<T>(key: string, read: () => Promise<T>): Promise<T> {
    const flight = this.#flights.get(key);
    if (!flight) return this.#send(key, read);
    flight.next ??= { answer: Promise.withResolvers<unknown>(), read };
    return flight.next.answer.promise as Promise<T>;
  }

  #send<T>(key: string, read: () => Promise<T>): Promise<T> {
    const flight: Flight = { next: undefined };
    this.#flights.set(key, flight);
    const answer = read();
    const landed = () => {
      if (flight.next) flight.next.answer.resolve(this.#send(key, flight.next.read));
      else this.#flights.delete(key);
    };
    answer.then(landed, landed);
    return answer;
  }
}
