import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again, one at a time, as a client would that is not the one who keeps the server busy. */
export function askMeanwhile(ask: () => Promise<Response>, pauseMilliseconds: number): { stop(): Promise<number[]> } {
  let going = true;
  const asked = (async () => {
    const milliseconds: number[] = [];
    while (going) {
      const began = performance.now();
      const answer = await ask();
      const text = await answer.text();
      milliseconds.push(performance.now() - began);
      if (!answer.ok) throw new Error(`another client was answered with ${answer.status}: ${text}`);
      await pause(pauseMilliseconds);
    }
    return milliseconds.sort((a, b) => a - b);
  })();
  // it is asked for at the end
  asked.catch(() => {});
  return {
    stop: () => {
      going = false;
      return asked;
    },
  };
}
