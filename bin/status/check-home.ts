import { FOLDERS } from '../../lambda/archive-folders.ts';
import type { ShardState } from '../../lambda/history/shard-state.ts';
import { parseShardState } from '../../lambda/history/stored-state.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { asksByHabit } from '../../lambda/report/habit.ts';
import { type Fleet, readFleet } from '../../lambda/run/fleet.ts';
import { version } from '../../lib/version.ts';
import type { Home } from '../homes/home.ts';
import { attempt, type Check } from './check.ts';
import { checkAhead } from './check-ahead.ts';
import { checkRedirects } from './check-redirects.ts';

/** Looks at what a home needs to work. Never throws for what it finds. */
export async function checkHome(home: Home): Promise<Check[]> {
  const { ports } = home;
  return [
    await attempt('caller', () => home.caller()),
    await attempt('read the tenants', () => readShards(ports)),
    await attempt('read the access tokens', () => readTokens(ports)),
    await attempt('read the archive', () => readArchive(ports)),
    // Of a folder it was looked at before.
    ...(home.kind === 'stack' ? [await attempt('write the state', () => mayWrite(ports))] : []),
    await attempt('run', () => home.mayRun()),
    ...checkVersion(home),
    ...(await checkMaps(home)),
    // What cannot be read was said above.
    ...(await checkAhead(home, new Date()).catch(() => [])),
  ];
}

async function readShards(ports: RunPorts): Promise<string> {
  const shards = await ports.vault.shards();
  for (const shard of shards) {
    await readVault(ports, shard);
  }
  return `${shards.length} ${shards.length === 1 ? 'shard' : 'shards'}: ${shards.join(', ')}`;
}

async function readTokens({ accessTokens }: RunPorts): Promise<string> {
  await accessTokens.read(DEFAULT_SHARD);
  return accessTokens.label(DEFAULT_SHARD);
}

async function readArchive({ archive }: RunPorts): Promise<string> {
  const reports = await archive.list(FOLDERS.runs);
  return reports.length === 0 ? 'no run yet' : `newest run: ${reports.at(-1)}`;
}

/** A write on a condition that cannot hold changes nothing, and is refused by who may not write. */
async function mayWrite({ states }: RunPorts): Promise<string> {
  await states.write(DEFAULT_SHARD, '{}', '"doctor"');
  return 'allowed';
}

/** The command line and the functions read and write one state. */
export function checkVersion({
  kind,
  deployedVersion = null,
}: Pick<Home, 'kind' | 'deployedVersion'>): Check[] {
  if (kind === 'folder') {
    return [];
  }
  const check = 'deployed version';
  if (deployedVersion === version) {
    return [
      {
        check,
        result: 'ok',
        detail: `${version}, as here`,
        next_step: null,
      },
    ];
  }
  return [
    {
      check,
      result: 'warning',
      detail: `${deployedVersion ?? 'an unknown one'} is deployed, and ${version} is here.`,
      next_step: 'Deploy this version (npm run deploy), or use the command line of the other one',
    },
  ];
}

/** Returns what the maps ask for, and what is doubtful in them. */
async function checkMaps(home: Home): Promise<Check[]> {
  const fleet = await readFleet(home.ports, null).catch(() => null);
  if (fleet === null) {
    return [];
  }
  const byHabit = await tenantsByHabit(home.ports, fleet).catch(() => []);
  return [...checkRedirects(home, fleet), ...differingDefinitions(fleet), ...unsaidGrants(byHabit)];
}

function differingDefinitions({ maps }: Fleet): Check[] {
  const texts = new Map<string, Set<string>>();
  for (const map of maps.values()) {
    for (const [id, definition] of map?.definitions ?? []) {
      texts.set(id, new Set([...(texts.get(id) ?? []), JSON.stringify(definition)]));
    }
  }
  return [...texts]
    .filter(([, forms]) => forms.size > 1)
    .map(([id]) => ({
      check: 'provider definitions',
      result: 'warning',
      detail: `The definition ${id} differs between shards.`,
      next_step: 'Write the same to all: tokens provider add FILE',
    }));
}

function unsaidGrants(tenants: readonly string[]): Check[] {
  if (tenants.length === 0) {
    return [];
  }
  const who = tenants.length === 1 ? '1 tenant uses' : `${tenants.length} tenants use`;
  return [
    {
      check: 'grants',
      result: 'warning',
      detail: `${who} client_credentials without saying so: ${tenants.join(', ')}.`,
      next_step: 'Write it into their entries: tokens doctor --fix',
    },
  ];
}

/**
 * Returns the tenants whose grant only their past says. One that was added without a credential
 * waits for its consent, and is none of them. Throws StoreError.
 */
export async function tenantsByHabit(
  { states }: Pick<RunPorts, 'states'>,
  { maps }: Fleet,
): Promise<string[]> {
  const found = [...maps].map(async ([shard, map]) => {
    const stored = await states.read(shard);
    return map && stored ? byHabitIn(map, parseShardState(stored.text)) : [];
  });
  return (await Promise.all(found)).flat();
}

function byHabitIn(map: VaultMap, { knowledge }: Pick<ShardState, 'knowledge'>): string[] {
  return [...map.tenants.keys()].filter((name) => {
    const tenant = resolveTenant(name, map);
    return isTenant(tenant) && asksByHabit(knowledge, tenant);
  });
}
