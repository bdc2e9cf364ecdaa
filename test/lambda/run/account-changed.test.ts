import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { consentResult } from '../../../bin/consent/consent-result.ts';
import { renameTenant } from '../../../bin/corrections/rename-tenant.ts';
import { restoreTenant } from '../../../bin/corrections/restore-tenant.ts';
import { splitShard } from '../../../bin/shards/split-shard.ts';
import { readStatus } from '../../../bin/status/read-status.ts';
import { fingerprint } from '../../../lambda/fingerprint.ts';
import type { HttpRequest, RunPorts } from '../../../lambda/ports.ts';
import { digest } from '../../../lambda/report/digest.ts';
import { redeemLink } from '../../../lambda/run/redeem-link.ts';
import { consentByLink } from '../../fakes/consented.ts';
import { createMortalProcess } from '../../fakes/mortal-process.ts';
import { createScene, outcomeOf, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure, type Reply, textReply } from '../../fakes/simulated-http.ts';
import { oauth2Entry } from '../../fakes/simulation.ts';

const DEFINITIONS = {
  agency: { extends: 'oauth2', account: { url: 'https://who.example/me', path: 'id' } },
};

/** A tenant whose platform tells from whose account a consent came. */
function openScene(shards = ['default']): Scene {
  const scene = createScene({ shards });
  const { refresh_token: _, ...entry } = oauth2Entry('acme', '');
  const acme = { ...entry, provider: 'agency' };
  scene.save('default', { definitions: DEFINITIONS, tenants: { acme } });
  return scene;
}

function redeem(scene: Scene, id: string, ports: RunPorts = scene.openPorts()) {
  return redeemLink(ports, id, { runId: randomUUID(), deadlineAt: scene.clock.now() + 600_000 });
}

/** The client of this account consents, and a run takes what that brought. */
async function consent(scene: Scene, account: Reply) {
  scene.http.always('who', account);
  const link = consentByLink(scene, 'acme', { provider: 'agency' });
  await redeem(scene, link.id);
  return link;
}

const account = (id: string) => jsonReply(200, { id });
const hashIn = (scene: Scene) => scene.state().tenants.get('acme')?.account?.found[0] ?? '';
const askedWho = (scene: Scene) => scene.http.sent.filter(({ url }) => url.includes('who.example'));
const set = (scene: Scene, hash: string) =>
  scene.edit(({ tenants }) => Object.assign(tenants.acme ?? {}, { account: hash }));

