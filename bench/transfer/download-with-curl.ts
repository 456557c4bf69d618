import { runCommand } from './run-command.ts';

/** Fetches an address with curl and throws the bytes away. @returns seconds by curl's own clock */
export async function downloadWithCurl(url: string, headers: Record<string, string> = {}): Promise<number> {
  const headerArgs = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const format = ['-w', '%{time_total} %{http_code}'];
  const { stdout } = await runCommand('curl', ['-sS', '-L', '-o', '/dev/null', ...format, ...headerArgs, url]);
  const [seconds, status] = stdout.split(' ');
  if (status !== '200') throw new Error(`${url} answered ${status}`);
  return Number(seconds);
}
