import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readHistory } from '../../../bin/status/read-history.ts';
import { readStatus } from '../../../bin/status/read-status.ts';
import { withOpenLinks } from '../../../bin/status/with-open-links.ts';
import { type Start, visitsKey } from '../../../lambda/connect/visits.ts';
import { StoreError } from '../../../lambda/ports.ts';
import { redeemLink } from '../../../lambda/run/redeem-link.ts';
import { consentByLink } from '../../fakes/consented.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';
import { oauth2Entry } from '../../fakes/simulation.ts';

/** A tenant that was never connected, with an open link, and one that needs no consent. */
function openScene() {
  const scene = createScene();
  const { refresh_token: _, ...acme } = oauth2Entry('acme', '');
  scene.save('default', { tenants: { acme, brandx: scene.tenant('brandx') } });
  return { scene, link: consentByLink(scene, 'acme') };
}

async function statusOf(scene: Scene, tenant: string) {
  const [shard] = await readStatus(scene.openPorts(), null);
  const found = shard?.tenants.find((one) => one.tenant === tenant);
  if (!found) {
    throw new Error('There is no such tenant.');
  }
  return found;
}

function visit({ world }: Scene, id: string, attempt: string, answer: Start['answer']): void {
  const started_at = '2026-11-22T02:17:00.000Z';
  const start: Start = { attempt, state_hash: 'x', started_at, answer, redeem_asked_at: null };
  const text = JSON.stringify({ version: 1, starts: [start] });
  world.records.set(visitsKey(id), { text, etag: randomUUID() });
}

describe(withOpenLinks.name, () => {
  it('says that a tenant is invited, until when, and how far its owner has come', async () => {
    const { scene, link } = openScene();
    const before = await statusOf(scene, 'acme');
    expect(before).toMatchObject({
      state: 'invited',
      error: null,
      next_step: null,
      link: { id: link.id, until: link.link().expires_at, progress: 'not_begun' },
    });
    visit(scene, link.id, link.attempt, null);
    expect((await statusOf(scene, 'acme')).link?.progress).toBe('begun');
    visit(scene, link.id, link.attempt, { kind: 'code', at: '2026-11-22T02:17:00.000Z' });
    expect((await statusOf(scene, 'acme')).link?.progress).toBe('consented');
    expect(await statusOf(scene, 'brandx')).toMatchObject({ state: 'new', link: null });
  });

  it('says what became of the last try', async () => {
    const { scene, link } = openScene();
    visit(scene, link.id, link.attempt, { kind: 'declined', at: '2026-11-22T02:17:00.000Z' });
    expect((await statusOf(scene, 'acme')).link).toMatchObject({
      progress: 'begun',
      last_result: 'declined',
    });
  });

  it('says no more of a link that is connected or revoked', async () => {
    const { scene, link } = openScene();
    const options = { runId: randomUUID(), deadlineAt: scene.clock.now() + 600_000 };
    await redeemLink(scene.openPorts(), link.id, options);
    const connected = await statusOf(scene, 'acme');
    expect(connected.link).toBeNull();
    expect(connected.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    const { lines } = await readHistory(scene.openPorts(), 'acme', { limit: 20 });
    expect(lines.map(({ grant_type, outcome }) => [grant_type, outcome]).sort()).toEqual([
      ['authorization_code', 'issued'],
      ['marked', 'filed'],
    ]);
    const other = openScene();
    other.link.change({ status: { kind: 'revoked', at: '2026-11-22T02:17:00.000Z' } });
    const revoked = await statusOf(other.scene, 'acme');
    expect(revoked.link).toBeNull();
    expect(revoked.state).not.toBe('invited');
  });

  it('lets a tenant that was connected before fail, and says to wait', async () => {
    const { scene } = openScene();
    scene.server.accounts.get('brandx')?.codes.clear();
    await scene.run();
    scene.http.always('brandx', {
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"error":"invalid_grant"}'),
    });
    await scene.run();
    consentByLink(scene, 'brandx');
    const status = await statusOf(scene, 'brandx');
    expect(status.state).toBe('needs_authorization');
    expect(status.next_step).toContain('Wait: a link is open until');
    expect(status.next_step).toContain('tokens invite brandx --replace');
  });

  it('shows the status to people who may read no links', async () => {
    const { scene } = openScene();
    const ports = scene.openPorts();
    const denied = () => Promise.reject(new StoreError('denied', 'no'));
    const records = { ...ports.records, list: denied };
    const [shard] = await readStatus({ ...ports, records }, null);
    expect(shard?.tenants.map(({ link }) => link)).toEqual([null, null]);
  });
});
