import { fingerprint } from '../../lambda/fingerprint.ts';
import { isObject } from '../../lambda/is-object.ts';
import { traitsOf } from '../../lambda/map/tenant-filter.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { secretsOf } from '../map/app-secrets.ts';
import { secretFieldOfApp } from '../map/client-secret.ts';

/** One app in one shard, and how many tenants use it. */
export interface AppUse {
  app: string;
  shard: string;
  provider: string | null;
  tenants: number;
  /** Fingerprints of its client secrets, in the order in which they are tried. */
  secrets: string[];
}

/**
 * Lists every app of every shard that can be read. Throws StoreError where the shards cannot be
 * listed.
 */
export async function listApps(ports: RunPorts): Promise<AppUse[]> {
  const { maps } = await readFleet(ports, null);
  return [...maps].flatMap(([shard, map]) => (map === null ? [] : appsOf(shard, map)));
}

function appsOf(shard: string, map: VaultMap): AppUse[] {
  const users = [...map.tenants.keys()].map((name) => traitsOf(name, map));
  return [...map.apps].map(([app, entry]) => ({
    app,
    shard,
    provider: isObject(entry) && typeof entry.provider === 'string' ? entry.provider : null,
    tenants: users.filter((user) => user.app === app).length,
    secrets: isObject(entry) ? printsOf(entry, secretFieldOfApp(app, map)) : [],
  }));
}

function printsOf(entry: Readonly<Record<string, unknown>>, field: string): string[] {
  const key = entry[field];
  const isKey = field !== 'client_secret' && typeof key === 'string';
  return (isKey ? [key] : secretsOf(entry)).map(fingerprint);
}
