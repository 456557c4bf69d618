import { spawn } from 'node:child_process';

export interface CommandResult {
  seconds: number;
  stdout: string;
}

/** Runs a command to its end and takes the time. */
export function runCommand(command: string, args: readonly string[]): Promise<CommandResult> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, stdout });
      else reject(new Error(`${command} failed with ${code}: ${stderr}`));
    });
  });
}
