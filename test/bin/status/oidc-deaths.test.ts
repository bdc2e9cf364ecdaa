import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { parseEvent } from '../../../lambda/event.ts';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import type { Http, RunPorts } from '../../../lambda/ports.ts';
import { explainFailures } from '../../../lambda/run/explain-failures.ts';
import { readFleetTenants } from '../../../lambda/run/read-fleet-tenants.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { createMemoryWorld, memoryPorts } from '../../fakes/memory-ports.ts';
import { type OidcClient, type OidcServer, startOidcServer } from '../../fakes/oidc-server.ts';

const CLIENT: OidcClient = {
  client_id: 'client',
  client_secret: 'secret',
  token_endpoint_auth_method: 'client_secret_post',
};

const OTHER: OidcClient = { ...CLIENT, client_id: 'other', client_secret: 'other-secret' };

const toServer = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });

/** The server commits, and the next answer is lost on the way. */
function losingOneAnswer(): Http {
  let lost = false;
  return {
    async send(request, timeoutMs) {
      const answer = await toServer.send(request, timeoutMs);
      if (lost) {
        return answer;
      }
      lost = true;
      const failure = { kind: 'no_answer', code: 'ECONNRESET' } as const;
      return { status: null, headers: {}, body: new Uint8Array(), failure };
    },
  };
}

describe('a death at an OpenID provider with reuse detection', () => {
  let server: OidcServer;
  let ports: RunPorts;
  beforeEach(async () => {
    server = await startOidcServer([CLIENT, OTHER]);
    onTestFinished(() => server.close());
    const stores = memoryPorts(createMemoryWorld(systemClock));
    ports = { ...stores, http: toServer, clock: systemClock, log: () => undefined };
    const { client_id, client_secret } = CLIENT;
    const entry = { provider: 'oauth2', token_url: server.tokenUrl, client_id, client_secret };
    const acme = {
      ...entry,
      client_auth: 'post',
      refresh_token: await server.consent(CLIENT, 'a'),
    };
    const text = JSON.stringify({ version: 1, tenants: { acme } });
    await ports.vault.swap('default', null, text, randomUUID());
    await run();
  });

  const run = (http: Http = toServer) =>
    rotate({ ...ports, http }, parseEvent({}), {
      runId: randomUUID(),
      deadlineAt: Date.now() + 900_000,
    });

  async function causes(): Promise<string[]> {
    const fleet = await readFleetTenants(ports, undefined);
    const [explained] = await explainFailures(ports.archive, fleet, fleet);
    return (explained?.causes ?? []).map(({ cause, certainty }) => `${cause} ${certainty}`);
  }

  async function storedToken(): Promise<string> {
    const { tenants } = JSON.parse((await ports.vault.read('default'))?.text ?? '');
    return tenants.acme.refresh_token;
  }

  it('of a lost answer is named', async () => {
    const { outcomes } = await run(losingOneAnswer());
    expect(outcomes[0]?.error?.code).toBe('needs_authorization');
    expect(await causes()).toEqual(['answer_lost certain']);
  });

  /** Changes the tenant's entry, as an operator would. */
  async function edit(change: object): Promise<void> {
    const version = await ports.vault.read('default');
    const map = JSON.parse(version?.text ?? '');
    Object.assign(map.tenants.acme, change);
    const text = JSON.stringify(map);
    await ports.vault.swap('default', version?.versionId ?? null, text, randomUUID());
  }

  it('of a wrong client secret is named, and not as certain', async () => {
    await edit({ client_secret: 'another' });
    await run();
    expect(await causes()).toEqual(['secret_changed likely']);
  });

  it('of a client that was replaced is named first, and not as certain', async () => {
    const { client_id, client_secret } = OTHER;
    await edit({ client_id, client_secret });
    await run();
    expect(await causes()).toEqual(['client_changed likely', 'spent_elsewhere possible']);
  });

  it('of a token that another program spent is named, and not as certain', async () => {
    const sent = { grant_type: 'refresh_token', refresh_token: await storedToken() };
    const { client_id, client_secret } = CLIENT;
    const body = new URLSearchParams({ ...sent, client_id, client_secret });
    expect((await fetch(server.tokenUrl, { method: 'POST', body })).status).toBe(200);
    await run();
    expect(await causes()).toEqual(['spent_elsewhere possible', 'withdrawn possible']);
  });
});
