import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import {
  type ConnectPage,
  type Invitation,
  inviteTenant,
} from '../../bin/consent/invite-tenant.ts';
import type { Home } from '../../bin/homes/home.ts';
import { createConnectApp } from '../../lambda/connect/connect-app.ts';
import { readLink } from '../../lambda/connect/connect-store.ts';
import type { LogRecord } from '../../lambda/log.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { redeemLink } from '../../lambda/run/redeem-link.ts';

/** The connect pages over a home, served on loopback, with a redeem function behind them. */
export interface ConnectSite {
  page: ConnectPage;
  /** What the pages wrote to their log. */
  logged: LogRecord[];
  /** Paths and queries that were asked for. */
  paths: string[];
  /** While it is set, the redeem function is asked and does nothing. */
  hold: boolean;
  invite(tenant: string, note?: string): Promise<Invitation & { id: string }>;
  link(id: string): ReturnType<typeof readLink>;
  /** Resolves when every redeem function that was asked has ended. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Serves the connect pages of a home on a free port of 127.0.0.1. */
export async function startConnectSite(home: () => Home): Promise<ConnectSite> {
  let app: Hono | null = null;
  const paths: string[] = [];
  const server = createAdaptorServer({
    fetch: (request: Request) => {
      paths.push(request.url);
      return app?.fetch(request) ?? new Response(null, { status: 503 });
    },
  }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const page = { url, redirectUri: `${url}/callback` };
  const running = new Set<Promise<unknown>>();
  const logged: LogRecord[] = [];
  const redeem = (id: string) => {
    const options = { runId: randomUUID(), deadlineAt: Date.now() + 600_000 };
    const run = redeemLink(home().ports, id, options).finally(() => running.delete(run));
    running.add(run);
  };
  const site: ConnectSite = {
    page,
    logged,
    paths,
    hold: false,
    async invite(tenant, note) {
      const { ports } = home();
      const map = (await readFleet(ports, 'default')).maps.get('default');
      if (!map) {
        throw new Error('The map could not be read.');
      }
      const terms = { lifetimeMs: 86_400_000, note: note ?? null };
      const made = await inviteTenant(ports, page, { name: tenant, shard: 'default', map }, terms);
      return { ...made, id: made.url.slice(`${url}/c/`.length, -52) };
    },
    link: (id) => readLink(home().ports.records, id),
    async settled() {
      while (running.size > 0) {
        await Promise.allSettled(running);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  app = createConnectApp(
    {
      records: {
        read: (key) => home().ports.records.read(key),
        write: (key, text, etag) => home().ports.records.write(key, text, etag),
      },
      archive: { create: (key, value) => home().ports.archive.create(key, value) },
      askRedeem: async (id) => {
        if (!site.hold) {
          redeem(id);
        }
      },
      clock: { now: () => Date.now() },
      log: (record) => void logged.push(record),
    },
    { title: 'Nord Agency', contact: 'ann@nord.example', logo: null },
  );
  return site;
}
