import type { Rotation } from '../fakes/authorization-server.ts';
import type { TokenServer } from '../fakes/token-server.ts';

/** One account at the server, and the tenants that hold its credential. */
export interface Account {
  name: string;
  rotation: Rotation;
  shard: string;
  tenants: readonly string[];
}

const account = (
  shard: string,
  name: string,
  rotation: Rotation,
  tenants: readonly string[] = [name],
): Account => ({
  name,
  rotation,
  shard,
  tenants,
});

export const SHARDS = ['default', 'eu'];

/** Rotating and non-rotating ones in two shards; two tenants share one credential. */
export const ACCOUNTS: readonly Account[] = [
  account('default', 'anna', 'detect'),
  account('default', 'berta', 'immediate'),
  account('default', 'cleo', 'never'),
  account('default', 'twins', 'detect', ['dora', 'dora2']),
  account('eu', 'emil', 'detect'),
  account('eu', 'frida', 'immediate'),
  account('eu', 'gerda', 'silent'),
  account('eu', 'hugo', 'detect'),
];

/** The first map of a shard, each account's first refresh token in it. */
export function firstMap(server: TokenServer, shard: string): string {
  const tenants: Record<string, object> = {};
  for (const { name, rotation, tenants: names } of ACCOUNTS.filter((one) => one.shard === shard)) {
    const refresh_token = server.authorization.open(name, rotation);
    for (const tenant of names) {
      tenants[tenant] = {
        provider: 'oauth2',
        token_url: server.tokenUrl,
        client_id: shard,
        client_secret: `secret.${shard}`,
        refresh_token,
        // One after the other: a kill then finds tenants at every step, and few of them in the
        // window.
        max_concurrency: 1,
        min_interval_ms: 25,
      };
    }
  }
  return JSON.stringify({ version: 1, tenants }, null, 2);
}
