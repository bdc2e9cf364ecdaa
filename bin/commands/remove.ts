import { revokeLinksOf } from '../consent/connect-links.ts';
import type { Context } from '../context.ts';
import { afterEdit } from '../corrections/after-edit.ts';
import {
  type Purged,
  purgeTenant,
  removeTenant,
  shardsHolding,
} from '../corrections/remove-tenant.ts';
import { type Revocation, revokeTenant } from '../corrections/revoke-tenant.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { findTenant } from '../map/find-tenant.ts';
import { askSure, type SureOption } from '../terminal/ask-sure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

type Options = SureOption & { purge?: boolean; revoke?: boolean };

interface Removed {
  tenant: string;
  shards: string[];
  purged: Purged | null;
  kind: Home['kind'];
  /** The consent that was ended at the platform first. */
  revoked: Revocation | null;
}

const EXAMPLES = `
Without --purge its exchanges stay in the archive, and tokens restore brings the
tenant back; its access token goes with the next run. With --revoke its consent
is ended at the platform first, where the platform offers that.

Examples:
  tokens remove acme
  tokens remove acme --purge
  tokens remove acme --revoke`;

export const define = defineVerb<[string, Options], Removed | { tenant: string; kept: true }>({
  usage: (command) =>
    command
      .argument('<tenant>', 'whose entry goes')
      .option(
        '--purge',
        'delete its exchanges in the archive, its history and its access token too',
      )
      .option('--revoke', 'end its consent at the platform first')
      .option('--yes', 'ask nothing')
      .addHelpText('after', EXAMPLES),
  run: remove,
  json: (result) => ('kept' in result ? { tenant: result.tenant, removed: false } : toJson(result)),
  print(terminal, result) {
    if ('kept' in result) {
      terminal.print('Nothing was changed.');
    } else {
      printRemoved(terminal, result);
    }
  },
});

async function remove(
  { terminal, openHome }: Context,
  tenant: string,
  { purge = false, revoke = false, yes }: Options,
): Promise<Removed | { tenant: string; kept: true }> {
  const { kind, ports } = await openHome();
  if (!purge || (await shardsHolding(ports, tenant)).length > 0) {
    await findTenant(ports, tenant);
  }
  const question = questionOf(tenant, purge, revoke);
  if (!(await askSure(terminal, yes, question))) {
    return { tenant, kept: true };
  }
  const revoked = revoke ? await revokeTenant(ports, tenant) : null;
  const again = `Remove the cause. Then: tokens remove ${tenant}${purge ? ' --purge' : ''}`;
  const takeOut = () => removeTenant(ports, tenant);
  const shards = revoked ? await afterEdit(endedText(revoked), again, takeOut) : await takeOut();
  const done = [...(revoked ? [endedText(revoked)] : []), removedText(tenant, shards)].join(' ');
  const endLinks = () => revokeLinksOf(ports, [tenant]);
  const byHand = `Remove the cause. Then: tokens invite revoke ${tenant}`;
  await afterEdit(done, purge ? again : byHand, endLinks);
  const purged = purge ? await afterEdit(done, again, () => purgeTenant(ports, tenant)) : null;
  if (purged && shards.length + purged.deleted + purged.records === 0) {
    throw new CommandError(`Nothing is known of a tenant ${tenant}.`, { code: 'unknown_tenant' });
  }
  return {
    tenant,
    shards,
    purged,
    kind,
    revoked,
  };
}

function questionOf(tenant: string, purge: boolean, revoke: boolean): string {
  const first = revoke ? `End the consent of ${tenant} at its platform, and then remove` : 'Remove';
  return purge
    ? `${first} tenant ${tenant}, and delete all that was archived of it? Its refresh ` +
        'token is then gone for good.'
    : `${first} tenant ${tenant}?`;
}

function toJson({ tenant, shards, purged, revoked }: Removed): object {
  return {
    tenant,
    removed: shards.length > 0,
    ...(purged ? { purged } : { undo: undoOf(tenant, revoked) }),
    ...(revoked && { revoked }),
  };
}

function printRemoved(
  terminal: Terminal,
  { tenant, shards, purged, kind, revoked }: Removed,
): void {
  if (revoked) {
    printRevoked(terminal, revoked);
  }
  if (shards.length > 0) {
    terminal.print(removedText(tenant, shards));
  }
  if (purged) {
    printPurged(terminal, purged, kind);
  } else {
    terminal.print('What was archived of it stays.');
    terminal.print(`To bring it back: ${terminal.colors.cyan(undoOf(tenant, revoked))}`);
    terminal.print(`To delete what was archived too: tokens remove ${tenant} --purge`);
  }
}

function removedText(tenant: string, shards: readonly string[]): string {
  return shards.length === 0
    ? `No shard holds tenant ${tenant} any more.`
    : `Tenant ${tenant} was removed from shard ${shards.join(', ')}.`;
}

/** The record for the client's file, as one sentence. */
function endedText(revoked: Revocation): string {
  const { tenant, provider, host, client_id, fingerprint, revoked_at } = revoked;
  return (
    `The consent of ${tenant} was ended at ${provider} (${host}) at ${revoked_at}, ` +
    `client ID ${client_id}, fingerprint ${fingerprint}.`
  );
}

/** Older versions of the map keep the entry for a while, and the archive its newest token. */
function undoOf(tenant: string, revoked: Revocation | null): string {
  const restore = `tokens restore ${tenant}`;
  return revoked ? `${restore} && tokens connect ${tenant}` : restore;
}

function printRevoked({ print }: Terminal, revoked: Revocation): void {
  print(
    `The consent of ${revoked.tenant} was ended at ${revoked.provider}. For the client's file:`,
  );
  print(`  ended at     ${revoked.revoked_at}`);
  print(`  platform     ${revoked.provider} (${revoked.host})`);
  print(`  client ID    ${revoked.client_id}`);
  print(`  fingerprint  ${revoked.fingerprint}`);
}

function printPurged({ print }: Terminal, purged: Purged, kind: Home['kind']): void {
  print(`Deleted its history, its access token and ${countText(purged.deleted)} of the archive.`);
  if (purged.kept > 0) {
    print(
      `Kept: ${countText(purged.kept)} that brought other tenants, ` +
        'which shared its credential, their tokens.',
    );
  }
  print(LEFT[kind]);
}

function countText(exchanges: number): string {
  return exchanges === 1 ? '1 exchange' : `${exchanges} exchanges`;
}

/** Names what is not deleted. */
const LEFT = {
  folder:
    'Reports of runs still name it. Older versions of the map in this folder, ' +
    'which are sealed, still hold its entry until newer ones replace them.',
  stack:
    'Not deleted: older versions of the S3 objects (the bucket keeps them until its lifecycle ' +
    'ends them), older versions of the secrets (AWS keeps up to about 100), ' +
    'and reports of runs that name it.',
};
