import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { hasSucceeded } from '../../lambda/history/history.ts';
import { newShardState, parseShardState } from '../../lambda/history/shard-state.ts';
import { readVault } from '../../lambda/keep/catch-up.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { heldCredentials } from '../../lambda/map/vault-map.ts';
import { isName } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { Act } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { type ExportedToken, writeExport } from '../operations/export-files.ts';
import { findTenant } from '../operations/find-tenant.ts';
import { printJson } from '../terminal/terminal.ts';

interface ExportOptions {
  all?: boolean;
  shard?: string;
}

/** A tenant's token, or why there is none to write. */
type Exportable =
  | { tenant: string; token: ExportedToken }
  | { tenant: string; problem: string; harmless: boolean };

const EXAMPLES = `
Writes <tenant>_refresh_token_<yyyymmdd_HHMM>.json and .txt, which are never
overwritten, and <tenant>_refresh_token_latest.json and .txt. Only you can read
them (0600). Whoever refreshes with such a token elsewhere may end it here.

Examples:
  tokens export acme ./backup
  tokens export --all ./backup`;

export function define(command: Command, act: Act): void {
  command
    .argument('<tenant-or-folder>', 'the tenant, or with --all the folder')
    .argument('[folder]', 'where to write')
    .option('--all', 'every tenant that has a refresh token')
    .option('--shard <name>', 'only tenants of this shard')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, first: string, second: string | undefined, options: ExportOptions) => {
        if (options.all ? second !== undefined : second === undefined)
          throw new UsageError(
            'Say which tenant and where to: tokens export acme ./backup, or tokens export --all ./backup',
          );
        const folder = resolve(options.all ? first : (second ?? ''));
        const { ports } = await context.openHome();
        const found = options.all
          ? await allOf(ports, options.shard)
          : [await oneOf(ports, first, options.shard)];
        const { terminal } = context;
        const [only] = found;
        if (!options.all && only && 'problem' in only)
          throw new CommandError(`Tenant ${only.tenant} ${only.problem}`);
        const written: { tenant: string; files: string[] }[] = [];
        for (const one of found) {
          if ('token' in one)
            written.push({ tenant: one.tenant, files: await writeExport(folder, one.token) });
          else if (!one.harmless) terminal.note(`Error: Tenant ${one.tenant} ${one.problem}`);
        }
        const without = found.flatMap((one) => ('token' in one ? [] : [one]));
        if (context.json) printJson(terminal, { folder, exported: written });
        else {
          const left =
            without.length > 0 ? `; ${without.length} without a refresh token to write` : '';
          terminal.print(
            `${written.length} ${written.length === 1 ? 'refresh token' : 'refresh tokens'} written to ${folder}${left}.`,
          );
        }
        if (without.some(({ harmless }) => !harmless)) context.fail();
      }),
    );
}

async function oneOf(ports: RunPorts, tenant: string, shard?: string): Promise<Exportable> {
  const place = await findTenant(ports, tenant, shard);
  const [exportable] = (await readShard(ports, place.shard)).filter((one) => one.tenant === tenant);
  return exportable ?? { tenant, problem: 'was removed meanwhile.', harmless: false };
}

async function allOf(ports: RunPorts, shard?: string): Promise<Exportable[]> {
  const shards = shard === undefined ? await ports.vault.shards() : [shard];
  return (await Promise.all(shards.map((name) => readShard(ports, name)))).flat();
}

async function readShard(ports: RunPorts, shard: string): Promise<Exportable[]> {
  const [{ map }, stored] = await Promise.all([readVault(ports, shard), ports.states.read(shard)]);
  const states = (stored ? parseShardState(stored.text) : newShardState).tenants;
  return [...map.tenants].map(([tenant, entry]): Exportable => {
    if (!isName(tenant))
      return { tenant, problem: 'has a name that no file gets: rename it.', harmless: false };
    const { refreshToken } = heldCredentials(entry);
    if (refreshToken === null)
      return {
        tenant,
        problem: 'holds no refresh token: its provider issues none, or it is not connected yet.',
        harmless: true,
      };
    const print = fingerprint(refreshToken);
    if (hasSucceeded(states.get(tenant), print))
      return {
        tenant,
        problem: `has a newer refresh token in the archive. Put it in place first: tokens rotate ${tenant}`,
        harmless: false,
      };
    const resolved = resolveTenant(tenant, map);
    const provider = resolved.valid ? resolved.provider.id : resolved.provider;
    return {
      tenant,
      token: {
        tenant,
        provider,
        refresh_token: refreshToken,
        fingerprint: print,
        exported_at: new Date().toISOString(),
      },
    };
  });
}
