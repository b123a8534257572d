import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandExists, requirement } from '@odst/testing';
import { type Program, startProgram } from './program.ts';

/** Whether this machine has what the tests of a server in several processes need. */
export const hasNginx = (): Promise<boolean> => requirement('nginx', () => commandExists('nginx'));

const template = new URL('../../deploy/nginx/odst.conf.template', import.meta.url);

/** Between whom the proxy stands; all on 127.0.0.1. */
export type ReverseProxyOptions = {
  /** Folder of its own, for its configuration and log. */
  readonly folder: string;
  readonly port: number;
  readonly gatewayPort: number;
  readonly dataPlanePort: number;
  /** Whether both speak TLS. Default false */
  readonly secure?: boolean;
};

/** Starts nginx with the configuration that the product brings along. */
export async function startReverseProxy(options: ReverseProxyOptions): Promise<Program> {
  const site = await filledIn({
    ODST_PROXY_LISTEN: `127.0.0.1:${options.port}`,
    ODST_GATEWAY_ADDRESS: `127.0.0.1:${options.gatewayPort}`,
    ODST_DATA_PLANE_ADDRESS: `127.0.0.1:${options.dataPlanePort}`,
  });
  const reached = options.secure === true ? site.replaceAll('proxy_pass http:', 'proxy_pass https:') : site;
  return startNginx(options.folder, reached);
}

/** Starts nginx as somebody has it who only says where the server is: `Host` names the server, and no header tells of the client. */
export function startPlainProxy(options: {
  readonly folder: string;
  readonly port: number;
  readonly serverPort: number;
}): Promise<Program> {
  const { folder, port, serverPort } = options;
  return startNginx(folder, `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${serverPort}; } }`);
}

async function startNginx(folder: string, site: string): Promise<Program> {
  await mkdir(folder, { recursive: true });
  const configuration = join(folder, 'nginx.conf');
  await writeFile(configuration, mainConfiguration(folder, site));
  return startProgram({
    command: 'nginx',
    args: ['-p', folder, '-e', 'stderr', '-c', configuration],
    logFile: join(folder, 'nginx.log'),
  });
}

async function filledIn(values: Readonly<Record<string, string>>): Promise<string> {
  const text = await readFile(template, 'utf8');
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** One process in the foreground, which writes nowhere but into its folder. */
function mainConfiguration(folder: string, site: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  return [
    'daemon off;',
    'master_process off;',
    `pid ${folder}/nginx.pid;`,
    'error_log stderr warn;',
    'events {}',
    `http { access_log off; ${temporary.join(' ')}`,
    site,
    '}\n',
  ].join('\n');
}
