import type { Server } from 'node:http';
import requestStore from 'oidc-provider/lib/helpers/als.js';

/**
 * Stops the server of an OpenID provider, and what keeps the request that it answers. While that is
 * on, each promise of the tests that follow takes three times as long.
 */
export async function closeProvider(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  requestStore.disable();
}