describe('a consent whose platform tells from whose account it came', () => {
  it('asks once, with the token that was committed, before anybody can read it', async () => {
    const scene = openScene();
    let seen: object | null = null;
    await consent(scene, (request: HttpRequest) => {
      const token = request.headers.authorization?.slice('Bearer '.length);
      const isCommitted = scene.isSafe('acme');
      const isRead = Object.keys(scene.published()).length > 0;
      seen = { token, isCommitted, isRead };
      return account('111');
    });
    const token = scene.server.newestAccessToken('acme');
    expect(seen).toEqual({ token, isCommitted: true, isRead: false });
    expect(scene.published().acme?.access_token).toBe(token);
    await scene.run();
    await scene.run();
    expect(askedWho(scene).length).toBe(1);
  });

  it('goes on where the same account consents again', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    await consent(scene, account('111'));
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    expect((await scene.run()).summary).toMatchObject({ rotated: 1, failed: 0 });
  });

  it('publishes nothing of another account, keeps its credential, and says connected', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    const earlier = fingerprint(scene.token('acme'));
    const link = await consent(scene, account('222'));
    expect(scene.published()).toEqual({});
    expect(scene.isSafe('acme')).toBe(true);
    expect(link.link().status.kind).toBe('connected');
    const sent = scene.http.sent.length;
    const report = await scene.run();
    const outcome = outcomeOf(report, 'acme');
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'account_changed', retryable: false },
    });
    expect(outcome.error?.next_step).toContain(`tokens set acme account=${hashIn(scene)}.`);
    expect(outcome.error?.next_step).toContain(`tokens restore acme --to ${earlier}`);
    expect(scene.http.sent.length).toBe(sent);
    expect(await scene.refresh({ tenant: 'acme' })).toMatchObject({
      error: { code: 'account_changed' },
    });
    expect(scene.published()).toEqual({});
  });

  it('says the same to an operator who connects at a terminal', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    const connect = async () => {
      const code = scene.server.consent('acme');
      scene.edit(({ tenants }) =>
        Object.assign(tenants.acme ?? {}, {
          authorization_code: code,
          redirect_uri: 'https://x.example',
        }),
      );
      return outcomeOf(await scene.run({ tenants: ['acme'] }), 'acme');
    };
    scene.http.always('who', account('222'));
    expect(consentResult(await connect())).toBe('other_account');
    // A run that had no consent to exchange connected nothing.
    expect(consentResult(outcomeOf(await scene.run(), 'acme'))).toBe('not_connected');
  });

  it('is told by the next mail, once', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    await consent(scene, account('222'));
    expect(digest([await scene.run()], 'x')?.message).toContain('account_changed');
    expect(digest([await scene.run()], 'x')).toBeNull();
  });

  it('goes on when the operator accepts the new account, and compares with it from then on', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    await consent(scene, account('222'));
    await scene.run();
    const step = async () => (await readStatus(scene.openPorts(), null))[0]?.tenants[0]?.next_step;
    expect(await step()).toContain('account=');
    set(scene, hashIn(scene));
    expect(await step()).toContain('older than your fix');
    const report = await scene.run();
    expect(outcomeOf(report, 'acme')).toMatchObject({ status: 'rotated', healed: true });
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
    scene.edit(({ tenants }) => void delete tenants.acme?.account);
    expect(outcomeOf(await scene.run(), 'acme').status).toBe('rotated');
    await consent(scene, account('111'));
    expect(scene.published()).toEqual({});
  });

  it('asks with the earlier credential once the operator has put it back', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    const earlier = fingerprint(scene.token('acme'));
    await consent(scene, account('222'));
    await consent(scene, account('333'));
    const step = outcomeOf(await scene.run(), 'acme').error?.next_step ?? '';
    const print = /--to ([0-9a-f]{16})/.exec(step)?.[1] ?? '';
    expect(print).toBe(earlier);
    await restoreTenant(scene.openPorts(), 'acme', print, async () => true);
    expect(fingerprint(scene.token('acme'))).toBe(earlier);
    const sent = scene.http.sent.length;
    await scene.run();
    expect(scene.http.sent.length).toBe(sent + 1);
    expect(fingerprint(scene.http.sent.at(-1)?.credential ?? '')).toBe(earlier);
  });

  it('stays held in the shard that a tenant is moved to, and under another name', async () => {
    const scene = openScene(['default', 'eu']);
    scene.save('eu', { definitions: DEFINITIONS, tenants: {} });
    await consent(scene, account('111'));
    await consent(scene, account('222'));
    const ports = scene.openPorts();
    const addShard = async () => {};
    const [source, target] = ['default', 'eu'];
    await splitShard({ ports, addShard }, { source, target, tenants: ['acme'] });
    await renameTenant(ports, 'acme', 'beta');
    const outcome = outcomeOf(await scene.run(), 'beta');
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'account_changed' } });
    expect(scene.published('eu')).toEqual({});
  });

  it('goes on when the right account consents once more', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    await consent(scene, account('222'));
    await consent(scene, account('111'));
    expect(scene.published().acme?.access_token).toBe(scene.server.newestAccessToken('acme'));
  });

  it.each<[string, Reply]>([
    ['is out of order', jsonReply(500, { id: '222' })],
    ['does not answer', networkFailure('no_answer', 'ETIMEDOUT')],
    ['cannot be reached', networkFailure('not_sent', 'ECONNREFUSED')],
    ['refuses the token', jsonReply(401, { error: 'invalid_token' })],
    ['answers with a page', textReply(200, '<html>222</html>')],
    ['names no account', jsonReply(200, { name: '222' })],
    ['names an object', jsonReply(200, { id: { $ne: 1 } })],
    [
      'leads elsewhere',
      { status: 302, headers: { location: 'https://evil.example' }, body: new Uint8Array() },
    ],
  ])('compares nothing, and says so, where the platform %s', async (_what, answer) => {
    const scene = openScene();
    await consent(scene, account('111'));
    scene.http.always('who', answer);
    const link = consentByLink(scene, 'acme', { provider: 'agency' });
    const report = await scene.run();
    expect(outcomeOf(report, 'acme')).toMatchObject({
      status: 'rotated',
      account: null,
      warning: expect.stringContaining('did not tell'),
    });
    expect(link.link().status.kind).toBe('connected');
    const asked = askedWho(scene).length;
    await scene.run();
    expect(askedWho(scene).length).toBe(asked);
    await consent(scene, account('222'));
    expect(scene.published()).toEqual({});
  });

  it('says the hash of the account in the outcome of a consent', async () => {
    const scene = openScene();
    scene.http.always('who', account('111'));
    consentByLink(scene, 'acme', { provider: 'agency' });
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome.account).toMatch(/^[0-9a-f]{16}$/);
    expect(outcome.account).toBe(hashIn(scene));
  });

  it('names the account of a first consent in the next mail, once', async () => {
    const scene = openScene();
    await consent(scene, account('111'));
    const mail = digest([await scene.run()], 'x');
    expect(mail?.subject).toContain('1 first consent');
    expect(mail?.message).toContain(`acme (agency, shard default): account ${hashIn(scene)}`);
    expect(digest([await scene.run()], 'x')).toBeNull();
    await consent(scene, account('111'));
    expect(digest([await scene.run()], 'x')).toBeNull();
  });

  it('says that nothing was compared where the platform has no such request', async () => {
    const scene = createScene();
    const { refresh_token: _, ...acme } = oauth2Entry('acme', '');
    scene.save('default', { tenants: { acme } });
    consentByLink(scene, 'acme');
    const outcome = outcomeOf(await scene.run(), 'acme');
    expect(outcome).toMatchObject({ status: 'rotated', account: null });
    expect(outcome.warning).toBeUndefined();
  });

  it('compares with the account that the entry names, also at the first consent', async () => {
    const scene = openScene();
    set(scene, '0123456789abcdef');
    await consent(scene, account('111'));
    expect(scene.published()).toEqual({});
    const step = outcomeOf(await scene.run(), 'acme').error?.next_step;
    expect(step).toContain('tokens connect acme');
    expect(step).not.toMatch(/FINGERPRINT|null|undefined/);
  });

  it('leaves the name of no account anywhere', async () => {
    const scene = openScene();
    await consent(scene, account('account-canary-1'));
    await consent(scene, jsonReply(200, { id: 'account-canary-2', token: 'reply-canary' }));
    const reports = [await scene.run(), await scene.run({ dry_run: true })];
    const all = JSON.stringify([
      scene.logs,
      reports,
      reports.map((report) => digest([report], 'x')),
      [...scene.world.objects],
      [...scene.world.records],
      scene.world.states.get('default')?.text,
      scene.map(),
      scene.published(),
    ]);
    expect(all).not.toContain('canary');
  });
});

