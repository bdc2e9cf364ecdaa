import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { parseEvent } from '../../../lambda/event.ts';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import type { RunPorts, Secrets } from '../../../lambda/ports.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { createMemoryWorld, memoryPorts } from '../../fakes/memory-ports.ts';
import { type OidcClient, type OidcServer, startOidcServer } from '../../fakes/oidc-server.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const REFRESHES = 20;
const POST: OidcClient = {
  client_id: 'poster',
  client_secret: 'post:secret+&%',
  token_endpoint_auth_method: 'client_secret_post',
};
const BASIC: OidcClient = {
  client_id: 'basic',
  client_secret: 'basic:secret+&%',
  token_endpoint_auth_method: 'client_secret_basic',
};
const TENANTS = { anna: POST, berta: POST, cleo: BASIC, dora: BASIC };

const HOMES: [
  string,
  () => Promise<Pick<RunPorts, 'vault' | 'accessTokens' | 'archive' | 'records' | 'states'>>,
][] = [
  ['memory', async () => memoryPorts(createMemoryWorld(systemClock))],
  ['a folder', () => openFolderHome({ home: temporaryFolder() })],
];

describe.each(HOMES)('an OpenID provider with reuse detection, over %s', (_name, openHome) => {
  it(`accepts every stored token after ${REFRESHES} refreshes, and sees none twice`, async () => {
    const server = await startOidcServer([POST, BASIC]);
    onTestFinished(() => server.close());
    const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });
    const ports: RunPorts = {
      ...(await openHome()),
      http,
      clock: systemClock,
      log: () => undefined,
    };
    await ports.vault.swap('default', null, await firstMap(server), randomUUID());
    const spent = new Set<string>();

    for (let run = 1; run <= REFRESHES; run++) {
      for (const token of (await storedTokens(ports.vault)).values()) {
        spent.add(token);
      }
      const report = await rotate(ports, parseEvent({}), {
        runId: randomUUID(),
        deadlineAt: Number.POSITIVE_INFINITY,
      });
      expect(report.summary).toMatchObject({ total: 4, rotated: 4 });
      expect(report.outcomes.every(({ refresh_token_changed: changed }) => changed)).toBe(true);
    }

    const stored = await storedTokens(ports.vault);
    expect([...stored.keys()]).toEqual(Object.keys(TENANTS));
    for (const token of stored.values()) {
      expect(await server.accepts(token)).toBe(true);
    }
    expect(spent.size).toBe(4 * REFRESHES);
    for (const token of spent) {
      expect(await server.accepts(token)).toBe(false);
    }
    expect(server.revokedGrants()).toBe(0);

    // That the provider would have noticed: one spent token, sent again, costs the family.
    const [old = ''] = spent;
    await rotateOnce(server, old);
    expect(server.revokedGrants()).toBe(1);
    expect(await server.accepts(stored.get('anna') ?? '')).toBe(false);
  });
});

async function firstMap(server: OidcServer): Promise<string> {
  const entries = Object.entries(TENANTS).map(async ([tenant, client]) => {
    const { client_id, client_secret, token_endpoint_auth_method: method } = client;
    const client_auth = method === 'client_secret_post' ? 'post' : 'basic';
    const refresh_token = await server.consent(client, tenant);
    return [
      tenant,
      {
        provider: 'oauth2',
        token_url: server.tokenUrl,
        client_id,
        client_secret,
        client_auth,
        min_interval_ms: 0,
        refresh_token,
      },
    ];
  });
  return JSON.stringify({ version: 1, tenants: Object.fromEntries(await Promise.all(entries)) });
}

async function storedTokens(vault: Secrets): Promise<Map<string, string>> {
  const { tenants } = JSON.parse((await vault.read('default'))?.text ?? '') as {
    tenants: Record<string, { refresh_token: string }>;
  };
  return new Map(
    Object.entries(tenants).map(([tenant, { refresh_token }]) => [tenant, refresh_token]),
  );
}

function rotateOnce({ tokenUrl }: OidcServer, refreshToken: string): Promise<Response> {
  const { client_id, client_secret } = POST;
  return fetch(tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id,
      client_secret,
    }),
  });
}
