import { FOLDERS } from '../../lambda/archive-folders.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
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
    await attempt('write the state', () => mayWrite(ports)),
    await attempt('run', () => home.mayRun()),
    ...checkVersion(home),
    ...(await checkMaps(home)),
    // What cannot be read was said above.
    ...(await checkAhead(home, new Date()).catch(() => [])),
  ];
}

async function readShards({ vault }: RunPorts): Promise<string> {
  const shards = await vault.shards();
  for (const shard of shards) await vault.read(shard);
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
  if (kind === 'folder') return [];
  const check = 'deployed version';
  if (deployedVersion === version)
    return [{ check, result: 'ok', detail: `${version}, as here`, next_step: null }];
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
  if (fleet === null) return [];
  return [...checkRedirects(home, fleet), ...differingDefinitions(fleet), ...unsaidGrants(fleet)];
}

function differingDefinitions({ maps }: Fleet): Check[] {
  const texts = new Map<string, Set<string>>();
  for (const map of maps.values())
    for (const [id, definition] of map?.definitions ?? [])
      texts.set(id, new Set([...(texts.get(id) ?? []), JSON.stringify(definition)]));
  return [...texts]
    .filter(([, forms]) => forms.size > 1)
    .map(([id]) => ({
      check: 'provider definitions',
      result: 'warning',
      detail: `The definition ${id} differs between shards.`,
      next_step: 'Write the same to all: tokens provider add FILE',
    }));
}

function unsaidGrants(fleet: Fleet): Check[] {
  const tenants = tenantsByHabit(fleet);
  if (tenants.length === 0) return [];
  return [
    {
      check: 'grants',
      result: 'warning',
      detail:
        `${tenants.length} tenants use client_credentials without saying so: ` +
        `${tenants.join(', ')}.`,
      next_step: 'Write it into their entries: tokens doctor --fix',
    },
  ];
}

/** Returns the tenants whose grant only their past says. */
export function tenantsByHabit({ maps }: Fleet): string[] {
  return [...maps.values()].flatMap((map) => (map === null ? [] : byHabitIn(map)));
}

function byHabitIn(map: VaultMap): string[] {
  return [...map.tenants.keys()].filter((name) => {
    const tenant = resolveTenant(name, map);
    return isTenant(tenant) && tenant.grant_chosen_by === 'habit';
  });
}
