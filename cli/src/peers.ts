import type { Answer, components } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { remoteCommand, type Stage, shared } from './command.ts';
import { type Api, allOf } from './connection.ts';
import { RefusedFault, ServerFault, UsageFault } from './status.ts';
import { printAll, printList, type Terminal } from './terminal.ts';

type Peer = components['schemas']['Peer'];
type Comparison = components['schemas']['PeerComparison'];

const path = '/api/v1/peers';
const pathOf = '/api/v1/peers/{id}';

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

const setOptions = {
  'stage-cap': shared.stage('the highest stage of which changes are taken'),
  introduces: { about: 'whether it introduces servers', value: 'yes|no', choices: ['yes', 'no'] },
} as const;

/** The other server is asked meanwhile, and asks back. */
const registrationMs = 120_000;

const params = (id: string) => ({ params: { path: { id: Number(id) } } });

/** The commands about the servers that this one is registered with. */
export const peerCommands = [
  remoteCommand({
    name: 'peers list',
    summary: 'the peers, how it goes with each, and what is taken from it',
    async run(api, _input, terminal) {
      const answer = await allOf(api, path);
      const rows = answer.items.map((peer) => {
        const { id, name, stage, state, inStep, heldBack, clockOffsetMs, stageCap, introduces, lastError } = peer;
        const skew = `${Math.round(clockOffsetMs / 1_000)} s`;
        const settings = [stageCap, yesOrNo(introduces)];
        return [`${id}`, name, stage, state, yesOrNo(inStep), behindOf(peer), `${heldBack}`, skew, ...settings, lastError ?? '-'];
      });
      const head = [
        ...['ID', 'NAME', 'STAGE', 'STATE', 'IN STEP', 'BEHIND', 'HELD BACK', 'SKEW', 'STAGE CAP', 'INTRODUCES', 'LAST ERROR'],
      ];
      printList(terminal, head, rows, 'no peers');
      return answer;
    },
  }),
  remoteCommand({
    name: 'peers show',
    summary: 'all that is known of one',
    operand: shared.peerId,
    async run(api, { operand: id }, terminal) {
      const peer = await api.get(pathOf, params(id));
      printAll(terminal, peer);
      return peer;
    },
  }),
  remoteCommand({
    name: 'peers add',
    summary: 'registers this server with another one, whose admin reads out what odst identity show prints there',
    details:
      'The Key is a secret: it is typed, or ODST_PEER_KEY, and never on the command line, which others of this machine can see. After any failure the same command repairs.',
    operand: { name: 'url', about: 'the URL of the other server' },
    options: { iss: { about: 'the ISS ID of the other server', value: 'ISS', required: true } },
    examples: { 'peers add https://ods.example.org --iss 0123456789abcdef0123456789abcdef': 'asks for the Key' },
    isAct: true,
    async run(api, { operand: url, options: { iss } }, { print, askSecret, env }) {
      const key = env['ODST_PEER_KEY'] ?? (await askSecret(`Key of ${url}: `));
      if (key === undefined) throw new UsageFault('no Key: set ODST_PEER_KEY, or type it at a terminal');
      const peer = await api.post(path, { body: { url, iss, key: key.trim() }, timeoutMs: registrationMs });
      print(printable(`${peer.name} (${peer.id}) is a peer: both servers hold the key of the other.`));
      for (const warning of peer.warnings) print(printable(`Look at this: ${warning}`));
      return peer;
    },
  }),
  remoteCommand({
    name: 'peers set',
    summary: 'changes what is taken from it',
    operand: shared.peerId,
    options: setOptions,
    isAct: true,
    async run(api, { operand: id, options }, { print }) {
      const peer = await api.patch(pathOf, { ...params(id), body: changeOf(options) });
      const { name, stageCap, introduces } = peer;
      print(
        printable(`${name}: changes up to ${stageCap} are taken; it ${introduces ? 'introduces servers' : 'introduces nobody'}.`),
      );
      return peer;
    },
  }),
  remoteCommand({
    name: 'peers pause',
    summary: 'fetches nothing from it; its changes are read all the same',
    operand: shared.peerId,
    options: { reason: { about: 'why, which is kept and shown', value: 'TEXT' } },
    isAct: true,
    run: (api, { operand: id, options }, terminal) => pausePeer(api, id, { paused: true, ...options }, terminal),
  }),
  remoteCommand({
    name: 'peers resume',
    summary: 'fetches from it again',
    operand: shared.peerId,
    isAct: true,
    run: (api, { operand: id }, terminal) => pausePeer(api, id, { paused: false }, terminal),
  }),
  remoteCommand({
    name: 'peers sync',
    summary: 'reads it now, compares what both servers have, and takes in what this one lacks',
    operand: { name: 'id|name', about: 'an id or a name of a peer' },
    isAct: true,
    run: (api, { operand }, terminal) => syncPeer(api, operand, terminal),
  }),
  remoteCommand({
    name: 'peers unregister',
    summary: 'ends the trust, on both sides',
    operand: shared.peerId,
    isAct: true,
    async tell(api, { operand: id }, { print }) {
      const answer = await api.get(pathOf, params(id));
      print(
        printable(`Would end the trust between this server and ${answer.name} (${answer.iss}) on both sides; packages stay.`),
      );
      return { answer };
    },
    async run(api, { operand: id }, { print }) {
      const peer = await api.get(pathOf, params(id));
      await api.delete(pathOf, params(id));
      print(printable(`${peer.name} is no peer any more. Its packages stay.`));
      return peer;
    },
  }),
];

