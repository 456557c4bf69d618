import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * A process that does nothing but watch its own event loop. What holds it up is the machine, with others at work on
 * it; a server that is held up as long was not blocked by anything it did.
 */
export interface IdleProcess {
  /** The longest delay since the last call, in milliseconds. */
  takeDelay(): Promise<number>;
  stop(): void;
}

export function startIdleProcess(): IdleProcess {
  const child = fork(fileURLToPath(new URL('./watch-own-loop.ts', import.meta.url)), {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  return {
    async takeDelay() {
      child.send('take');
      const [delay] = await once(child, 'message');
      return delay as number;
    },
    stop: () => child.disconnect(),
  };
}
