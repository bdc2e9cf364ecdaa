import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { parseEvent } from '../../../lambda/event.ts';
import type { Outcome, Report } from '../../../lambda/outcome.ts';
import type { RunPorts } from '../../../lambda/ports.ts';
import { providers } from '../../../lambda/providers/registry.ts';
import { isStatic } from '../../../lambda/providers/request-fields.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { createMemoryWorld, memoryPorts } from '../../fakes/memory-ports.ts';
import {
  startWirePlatform,
  type WirePlatform,
  type WireRequest,
} from '../../fakes/wire-platform.ts';
import { fixtures } from './wire/all.ts';
import {
  type Ask,
  CANARY,
  CLIENT_ID,
  CLIENT_SECRET,
  type Refusal,
  type Sent,
} from './wire/fixture.ts';
import { withoutAccounts } from './wire/without-accounts.ts';

let platform: WirePlatform | undefined;
afterEach(() => platform?.close());

interface Home {
  ports: RunPorts;
  outcome: Outcome;
  vault(): Promise<Record<string, unknown>>;
  published(): Promise<Record<string, unknown>>;
  /** Everything that a run wrote or said, but the two secrets and the bodies of the archive. */
  said: string;
}

/** One whole run over a home with one tenant. */
async function run(id: string, entry: Record<string, unknown>): Promise<Home> {
  const world = createMemoryWorld(systemClock);
  const logs: unknown[] = [];
  const ports: RunPorts = {
    ...memoryPorts(world),
    http: withoutAccounts(id, platform?.http),
    clock: systemClock,
    log: (record) => logs.push(record),
  };
  const all = { provider: id, client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...entry };
  const map = JSON.stringify({ version: 1, tenants: { acme: all } });
  await ports.vault.swap('default', null, map, randomUUID());
  const report: Report = await rotate(ports, parseEvent({}), {
    runId: randomUUID(),
    deadlineAt: Number.POSITIVE_INFINITY,
  });
  const archived = [...world.objects.values()].map((stored) => withoutBody(stored));
  const [outcome] = report.outcomes;
  if (!outcome) {
    throw new Error('The run has no outcome.');
  }
  const tenantIn = async (secrets: RunPorts['vault']) => {
    const text = (await secrets.read('default'))?.text ?? '{}';
    return (JSON.parse(text).tenants?.acme ?? {}) as Record<string, unknown>;
  };
  return {
    ports,
    outcome,
    vault: () => tenantIn(ports.vault),
    published: () => tenantIn(ports.accessTokens),
    said: JSON.stringify([report, logs, archived]),
  };
}

/** The body of an answer is the only place that may hold a token. */
function withoutBody(stored: unknown): unknown {
  const object = typeof stored === 'string' ? (JSON.parse(stored) as object) : (stored as object);
  return { ...object, body: undefined };
}

function paramsOf({ kind }: Sent, request: WireRequest | undefined): unknown {
  if (kind === 'query') {
    return request?.query;
  }
  if (kind === 'json') {
    return JSON.parse(request?.body ?? '');
  }
  return Object.fromEntries(new URLSearchParams(request?.body));
}

/** Patterns where the expected value is one. */
function asMatchers(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  );
}

function expectSent(sent: Sent, request: WireRequest | undefined): void {
  expect(request?.to).toBe(sent.to);
  expect(request?.basic).toBe(sent.basic);
  expect(paramsOf(sent, request)).toEqual(asMatchers(sent.params));
  expect(request?.headers).toMatchObject(asMatchers(sent.headers ?? {}));
  if (sent.kind !== 'query') {
    expect(request?.query).toEqual({});
  }
}

async function expectIssued({ issued, entry }: Ask, home: Home): Promise<void> {
  const { access_token, expires_at, headers, values } = await home.published();
  const matcher = issued.access_token;
  expect(access_token).toEqual(
    matcher instanceof RegExp ? expect.stringMatching(matcher) : matcher,
  );
  const { Authorization, ...named } = headers as Record<string, string>;
  const authorization = Authorization ? { Authorization } : {};
  expect({ ...named, ...authorization }).toEqual(issued.headers ?? {});
  expect(values).toEqual(issued.values);
  const lifeMs = Date.parse(String(expires_at)) - Date.now();
  if (issued.lives === null) {
    expect(expires_at).toBeNull();
  } else {
    expect(Math.abs(lifeMs - issued.lives * 1000)).toBeLessThan(120_000);
  }
  const held = await home.vault();
  expect(held.refresh_token).toBe(issued.refresh_token ?? entry?.refresh_token);
  expect(held).not.toHaveProperty('authorization_code');
}

