import type { Command } from 'commander';
import type { Act, Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { findTenant } from '../operations/find-tenant.ts';
import { purgeTenant, removeTenant, shardsHolding } from '../operations/remove-tenant.ts';
import { askSure } from '../terminal/ask-sure.ts';
import { printJson } from '../terminal/terminal.ts';

interface RemoveOptions {
  purge?: boolean;
  yes?: boolean;
}

const EXAMPLES = `
Without --purge its exchanges stay in the archive, so that its token can still
be had from there; its access token goes with the next run. No token is revoked
at the platform: do that there.

Examples:
  tokens remove acme
  tokens remove acme --purge`;

export function define(command: Command, act: Act): void {
  command
    .argument('<tenant>', 'whose entry goes')
    .option('--purge', 'delete its exchanges in the archive, its history and its access token too')
    .option('--yes', 'ask nothing')
    .addHelpText('after', EXAMPLES)
    .action(
      act(async (context, tenant: string, options: RemoveOptions) => {
        const home = await context.openHome();
        if (!options.purge || (await shardsHolding(home.ports, tenant)).length > 0)
          await findTenant(home.ports, tenant);
        const question = options.purge
          ? `Remove tenant ${tenant}, and delete all that was archived of it? Its refresh token cannot be had back.`
          : `Remove tenant ${tenant}?`;
        if (!(await askSure(context.terminal, options.yes, question)))
          return context.terminal.print('Nothing was changed.');
        await remove(context, home, tenant, options.purge === true);
      }),
    );
}

async function remove(
  { terminal, json }: Context,
  { kind, ports }: Home,
  tenant: string,
  purge: boolean,
): Promise<void> {
  const shards = await removeTenant(ports, tenant);
  const purged = purge ? await purgeTenant(ports, tenant) : null;
  if (purged && shards.length + purged.deleted + purged.records === 0)
    throw new CommandError(`Nothing is known of a tenant ${tenant}.`);
  if (json)
    return printJson(terminal, { tenant, removed: shards.length > 0, ...(purged && { purged }) });
  if (shards.length > 0)
    terminal.print(`Tenant ${tenant} was removed from shard ${shards.join(', ')}.`);
  if (!purged)
    return terminal.print(
      `What was archived of it stays. To delete that too: tokens remove ${tenant} --purge`,
    );
  terminal.print(
    `Deleted its history, its access token and ${countText(purged.deleted)} of the archive.`,
  );
  if (purged.kept > 0)
    terminal.print(
      `Kept: ${countText(purged.kept)} that brought other tenants, which shared its credential, their tokens.`,
    );
  terminal.print(LEFT[kind]);
}

function countText(exchanges: number): string {
  return exchanges === 1 ? '1 exchange' : `${exchanges} exchanges`;
}

/** What is not deleted, said plainly. */
const LEFT = {
  folder:
    'Reports of runs still name it, and older versions of the map in this folder, sealed, still hold its entry until newer ones replace them.',
  stack:
    'Not deleted: older versions of the S3 objects (the bucket keeps them until its lifecycle ends them), older versions of the secrets (AWS keeps up to about 100), and reports of runs that name it.',
};