describe('a run that dies around the question whose account it is', () => {
  /** The second consent comes from `id`. What readers see is collected after each effect. */
  async function killedAt(killAt: number, when: 'before' | 'after', id: string) {
    const scene = openScene();
    await consent(scene, account('111'));
    const first = scene.server.newestAccessToken('acme');
    scene.http.always('who', account(id));
    const link = consentByLink(scene, 'acme', { provider: 'agency' });
    const process = createMortalProcess(killAt, when);
    const http = { send: (request: HttpRequest, ms: number) => scene.http.send(request, ms) };
    const ports = scene.ports(process.gate, process.isDead, http);
    await Promise.race([process.died, redeem(scene, link.id, ports)]);
    const wasPublished = { ...scene.published() };
    await redeem(scene, link.id);
    const report = await scene.run();
    const newest = scene.server.newestAccessToken('acme') ?? '';
    const hasAnswered = newest !== first;
    return { scene, process, wasPublished, report, newest, hasAnswered };
  }

  /** Says what must hold after the consent of another account. Returns if it was held back. */
  function expectNotPublished({ scene, ...died }: Awaited<ReturnType<typeof killedAt>>): boolean {
    const { account: known } = scene.state().tenants.get('acme') ?? {};
    const isOther = known?.found[0] !== known?.right[0];
    const code = outcomeOf(died.report, 'acme').error?.code;
    expect(code).toBe(isOther ? 'account_changed' : 'needs_authorization');
    const seen = JSON.stringify([died.wasPublished, scene.published()]);
    expect(died.hasAnswered && seen.includes(died.newest)).toBe(false);
    if (isOther) {
      expect(scene.published()).toEqual({});
    }
    return isOther;
  }

  it('publishes nothing of another account, and holds none of the same, wherever it dies', async () => {
    const counted = await killedAt(-1, 'before', '111');
    const { length } = counted.process.effects;
    let held = 0;
    for (let killAt = 0; killAt < length; killAt++) {
      for (const when of ['before', 'after'] as const) {
        held += Number(expectNotPublished(await killedAt(killAt, when, '222')));
        const same = await killedAt(killAt, when, '111');
        expect(outcomeOf(same.report, 'acme').error?.code).not.toBe('account_changed');
      }
    }
    expect(held).toBeGreaterThan(length);
  });
});
