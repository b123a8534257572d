import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually, freePort } from '@odst/testing';

/** An rsync daemon that serves a folder, as a peer to measure against. */
export type RsyncDaemon = AsyncDisposable & { readonly url: string };

/** Starts the daemon in the foreground on loopback. */
export async function startRsyncDaemon(folder: string, served: string): Promise<RsyncDaemon> {
  const port = await freePort();
  const config = join(folder, 'rsyncd.conf');
  await writeFile(config, `use chroot = no\nuid = root\ngid = root\n[packages]\npath = ${served}\nread only = yes\n`);
  const args = ['--daemon', '--no-detach', `--config=${config}`, '--address=127.0.0.1', `--port=${port}`];
  const child = spawn('rsync', args, { stdio: 'inherit' });
  await eventually(() => accepts(port), 10_000);
  return {
    url: `rsync://127.0.0.1:${port}/packages`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  return true;
}
