export interface Gate {
  open(): void;
  readonly opened: Promise<void>;
}

/** What one piece of a test waits for until another opens it. */
export function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open, opened };
}