async function refused(id: string, ask: Ask, [status, body]: Refusal): Promise<Home> {
  const headers = { 'retry-after': '99999' };
  platform?.answer({ status, body: body as object, headers });
  const home = await run(id, { ...fixtures[id]?.entry, ...ask.entry });
  expect(home.said.includes(CANARY)).toBe(false);
  return home;
}

describe('every shipped provider that is asked', () => {
  it('has a fixture', () => {
    const asked = [...providers.values()].filter((definition) => !isStatic(definition));
    expect(Object.keys(fixtures).toSorted()).toEqual(asked.map(({ id }) => id).toSorted());
  });
});

describe.each(Object.entries(fixtures))('%s on the wire', (id, fixture) => {
  it.each(fixture.asks.map((ask) => [ask.grant, ask] as const))(
    'is asked by %s',
    async (_grant, ask) => {
      platform = await startWirePlatform();
      platform.answer(...ask.replies.map((body) => ({ body: body as object })));
      const home = await run(id, { ...fixture.entry, ...ask.entry });
      expect(home.outcome).toMatchObject({ status: 'rotated', grant_type: ask.grant });
      const requests = platform.requests();
      expect(requests).toHaveLength(ask.sent.length);
      for (const [index, sent] of ask.sent.entries()) {
        expectSent(sent, requests[index]);
      }
      await expectIssued(ask, home);
      expect(home.said.includes(CANARY)).toBe(false);
      expect(home.said.includes('PRIVATE KEY')).toBe(false);
    },
  );

  const renewed =
    fixture.asks.findLast(({ grant }) => grant === 'refresh_token') ?? fixture.asks[0];
  if (!renewed || renewed.local) {
    return;
  }
  const { dead, badClient, throttled = [429, 'slow down'] } = fixture;

  it.runIf(dead)('says that a dead credential needs a person', async () => {
    platform = await startWirePlatform();
    const { outcome } = await refused(id, renewed, dead ?? [400, '']);
    expect(outcome.error?.code).toBe('needs_authorization');
  });

  it.runIf(badClient)('says that its client was refused', async () => {
    platform = await startWirePlatform();
    const { outcome } = await refused(id, renewed, badClient ?? [401, '']);
    expect(outcome.error?.code).toBe('app_rejected');
  });

  it('says that it asked to slow down', async () => {
    platform = await startWirePlatform();
    const { outcome } = await refused(id, renewed, throttled);
    expect(outcome.error?.code ?? outcome.status).toMatch(/throttled|deferred/);
  });
});

describe('a second exchange at once', () => {
  const held = { authorization_code: 'CANARY-code', redirect_uri: 'https://agency.example/cb' };
  const short = { body: { access_token: 'short', expires_in: 3600 } };
  const long = { body: { access_token: 'long', token_type: 'bearer', expires_in: 5_183_944 } };

  async function secondRun({ ports }: Home): Promise<Outcome | undefined> {
    const options = { runId: randomUUID(), deadlineAt: Number.POSITIVE_INFINITY };
    return (await rotate(ports, parseEvent({}), options)).outcomes[0];
  }

  it.each(['meta', 'instagram'])(
    'leaves the first token of %s when it fails, and is made by the next run',
    async (id) => {
      platform = await startWirePlatform();
      platform.answer(short, { status: 400, body: { error: { code: 1 } } }, long);
      const home = await run(id, held);
      expect(home.outcome).toMatchObject({ status: 'rotated', attempts: 2 });
      expect(await home.vault()).toMatchObject({ refresh_token: 'short' });
      expect(await home.published()).toMatchObject({ access_token: 'short' });

      expect(await secondRun(home)).toMatchObject({ status: 'rotated' });
      expect(await home.published()).toMatchObject({ access_token: 'long' });
      expect(await home.vault()).toMatchObject({ refresh_token: 'long' });
      const [, second, third] = platform.requests();
      expect(third).toMatchObject({ to: second?.to, query: second?.query });
    },
  );

  it('renews no token that its platform calls too young', async () => {
    platform = await startWirePlatform();
    platform.answer(short, long);
    const home = await run('instagram', held);
    const outcome = await secondRun(home);
    expect(outcome?.status).toBe('skipped');
    expect(outcome?.reason).toContain('renews it from');
  });

  it('leaves a token alone that has no end and cannot be renewed', async () => {
    platform = await startWirePlatform();
    platform.answer({ body: { code: 0, data: { access_token: 'endless' } } });
    const home = await run('tiktok-business', held);
    const outcome = await secondRun(home);
    expect(outcome).toMatchObject({ status: 'skipped' });
    expect(outcome?.reason).toContain('has no end');
    expect(await home.published()).toMatchObject({ access_token: 'endless', expires_at: null });
  });
});
