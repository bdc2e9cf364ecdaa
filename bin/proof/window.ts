import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lambda/clock.ts';
import { parseEvent } from '../../lambda/event.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';
import { startTokenServer } from '../../test/fakes/token-server.ts';
import { median } from '../bench/median.ts';

const ACCOUNTS = 200;

/** Widths of the window in which an answer exists and is durable nowhere, in milliseconds. */
export interface Window {
  answers: number;
  p50: number;
  p99: number;
}

/**
 * Measures the time from the server's own commit to the archive's acknowledgement, over HTTP on
 * loopback and a folder on this disk.
 */
export async function measureWindow(): Promise<Window> {
  const folder = await mkdtemp(join(tmpdir(), 'token-rotator-window-'));
  const server = await startTokenServer();
  const committedAt = new Map<string, number>();
  const widths: number[] = [];
  server.onMoment = (moment, account) => {
    if (moment === 'committed') {
      committedAt.set(account, performance.now());
    }
  };
  try {
    const home = await openFolderHome({ home: join(folder, 'home') });
    await home.vault.swap('default', null, mapOf(server), randomUUID());
    const archive = {
      ...home.archive,
      async put(key: string, value: object) {
        await home.archive.put(key, value);
        const account = /([^/]+)-\d+\.json$/.exec(key)?.[1] ?? '';
        const from = committedAt.get(account);
        if (from !== undefined) {
          widths.push(performance.now() - from);
        }
      },
    };
    const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });
    const ports = {
      ...home,
      archive,
      http,
      clock: systemClock,
      log: () => undefined,
    };
    await rotate(ports, parseEvent({}), {
      runId: randomUUID(),
      deadlineAt: Number.POSITIVE_INFINITY,
    });
    return {
      answers: widths.length,
      p50: median(widths),
      p99: median(widths, 0.99),
    };
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function mapOf({ authorization, tokenUrl }: Awaited<ReturnType<typeof startTokenServer>>): string {
  const names = Array.from({ length: ACCOUNTS }, (_, index) => `account-${index}`);
  const app = {
    provider: 'oauth2',
    token_url: tokenUrl,
    client_id: 'proof',
    client_secret: 'proof',
    min_interval_ms: 0,
  };
  const tenants = names.map((name) => [
    name,
    { app: 'proof', refresh_token: authorization.open(name, 'detect') },
  ]);
  return JSON.stringify({
    version: 1,
    apps: { proof: app },
    tenants: Object.fromEntries(tenants),
  });
}
