import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Home } from '../homes/home.ts';
import type { PlaceHints } from '../terminal/place-hints.ts';
import { createUiApp } from './ui-app.ts';
import { createUiGuard } from './ui-guard.ts';

/** Pages of this machine that are served. */
export interface ServedUi {
  /** Makes an address that lets one browser in. */
  newAddress(): string;
  close(): Promise<void>;
}

/** Serves `tokens ui` on a free port of 127.0.0.1, or on the port that is named. */
export async function serveUi(home: Home, port: number, hints: PlaceHints): Promise<ServedUi> {
  let app: Hono | null = null;
  const server = createAdaptorServer({
    fetch: (request: Request) => app?.fetch(request) ?? new Response(null, { status: 503 }),
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const guard = createUiGuard((server.address() as AddressInfo).port);
  app = createUiApp(home, guard, hints);
  return {
    newAddress: guard.newAddress,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
