/**
 * Runs a command beside a throw-away object storage, for tests that are no vitest: `with-radosgw.ts <command> …`. The command
 * finds `WEIGHHOUSE_TEST_BLOBS`, a value for `WEIGHHOUSE_BLOBS`, and the keys in the variables of AWS.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startRadosgw } from './radosgw-server.ts';

const [command = '', ...args] = process.argv.slice(2);
const server = await startRadosgw();
const child = spawn(command, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    WEIGHHOUSE_TEST_BLOBS: `s3://${server.bucket}/tests?endpoint=${server.endpoint}`,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  },
});
const [code] = (await once(child, 'exit')) as [number | null];
await server.stop();
process.exitCode = code ?? 1;