type PeerPause = { readonly paused: boolean; readonly reason?: string };

async function pausePeer(api: Api, id: string, body: PeerPause, { print }: Terminal): Promise<Peer> {
  const peer = await api.patch(pathOf, { ...params(id), body });
  const words = peer.paused ? 'nothing is fetched from it; its changes are read all the same' : 'its packages are fetched again';
  print(printable(`${peer.name}: ${words}.`));
  return peer;
}

/** Entries that are still to be read; where the peer has not said so, when there were none last. */
function behindOf({ behind, readToEndAt }: Peer): string {
  if (behind !== null) return `${behind}`;
  return readToEndAt === null ? '-' : `none at ${readToEndAt}`;
}

/** @throws UsageFault where there is nothing to change */
function changeOf({ 'stage-cap': stageCap, introduces }: { readonly 'stage-cap'?: Stage; readonly introduces?: 'yes' | 'no' }) {
  if (stageCap === undefined && introduces === undefined)
    throw new UsageFault('nothing to set: give --stage-cap or --introduces');
  return {
    ...(stageCap === undefined ? {} : { stageCap }),
    ...(introduces === undefined ? {} : { introduces: introduces === 'yes' }),
  };
}

/** Between two looks at a comparison that goes on. */
const lookAgainMs = 1_000;

/** After so many looks the admin is told how to go on looking. */
const mostLooks = 600;

/** Reads the feed of a peer, compares what both servers have, and tells what came of it. */
async function syncPeer(
  api: Api,
  reference: string,
  { print, wait }: Terminal,
): Promise<Answer<'/api/v1/peers/{id}/sync', 'post'>> {
  const { items } = await allOf(api, path);
  const found = items.filter(({ id, name, iss }) => [`${id}`, name, iss].includes(reference));
  const [peer, another] = found;
  if (peer === undefined) throw new RefusedFault(`there is no peer ${reference}; odst peers list shows them`);
  if (another !== undefined) throw new RefusedFault(`several peers are named ${reference}: give the id of one`);
  const target = params(`${peer.id}`);
  const answer = await api.post('/api/v1/peers/{id}/sync', target);
  let { comparison } = answer;
  for (let looks = 0; comparison === null && looks < mostLooks; looks += 1) {
    const now = await api.get(pathOf, target);
    if (!now.comparing) ({ comparison } = now);
    else if (now.lastError !== null)
      throw new ServerFault(`${now.name} cannot be read: ${now.lastError}. It is compared when it can.`);
    // Also where nothing is compared, as after a restart of the server.
    if (comparison === null) await wait(lookAgainMs);
  }
  if (comparison === null) print(printable(`It goes on: odst peers show ${peer.id} tells what comes of it.`));
  else for (const line of comparedLines(peer.name, comparison)) print(printable(line));
  return comparison === null ? answer : { ...answer, comparison };
}

function comparedLines(name: string, { outcome, packages, differed, repaired, examples, reason }: Comparison): readonly string[] {
  if (outcome === 'failed') throw new ServerFault(`${name} could not be compared: ${reason}. It is tried again within the hour.`);
  if (outcome === 'unsupported') return [`${name}: not compared, since ${reason}.`];
  const compared = `${name}: ${packages} packages compared`;
  if (differed === 0) return [`${compared}; nothing differs.`];
  const words = outcome === 'repaired' ? 'nothing differs any more' : 'some differ still';
  const told = examples.map((one) => `  ${one.filename}: ${one.reason}${one.outcome === 'repaired' ? '' : ' (differs still)'}`);
  const others = differed - examples.length;
  return [
    `${compared}; ${differed} differed, ${repaired} repaired: ${words}.`,
    ...told,
    ...(others > 0 ? [`  and ${others} more`] : []),
  ];
}
