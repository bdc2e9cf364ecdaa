import type { VaultMap } from '../../lambda/map/vault-map.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError, UsageError } from '../errors.ts';
import { didYouMean } from '../map/closest.ts';
import type { Entry, TenantSource } from '../sources/tenant-source.ts';
import { askOneOf } from '../terminal/prompts.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { definitionOf, providerChoices } from './provider-choices.ts';

/** Tenants that each have a provider or an app. */
export interface SettledSource {
  source: TenantSource;
  /** The provider that tenants without one were given; null where nobody had to guess. */
  usualProvider: string | null;
}

/**
 * Gives the tenants that name neither provider nor app the provider of `--provider`, or the one
 * that a person chooses, or the usual one of the file's form. Throws UsageError where there is none
 * of these, and for a provider that is not known.
 */
export async function settleProvider(
  terminal: Terminal,
  source: TenantSource,
  { map, option }: { map: VaultMap; option: string | undefined },
): Promise<SettledSource> {
  if (option !== undefined) {
    definitionOf(map, option);
  }
  const without = [...source.tenants].filter(([, entry]) => !hasProvider(entry));
  if (without.length === 0) {
    return { source, usualProvider: null };
  }
  const names = without.map(([name]) => name);
  const isGuess = option === undefined && !terminal.interactive;
  const provider = option ?? (await chooseProvider(terminal, { map, source, names }));
  const tenants = new Map(
    [...source.tenants].map(([name, entry]) => [
      name,
      hasProvider(entry) ? entry : { provider, ...entry },
    ]),
  );
  return { source: { ...source, tenants }, usualProvider: isGuess ? provider : null };
}

function hasProvider({ provider, app }: Entry): boolean {
  return Boolean(provider || app);
}

async function chooseProvider(
  terminal: Terminal,
  { map, source, names }: { map: VaultMap; source: TenantSource; names: readonly string[] },
): Promise<string> {
  const { usualProvider } = source;
  const count = names.length === 1 ? `tenant ${names[0]}` : `${names.length} tenants`;
  if (terminal.interactive) {
    const usualFirst = providerChoices(map).toSorted(
      (a, b) => Number(b.value === usualProvider) - Number(a.value === usualProvider),
    );
    return askOneOf(
      terminal,
      `The file names no provider for ${count}. Which one is it?`,
      usualFirst,
    );
  }
  if (usualProvider !== null) {
    return usualProvider;
  }
  throw new UsageError(
    `The file names no provider for ${count}: add it to the file, or give --provider ID.`,
  );
}

/**
 * Gives the tenants that have no client of their own the app of `--app`. Throws CommandError where
 * neither the file nor the map has it.
 */
export function lendApp(source: TenantSource, map: VaultMap, app: string): TenantSource {
  const without = [...source.tenants].filter(([, { app: own, client_id }]) => !own && !client_id);
  if (without.length === 0) {
    return source;
  }
  if (!source.apps.has(app) && !map.apps.has(app)) {
    throw new CommandError(
      `There is no app ${shown(app)} in this shard.${didYouMean(app, map.apps.keys())}`,
      { code: 'unknown_app', nextStep: 'All apps: tokens app list' },
    );
  }
  const lent = new Map(without.map(([name, entry]) => [name, { app, ...entry }]));
  return { ...source, tenants: new Map([...source.tenants, ...lent]) };
}
