import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/net/free-port.ts';

/** nginx as it is commonly set up for large files, serving one folder; the yardstick for downloads. */
export async function startNginx(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const home = await mkdtemp(join(tmpdir(), 'weighhouse-nginx-'));
  const config = join(home, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${join(home, name)};`,
  );
  await writeFile(
    config,
    `daemon off; worker_processes auto; pid ${join(home, 'pid')}; error_log ${join(home, 'error.log')};
events {}
http { access_log off; sendfile on; tcp_nopush on; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; root ${folder}; } }
${process.getuid?.() === 0 ? 'user root;' : ''}
`,
  );
  const child = spawn('nginx', ['-c', config, '-p', home], {
    stdio: 'ignore',
    // Debian puts it where only the administrator looks.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 50; i++) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) break;
    await sleep(50);
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await rm(home, { recursive: true, force: true });
    },
  };
}
