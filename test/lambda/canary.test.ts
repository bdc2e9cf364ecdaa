import { describe, expect, it } from 'vitest';
import { planFleet } from '../../bin/plan/plan-fleet.ts';
import { toPlanned } from '../../bin/plan/to-planned.ts';
import { explainStatus, groupExplained } from '../../bin/status/explain-status.ts';
import { readStatus } from '../../bin/status/read-status.ts';
import { toPublicError } from '../../lambda/handlers/public-error.ts';
import { parseVaultMap } from '../../lambda/map/vault-map.ts';
import type { Report } from '../../lambda/outcome.ts';
import type { HttpAnswer, HttpRequest, RunPorts } from '../../lambda/ports.ts';
import { cutReport } from '../../lambda/report/cut-report.ts';
import { digest } from '../../lambda/report/digest.ts';
import { measure } from '../../lambda/report/metrics.ts';
import { drill } from '../../lambda/run/drill.ts';
import { createEventBus } from '../fakes/event-bus.ts';
import { createScene, type Scene } from '../fakes/scene.ts';
import { jsonReply, networkFailure, type Reply, textReply } from '../fakes/simulated-http.ts';

const SECRETS = [
  'secret.acme canary+1',
  'secret/shared canary=2',
  'secret-connect-canary-3',
  `verifier-canary-${'v'.repeat(40)}`,
  'user canary@example.org',
];
const [ACME_SECRET, SHARED_SECRET, CONNECT_SECRET, VERIFIER, USER] = SECRETS as [
  string,
  string,
  string,
  string,
  string,
];

/**
 * Tenants of every grant, of all encodings and client authentications, beside entries that are
 * wrong in ways that touch secrets.
 */
function planted(): Scene {
  const scene = createScene({ shards: ['default', 'broken'] });
  const shared = {
    provider: 'oauth2',
    token_url: 'https://shared.example/token',
    client_id: 'shared',
    client_secret: SHARED_SECRET,
    client_auth: 'basic',
    body: 'json',
    redirect_uri: 'https://x.example/',
  };
  scene.save('default', {
    apps: { shared },
    tenants: {
      acme: scene.tenant('acme', 'detect', { client_secret: ACME_SECRET }),
      twin: { app: 'shared', refresh_token: scene.server.open('twin', 'immediate') },
      coded: {
        app: 'shared',
        authorization_code: scene.server.consent('coded'),
        code_verifier: VERIFIER,
      },
      shopper: {
        provider: 'instacart-connect',
        client_id: 'ic',
        client_secret: CONNECT_SECRET,
        user_id: USER,
      },
      wrongUrl: {
        provider: 'oauth2',
        client_id: 'x',
        token_url: `http://${'secret-connect-canary-3'}.example/`,
        refresh_token: 'refresh.acme.7001',
      },
      wrongType: { app: 'shared', refresh_token: { nested: 'refresh.acme.7002' } },
      wrongHeader: {
        app: 'shared',
        refresh_token: 'refresh.acme.7003',
        headers: { X: `a\n${ACME_SECRET}` },
      },
    },
  });
  scene.world.vault.save(
    'broken',
    `{"version":1,"tenants":{"a":{"refresh_token":"refresh.acme.7004",}}} ${SHARED_SECRET}`,
  );
  return scene;
}

const WEEKLY = { expression: 'rate(7 days)', timeZone: 'UTC', keepFresh: false, memoryMb: 512 };

function canariesOf(scene: Scene): string[] {
  const accounts = [...scene.server.accounts.values()];
  const issued = accounts.flatMap(({ family, codes, accessTokens }) => [
    ...family.keys(),
    ...codes,
    ...accessTokens,
  ]);
  const sent = scene.http.sent.flatMap(({ credential }) => credential ?? []);
  const planted = [7001, 7002, 7003, 7004].map((number) => `refresh.acme.${number}`);
  return [...new Set([...SECRETS, ...issued, ...sent, ...planted])];
}

