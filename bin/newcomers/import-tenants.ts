import { basename } from 'node:path';
import { emptyMap } from '../../lambda/map/vault-map.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import { type Fleet, readFleet } from '../../lambda/run/fleet.ts';
import { shown } from '../../lambda/shown.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { openIfThere } from '../homes/open-if-there.ts';
import { urlPolicyOf } from '../homes/url-policy-of.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import { readTenants } from '../sources/read-tenants.ts';
import type { Place } from '../sources/source-fault.ts';
import type { TenantSource } from '../sources/tenant-source.ts';
import { rhythmOf } from '../status/home-rhythm.ts';
import { askSure, type SureOption } from '../terminal/ask-sure.ts';
import { readInput } from '../terminal/read-input.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { addNewcomers } from './add-tenants.ts';
import { type Prospect, reviewNewcomers } from './review-newcomers.ts';
import { lendApp, settleProvider } from './settle-provider.ts';

export interface ImportOptions extends SureOption {
  dryRun?: boolean;
  skipExisting?: boolean;
  provider?: string;
  app?: string;
  tenant?: string;
  shard: string;
}

/** The result of an import. */
export interface Imported {
  /** `refused`: something is wrong with a tenant. `kept`: a person said no. */
  result: 'added' | 'nothing' | 'dry_run' | 'refused' | 'kept';
  shard: string;
  apps: string[];
  tenants: Prospect[];
  ignored: readonly string[];
  /** Where the file has entries whose names are not allowed. */
  misnamed: readonly Place[];
  /** The provider that tenants without one were given, where nobody chose it. */
  usualProvider: string | null;
}

/**
 * Adds the tenants of a file, all or none. A tenant without a credential beside others with one is
 * a question first. Throws UsageError, CommandError, StoreError and VaultMapError.
 */
export async function importTenants(
  context: Context,
  file: string,
  options: ImportOptions,
): Promise<Imported> {
  const { terminal, env } = context;
  const { shard } = options;
  const text = await readInput(terminal, file);
  const read = namingFile(file, () =>
    readTenants(text, { fileName: file === '-' ? null : basename(file), ...options }),
  );
  const home = await openIfThere(context);
  const fleet = await fleetOf(home);
  await refuseNoShard(home, fleet, shard);
  const map = fleet.maps.get(shard) ?? emptyMap();
  const lent = options.app === undefined ? read : lendApp(read, map, options.app);
  if (lent.isTokenAlone) {
    refuseTokenAlone(lent, fleet, { file, skipExisting: options.skipExisting === true });
  }
  const chosen = { map, option: options.provider };
  const { source, usualProvider } = await settleProvider(terminal, lent, chosen);
  const newcomers = options.skipExisting ? without(source, fleet) : source;
  const policy = urlPolicyOf(home?.kind ?? 'folder', env);
  const rhythm = rhythmOf(home, new Date());
  const tenants = reviewNewcomers(
    {
      fleet,
      shard,
      policy,
      rhythm,
    },
    newcomers,
  );
  const result = await decide(terminal, newcomers, tenants, options);
  if (result === 'added') {
    const { ports } = home ?? (await context.openHome({ create: true }));
    await addNewcomers(ports, shard, newcomers);
  }
  const apps = [...newcomers.apps.keys()];
  const { ignored, misnamed } = source;
  return {
    result,
    shard,
    apps,
    tenants,
    ignored,
    misnamed,
    usualProvider,
  };
}

/** Names the file in an error about what it holds. */
function namingFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof UsageError)) {
      throw error;
    }
    const subject = file === '-' ? 'What came on stdin' : `The file ${shown(file)}`;
    const message = error.message.replace(/^The file(?= )/, () => subject);
    throw error instanceof UsageError
      ? new UsageError(message, error.nextStep)
      : new CommandError(message, { code: error.code, nextStep: error.nextStep });
  }
}

/** A refresh token alone belongs to a tenant that is there, or to an app. */
function refuseTokenAlone(
  { tenants }: TenantSource,
  { maps }: Fleet,
  { file, skipExisting }: { file: string; skipExisting: boolean },
): void {
  for (const [name, { app, client_id }] of tenants) {
    const isThere = [...maps.values()].some((map) => map?.tenants.has(name));
    if (isThere && !skipExisting) {
      throw new CommandError(`Tenant ${name} exists already. Nothing was changed.`, {
        nextStep: `Give it this token: tokens set-refresh-token ${name} --file ${shown(file)}`,
      });
    }
    if (!isThere && !app && !client_id) {
      throw new UsageError(
        `The file holds a refresh token of ${name}, and no client that it belongs to.`,
        'Say which app that is: --app NAME. All apps: tokens app list. A new one: tokens app add --help',
      );
    }
  }
}

/** A dry run finds it too. */
async function refuseNoShard(home: Home | null, { shards }: Fleet, shard: string): Promise<void> {
  if (home !== null && !shards.includes(shard)) {
    await refuseUnknownShard(home.ports, shard);
  }
  if (home === null && shard !== DEFAULT_SHARD) {
    throw new CommandError(`There is no shard ${shown(shard)}.`, {
      code: 'unknown_shard',
      nextStep: `Make it first: tokens shard add ${shown(shard)}`,
    });
  }
}

async function fleetOf(home: Home | null): Promise<Fleet> {
  return home ? readFleet(home.ports, null) : { shards: [], maps: new Map() };
}

function without(newcomers: TenantSource, { maps }: Fleet): TenantSource {
  const isKnown = (name: string) => [...maps.values()].some((map) => map?.tenants.has(name));
  return {
    ...newcomers,
    tenants: new Map([...newcomers.tenants].filter(([name]) => !isKnown(name))),
  };
}

async function decide(
  terminal: Terminal,
  { apps, tenants, misnamed }: TenantSource,
  prospects: readonly Prospect[],
  { dryRun, yes }: ImportOptions,
): Promise<Imported['result']> {
  const isWrong = prospects.some(({ problem }) => problem !== undefined);
  if (isWrong || misnamed.length > 0) {
    return 'refused';
  }
  if (tenants.size === 0 && apps.size === 0) {
    return 'nothing';
  }
  if (dryRun) {
    return 'dry_run';
  }
  return (await isMeant(terminal, prospects, yes)) ? 'added' : 'kept';
}

/** A lost or mistyped key leaves one tenant without a credential, beside others with one. */
async function isMeant(
  terminal: Terminal,
  prospects: readonly Prospect[],
  yes: boolean | undefined,
): Promise<boolean> {
  const bare = prospects.filter(({ grant }) => grant === null).map(({ tenant }) => tenant);
  if (bare.length === 0 || bare.length === prospects.length) {
    return true;
  }
  const [who, all] = bare.length === 1 ? ['this tenant', 'it'] : ['these tenants', 'them'];
  return askSure(
    terminal,
    yes,
    `The file holds no credential for ${who}, beside others with one: ${bare.join(', ')}. ` +
      `Add ${all} without?`,
  );
}
