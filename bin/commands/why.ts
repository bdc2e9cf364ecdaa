import type { Cause } from '../../lambda/outcome.ts';
import { type CauseGroup, isExplained } from '../../lambda/report/cause-groups.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { unknownTenant } from '../map/find-tenant.ts';
import { type ExplainedStatus, explainStatus, groupExplained } from '../status/explain-status.ts';
import type { TenantStatus } from '../status/fleet-status.ts';
import { progressText } from '../status/read-open-links.ts';
import { readStatus, type ShardStatus } from '../status/read-status.ts';
import { showCause } from '../terminal/cause-view.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface WhyOptions {
  failing?: boolean;
}

type Explained =
  | { tenant: string; statuses: TenantStatus[]; causes: Cause[] }
  | { tenant: null; groups: CauseGroup[]; explained: ExplainedStatus[] };

const EXAMPLES = `
A cause is certain only where no other fits. All evidence is in the archive:
tokens history NAME --keys lists it.

Examples:
  tokens why acme
  tokens why --failing
  tokens why acme --json`;

export const define = defineVerb<[string | undefined, WhyOptions], Explained>({
  usage: (command) =>
    command
      .argument('[tenant]', 'which tenant')
      .option('--failing', 'all tenants that fail, grouped by cause')
      .addHelpText('after', EXAMPLES),
  run: explain,
  json: toJson,
  print(terminal, explained) {
    if (explained.tenant === null) {
      printGroups(terminal, explained.groups);
    } else {
      printCauses(terminal, explained);
    }
  },
});

async function explain(
  context: Context,
  tenant: string | undefined,
  { failing }: WhyOptions,
): Promise<Explained> {
  if ((tenant === undefined) !== (failing === true)) {
    throw new UsageError('Give a tenant or --failing: one of the two.');
  }
  return tenant === undefined ? explainAll(context) : explainOne(context, tenant);
}

async function explainOne({ openHome }: Context, tenant: string): Promise<Explained> {
  const { ports } = await openHome();
  const shards = await readStatus(ports, null);
  const all = shards.flatMap(({ tenants }) => tenants);
  const statuses = all.filter((status) => status.tenant === tenant);
  if (statuses.length === 0) {
    refuseUnreadable(shards);
    throw unknownTenant(
      [tenant],
      all.map((status) => status.tenant),
    );
  }
  const explained = await explainStatus(
    ports,
    statuses,
    shards.flatMap(({ fleet }) => fleet),
  );
  return { tenant, statuses, causes: explained.flatMap(({ causes }) => causes) };
}

function refuseUnreadable(shards: readonly ShardStatus[]): void {
  const failure = shards.find((shard) => shard.failure)?.failure;
  if (failure) {
    throw new CommandError(failure.message, { nextStep: failure.next_step });
  }
}

/** Of the tenants that `tokens status` shows as failing, in its words. */
async function explainAll({ openHome }: Context): Promise<Explained> {
  const { ports } = await openHome();
  const shards = await readStatus(ports, null);
  refuseUnreadable(shards);
  const explained = await explainStatus(
    ports,
    shards.flatMap(({ tenants }) => tenants),
    shards.flatMap(({ fleet }) => fleet),
  );
  return {
    tenant: null,
    groups: groupExplained(explained),
    explained,
  };
}

function toJson(explained: Explained): object {
  if (explained.tenant !== null) {
    return { tenant: explained.tenant, causes: explained.causes };
  }
  const tenants = explained.explained.map(({ status: { tenant, shard, error }, causes }) => ({
    tenant,
    shard,
    code: error?.code ?? null,
    causes,
  }));
  return { groups: explained.groups, tenants };
}

function printCauses(
  terminal: Terminal,
  { tenant, statuses, causes }: Extract<Explained, { tenant: string }>,
): void {
  if (causes.length === 0) {
    for (const status of statuses) {
      terminal.print(withoutCause(status));
    }
    return;
  }
  const count = causes.length === 1 ? 'One cause fits' : `${causes.length} causes fit`;
  terminal.print(`Tenant ${tenant} fails. ${count}:`);
  for (const cause of causes) {
    printCause(terminal, cause);
  }
}

/** Says how a tenant is that does not fail, or whose failure is older than a fix. */
function withoutCause({ tenant, state, link, next_step, error }: TenantStatus): string {
  if (state === 'disabled') {
    return `Tenant ${tenant} is paused. Let it go on: tokens resume ${tenant}`;
  }
  if (state === 'invited' && link !== null) {
    const until = dayText(link.until);
    return `Tenant ${tenant} does not fail. It is invited until ${until}, and ${progressText(link)}.`;
  }
  const says = error === null ? `Tenant ${tenant} does not fail.` : error.message;
  return next_step === null ? says : `${says} ${next_step}`;
}

function printCause(terminal: Terminal, cause: Cause): void {
  const { bold } = terminal.colors;
  terminal.print(`\n${bold(cause.cause.replaceAll('_', ' '))} (${cause.certainty})`);
  for (const line of cause.evidence) {
    terminal.printWrapped(`- ${line}`, '  ');
  }
  terminal.printWrapped(`Prevention: ${cause.prevention}`, '  ');
  terminal.printWrapped(`Next: ${cause.next_step}`, '  ');
}

function printGroups(terminal: Terminal, groups: readonly CauseGroup[]): void {
  if (groups.length === 0) {
    terminal.print('No tenant fails.');
  }
  for (const group of groups) {
    showCause(terminal, group);
    if (isExplained(group)) {
      terminal.printWrapped(`  Prevention: ${group.prevention}`, '  ');
    }
  }
}