/** A text as it stands, in URLs, in forms and in base64. */
function spellings(canary: string): string[] {
  const form = new URLSearchParams([['', canary]]).toString().slice(1);
  const base64 = Buffer.from(canary).toString('base64').replace(/=+$/, '');
  const basic = Buffer.from(`shared:${form}`).toString('base64').replace(/=+$/, '');
  return [
    canary,
    encodeURIComponent(canary),
    form,
    JSON.stringify(canary).slice(1, -1),
    base64,
    Buffer.from(canary).toString('base64url'),
    basic,
  ];
}

function expectClean(scene: Scene, outputs: Record<string, unknown>): void {
  const texts = Object.entries(outputs).map(
    ([name, value]) =>
      `${name}: ${typeof value === 'string' ? value : JSON.stringify(value ?? null)}`,
  );
  const all = texts.join('\n');
  const found = canariesOf(scene).flatMap((canary) =>
    spellings(canary).filter((spelling) => all.includes(spelling)),
  );
  expect(
    found.map((spelling) => [spelling, texts.find((text) => text.includes(spelling))]),
  ).toEqual([]);
}

/**
 * Everything that leaves a run, but for what consumers read, the vault and the answers in the
 * archive.
 */
function outputsOf(
  scene: Scene,
  report: Report | undefined,
  thrown: unknown,
): Record<string, unknown> {
  const objects = [...scene.world.objects];
  const shown = toPublicError(thrown);
  return {
    logs: scene.logs,
    report,
    result: report && cutReport(report),
    metrics: report && measure(report),
    mail: report && digest([report], 'token-rotator'),
    error: thrown === undefined ? null : `${shown.message}\n${shown.stack}`,
    keys: objects.map(([key]) => key),
    reports: objects.filter(([key]) => key.startsWith('runs/')),
    exchanges: objects
      .filter(([key]) => key.startsWith('responses/'))
      .map(([, value]) => ({ ...JSON.parse(value), body: null, headers: null })),
    states: [...scene.world.states.values()],
    labels: ['default', 'broken'].map((shard) =>
      scene.world.vault.stored(shard).labels.get('AWSCURRENT'),
    ),
  };
}

async function runAll(scene: Scene, request = {}): Promise<void> {
  let report: Report | undefined;
  let thrown: unknown;
  const bus = createEventBus();
  const ports = { ...scene.openPorts(), events: bus };
  try {
    report = await scene.rotate(request, ports);
  } catch (error) {
    thrown = error;
  }
  expectClean(scene, {
    ...outputsOf(scene, report, thrown),
    events: bus.taken,
    ...(await toldLater(scene.ports())),
  });
}

/** What the command line and the pages say of the fleet afterwards. */
async function toldLater(ports: RunPorts): Promise<Record<string, unknown>> {
  const shards = await readStatus(ports, null);
  const statuses = shards.flatMap(({ tenants }) => tenants);
  const fleet = shards.flatMap((shard) => shard.fleet);
  const explained = await explainStatus(ports, statuses, fleet);
  const now = new Date(ports.clock.now());
  const map = parseVaultMap((await ports.vault.read('default'))?.text ?? null);
  const planned = toPlanned({ shard: 'default', map, published: new Map() }, now);
  const plan = planFleet(planned, WEEKLY, now);
  const calendar = fleet.map(({ ends }) => ends);
  const drilled = await drill(ports, null);
  return { explained, causes: groupExplained(explained), plan, calendar, drilled };
}

/** Sends back whatever it was sent: in its body, its headers and its redirect. */
function echo(status: number, request: HttpRequest, body?: object): HttpAnswer {
  const all = `${request.url} ${JSON.stringify(request.headers)} ${request.body}`;
  const header = encodeURIComponent(all).slice(0, 4000);
  const headers = {
    location: `https://evil.example/?${header}`,
    'www-authenticate': `Bearer error="${header}"`,
    'x-echo': header,
    'retry-after': header,
    'x-ratelimit-remaining': header,
  };
  const sent = Object.fromEntries(
    new URLSearchParams(request.body?.startsWith('{') ? '' : request.body),
  );
  return jsonReply(
    status,
    body ?? {
      error: all,
      error_description: all,
      error_uri: all,
      scope: all,
      token_type: all,
      ...sent,
    },
    headers,
  );
}

