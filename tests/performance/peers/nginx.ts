import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort } from '@odst/testing';

/** nginx with uploads by PUT, as a peer to measure against. */
export type Nginx = AsyncDisposable & { readonly url: string; readonly root: string };

/** Starts nginx in the foreground on loopback; it writes uploads once, on the volume of `folder`. */
export async function startNginx(folder: string): Promise<Nginx> {
  const port = await freePort();
  const root = join(folder, 'root');
  const temporary = join(folder, 'temporary');
  for (const path of [root, temporary]) await mkdir(path, { recursive: true });
  const config = join(folder, 'nginx.conf');
  const temporaryPaths = ['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${temporary};`).join(' ');
  await writeFile(
    config,
    `daemon off; worker_processes 2; pid ${folder}/nginx.pid; error_log ${folder}/error.log; user root;
events { worker_connections 256; }
http {
  access_log off; sendfile on; client_max_body_size 0; client_body_temp_path ${temporary}; ${temporaryPaths}
  server { listen 127.0.0.1:${port}; root ${root}; dav_methods PUT; client_body_buffer_size 1m; }
}
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', config], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(url)).status > 0, 10_000);
  return {
    url,
    root,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
