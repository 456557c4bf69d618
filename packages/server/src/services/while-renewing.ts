/** Acts, and renews a claim again and again as long as that takes. */
export async function whileRenewing<T>(
  everyMilliseconds: number,
  renew: () => Promise<unknown>,
  act: () => Promise<T>,
): Promise<T> {
  let renewal: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // a claim outlasts several of these: a database that does not answer for a moment is asked again in time
    renewal = renew().catch(() => {});
  }, everyMilliseconds).unref();
  try {
    return await act();
  } finally {
    clearInterval(timer);
    await renewal;
  }
}