const ECHOES: [string, Reply][] = [
  ...[200, 302, 400, 401, 403, 404, 429, 500].map((status): [string, Reply] => [
    `an echo with ${status}`,
    (request) => echo(status, request),
  ]),
  ...['invalid_grant', 'invalid_client', 'invalid_request', 'unauthorized_client'].map(
    (error): [string, Reply] => [
      `an echo of ${error}`,
      (request) => echo(400, request, { error, error_description: `${request.body}` }),
    ],
  ),
  ['an echo as HTML', (request) => textReply(200, `<html>${request.body}</html>`)],
  [
    'an echo as the type of the token',
    (request) =>
      echo(200, request, { access_token: 'a', token_type: request.body, expires_in: request.body }),
  ],
  ['a lost answer', networkFailure('no_answer', 'ECONNRESET')],
  ['no connection', networkFailure('not_sent', 'ENOTFOUND')],
];

describe('no secret leaves a run', () => {
  it('that goes well, nor one that has nothing to do, nor a dry one', async () => {
    const scene = planted();
    await runAll(scene);
    await runAll(scene);
    await runAll(scene, { dry_run: true });
    await runAll(scene, { tenants: ['nobody'] });
  });

  it.each(ECHOES)('whose provider answers with %s', async (_what, reply) => {
    const scene = planted();
    for (const account of ['acme', 'twin', 'coded', 'shared', 'connect.instacart.com']) {
      scene.http.always(account, reply);
    }
    await runAll(scene);
    await runAll(scene);
  });

  it('whose provider issues tokens and echoes everything beside them', async () => {
    const scene = planted();
    for (const account of ['acme', 'twin', 'coded', 'connect.instacart.com']) {
      scene.http.always(account, (request) => {
        const issued = JSON.parse(Buffer.from(scene.server.handle(request).body).toString());
        return echo(200, request, { ...issued, error: request.body, created_at: request.body });
      });
    }
    await runAll(scene);
    const published = scene.world.accessTokens.text('default');
    // The fake server names its access tokens after the user.
    const neverPublished = canariesOf(scene).filter(
      (canary) => !canary.startsWith('access.') && canary !== USER,
    );
    expect(neverPublished.filter((canary) => published.includes(canary))).toEqual([]);
  });

  it.each(['vault', 'access_tokens', 'archive', 'states'] as const)(
    'whose %s fails at every call',
    async (port) => {
      for (let nth = 1; nth <= 8; nth++) {
        const scene = planted();
        let calls = 0;
        scene.faults.fail((effect) => effect.port === port && ++calls >= nth);
        await runAll(scene);
        scene.faults.heal();
        scene.clock.jump(300_000);
        await runAll(scene);
      }
    },
  );

  it('in which a port breaks its contract and throws what it was given', async () => {
    const scene = planted();
    for (const account of ['acme', 'twin', 'coded']) {
      scene.http.always(account, (request) => {
        throw new Error(`cannot send ${request.body} with ${JSON.stringify(request.headers)}`);
      });
    }
    await runAll(scene);
  });

  it('in which an old copy of the map is mended', async () => {
    const scene = planted();
    const copy = scene.world.vault.text('default');
    await scene.run();
    scene.world.vault.save('default', copy);
    await runAll(scene, { dry_run: true });
    await runAll(scene);
  });

  it('on demand', async () => {
    const scene = planted();
    for (const reply of [undefined, ...ECHOES.map(([, one]) => one)]) {
      scene.http.always('acme', reply ?? null);
      scene.clock.jump(3_600_000);
      const outcome = await scene
        .refresh({ tenant: 'acme' })
        .catch((error: unknown) => toPublicError(error).message);
      expectClean(scene, { ...outputsOf(scene, undefined, undefined), outcome });
    }
  });
});
