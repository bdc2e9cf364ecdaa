import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { redeemLink } from '../../lambda/run/redeem-link.ts';
import { createConnectPage } from '../../lib/functions/connect-page.ts';
import { createRedeem } from '../../lib/functions/redeem.ts';
import { makeConnectScene } from '../fakes/connect-scene.ts';
import { consentByLink, linkOf } from '../fakes/consented.ts';
import { createEventBus } from '../fakes/event-bus.ts';
import { roleGate } from '../fakes/role-gate.ts';
import { createSimulation, oauth2Entry } from '../fakes/simulation.ts';
import { createVisitor } from '../fakes/visitor.ts';
import { type Statement, statementsOf, synthesize } from './synthesize.ts';

const statements = statementsOf(synthesize({ connectPage: 'true', connectTitle: 'Agency' }));
const of = (role: string) => statements.filter((one) => one.of === `TokenRotator${role}`);
const without = (sid: string, role: readonly Statement[]) => role.filter((one) => one.sid !== sid);

/** A client's consent is redeemed under a role. What failed is in the error or in the log. */
async function redeemUnder(role: readonly Statement[]) {
  const sim = createSimulation();
  const { refresh_token: _, ...acme } = oauth2Entry('acme', '');
  sim.save('default', { tenants: { acme } });
  const link = consentByLink(sim, 'acme');
  const options = { runId: randomUUID(), deadlineAt: sim.clock.now() + 600_000 };
  const gate = roleGate(role);
  const ports = { ...sim.ports(gate), events: createEventBus(gate) };
  const failure = await redeemLink(ports, link.id, options).then(
    () => null,
    (error: unknown) => String(error),
  );
  const said = JSON.stringify([failure, sim.logs]);
  return { isConnected: link.link().status.kind === 'connected', said, sim };
}

/** A client goes through the page under a role. */
async function visitUnder(role: readonly Statement[]) {
  const scene = makeConnectScene(roleGate(role));
  const visitor = createVisitor(scene.app);
  const state = await visitor
    .start(scene.invite().path)
    .then((url) => url.searchParams.get('state'))
    .catch(() => null);
  if (state !== null) {
    await visitor.get(`/callback/amazon-ads?state=${state}&code=the-code`);
  }
  return { codes: scene.codes().length, said: JSON.stringify(scene.logged) };
}

describe(createRedeem.name, () => {
  it('lets the redeem function connect a client, and needs nothing that it has not', async () => {
    expect(await redeemUnder(of('RedeemRole'))).toMatchObject({ isConnected: true });
  });

  it.each([
    ['TakeConsents', 's3:GetObject'],
    ['UseArchive', 's3:'],
    ['ListArchive', 's3:ListBucket'],
    ['SwapSecrets', 'secretsmanager:GetSecretValue'],
    ['UseKey', 'kms:Decrypt'],
  ])('connects nobody without %s, and names what is missing', async (sid, action) => {
    const role = of('RedeemRole');
    expect(role.map((one) => one.sid)).toContain(sid);
    const { isConnected, said } = await redeemUnder(without(sid, role));
    expect(isConnected).toBe(false);
    expect(said).toContain(action);
  });
});

describe('a right to tell others', () => {
  it('is missed by name, and holds no consent up: the next run that has it tells', async () => {
    const { isConnected, said, sim } = await redeemUnder(without('TellChanges', of('RedeemRole')));
    expect(isConnected).toBe(true);
    expect(said).toContain('events:PutEvents');
    const events = createEventBus();
    await sim.rotate({}, { ...sim.ports(), events });
    expect(events.taken.map(({ type }) => type)).toContain('Tenant Connected');
  });
});

describe(createConnectPage.name, () => {
  it('lets the page take a consent, and needs nothing that it has not', async () => {
    expect(await visitUnder(of('ConnectRole'))).toMatchObject({ codes: 1 });
  });

  it('files the code without the right to invoke redeem, and the next run connects', async () => {
    const sim = createSimulation();
    const { refresh_token: _, ...acme } = oauth2Entry('acme', '');
    sim.save('default', { tenants: { acme } });
    const role = of('ConnectRole');
    const sid = role.find(({ actions }) => actions.includes('lambda:InvokeFunction'))?.sid ?? '';
    const scene = makeConnectScene(roleGate(without(sid, role)), sim);
    const link = scene.invite(linkOf(sim, 'acme'));
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(link.path)).searchParams.get('state');
    const code = sim.server.consent('acme');
    const reply = await visitor.get(`/callback/oauth2?state=${state}&code=${code}`);
    const waiting = await visitor.get(reply.headers.get('location') ?? '');
    expect([waiting.status, scene.asked]).toEqual([200, []]);
    expect(JSON.stringify(scene.logged)).toContain('lambda:InvokeFunction');
    await sim.rotate();
    expect(scene.link(link.id).status.kind).toBe('connected');
  });

  it.each(
    of('ConnectRole')
      .filter(({ actions }) => actions.some((action) => /^(s3|kms):/.test(action)))
      .map(({ sid }) => sid),
  )('takes none without %s, and names what is missing in its log', async (sid) => {
    const { codes, said } = await visitUnder(without(sid, of('ConnectRole')));
    expect(codes).toBe(0);
    expect(said).toMatch(/s3:|kms:/);
  });
});
