import { createHash } from 'node:crypto';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { meets, openMesh } from '../support/mesh.ts';
import { becomesPublic } from '../support/two-servers.ts';

/** A holder is heard of within 45 s of the minute that it takes at least, and what is leaving is looked at every minute. */
const letGoMs = 400_000;

type Leaving = {
  readonly id: number;
  readonly status: string;
  readonly serves: string | null;
  readonly leaving: readonly { readonly sha256: string }[];
  readonly letGo: readonly { readonly sha256: string; readonly holder: { readonly name: string } }[];
};

describe('a demotion below a Prod site', { timeout: 1_200_000 }, () => {
  test('leaves it serving while the Dev site is away, and until that one holds the bytes; then it lets go', async () => {
    await using mesh = await openMesh({ Hub: 'Prod', Berlin: 'Prod', Lab: 'Dev' });
    for (const name of ['Berlin', 'Lab']) await mesh.register(name, 'Hub');
    const former = await mesh.upload('Hub', 'former', 'Prod');
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', former);
    await mesh.stop('Lab');
    const tool = await mesh.upload('Hub', 'tool', 'Prod', true);
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', tool);
    const at = (name: string, path = '', init?: RequestInit) => mesh.of(name).admin.send(`/api/v1/packages/1${path}`, init);
    const shown = async () => (await (await at('Berlin')).json()) as Leaving;

    // It says before what Prod sites are left with, and what they could be given back instead.
    const headers = { 'content-type': 'application/json' };
    const dry = await at('Hub', '/demote?dryRun=true', { method: 'POST', body: '{"to":"Dev"}', headers });
    expect(await dry.json()).toMatchObject({
      effects: [{ stage: 'Dev' }, { stage: 'Test' }, { stage: 'Prod', before: { sha256: tool }, after: null }],
      former: { sha256: former },
    });
    await mesh.act('Hub', 'demote', { to: 'Dev' });
    await meets(mesh, 'Berlin', [tool, null, null]);
    await eventually(async () => (await shown()).leaving.length === 1);
    expect(await shown()).toMatchObject({ status: 'Public', serves: 'Dev', leaving: [{ sha256: tool }], letGo: [] });
    expect(await mesh.served('Berlin')).toBe(tool);

    // A download that runs when it is let go ends with every byte.
    const download = await mesh.of('Berlin').admin.download('x.pkg');
    const reader = download.body?.getReader();
    const first = await reader?.read();
    const got = createHash('sha256').update(first?.value ?? '');

    await mesh.start('Lab');
    await becomesPublic(mesh.of('Lab'), 'x.pkg', tool);
    await eventually(async () => (await mesh.served('Berlin')) === 404, letGoMs);
    expect([await mesh.served('Lab'), await mesh.served('Hub')]).toEqual([tool, tool]);
    expect(await shown()).toMatchObject({
      status: 'Withheld',
      serves: null,
      leaving: [],
      letGo: [{ sha256: tool, holder: { name: 'Lab' } }],
    });
    const history = (await (await at('Berlin', '/history')).json()) as { readonly items: readonly { readonly type: string }[] };
    expect(history.items.find(({ type }) => type === 'PackageLetGo')).toMatchObject({ data: { holderName: 'Lab' } });
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) got.update(next.value);
    expect(got.digest('hex')).toBe(tool);

    // Its bytes are still on the disk: promoted again they are served at once, without another fetch.
    await mesh.act('Hub', 'promote', { to: 'Prod' });
    await becomesPublic(mesh.of('Berlin'), 'x.pkg', tool);
    expect((await shown()).letGo).toEqual([]);
  });
});
