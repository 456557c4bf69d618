import { parseConfiguration } from './config/configuration.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { startServer } from './server.ts';
import { createJsonLogger } from './system/json-logger.ts';
import { StartupError } from './system/startup-error.ts';
import { welcome } from './system/welcome.ts';

/** The longest a stopping server waits for requests that still run; `kill -9` is safe at any time. */
const patienceMilliseconds = 10 * 60_000;

async function main(): Promise<void> {
  const configuration = parseConfiguration(process.env);
  const logger = createJsonLogger(configuration.logLevel);
  const server = await startServer(configuration, logger);

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    logger.info({ signal }, 'stopping: what runs is finished first; the same signal again stops at once');
    setTimeout(() => process.exit(0), patienceMilliseconds).unref();
    server.stop().then(
      () => process.exit(0),
      error => {
        logger.error({ error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // last: whoever reads it may ask to stop at once
  process.stdout.write(welcome({ ...server, dataFolder: configuration.dataFolder }));
}

main().catch(error => {
  const problems =
    error instanceof ConfigurationError || error instanceof StartupError
      ? error.problems
      : [error?.stack ?? String(error)];
  process.stderr.write(`Weighhouse did not start:\n${problems.map((problem: string) => `  - ${problem}\n`).join('')}`);
  process.exit(1);
});
