import type { Cause } from '../../lambda/ahead/cause.ts';
import { type ExplainedGroup, groupExplanations } from '../../lambda/ahead/group-explanations.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { type Explanation, explainFailures } from '../operations/explain-failure.ts';
import { readFleetTenants } from '../operations/read-fleet.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

interface WhyOptions {
  failing?: boolean;
}

interface Explained {
  /** The one that was named; null where all failing ones are meant. */
  tenant: string | null;
  explanations: Explanation[];
}

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
  print: printExplained,
});

async function explain(
  { openHome }: Context,
  tenant: string | undefined,
  { failing }: WhyOptions,
): Promise<Explained> {
  if ((tenant === undefined) !== (failing === true))
    throw new UsageError('Name a tenant, or give --failing.');
  const { ports } = await openHome();
  const fleet = await readFleetTenants(ports, undefined);
  const chosen = fleet.filter((one) =>
    tenant === undefined ? one.marks.error !== null || !one.entry.valid : one.tenant === tenant,
  );
  if (tenant !== undefined && chosen.length === 0)
    throw new CommandError(`There is no tenant ${tenant}.`, {
      code: 'unknown_tenant',
      nextStep: 'All tenants: tokens status',
    });
  const explanations = await explainFailures(ports, chosen, fleet);
  return { tenant: tenant ?? null, explanations };
}

function toJson({ tenant, explanations }: Explained): object {
  if (tenant === null) return { groups: groupExplanations(explanations), tenants: explanations };
  return { tenant, causes: explanations.flatMap(({ causes }) => causes) };
}

function printExplained(terminal: Terminal, { tenant, explanations }: Explained): void {
  if (tenant === null) printGroups(terminal, groupExplanations(explanations));
  else
    printCauses(
      terminal,
      tenant,
      explanations.flatMap(({ causes }) => causes),
    );
}

function printCauses(terminal: Terminal, tenant: string, causes: readonly Cause[]): void {
  const count = causes.length === 1 ? 'One cause fits' : `${causes.length} causes fit`;
  terminal.print(
    causes.length === 0 ? `Tenant ${tenant} does not fail.` : `Tenant ${tenant} fails. ${count}:`,
  );
  for (const cause of causes) printCause(terminal, cause);
}

function printCause(terminal: Terminal, cause: Cause): void {
  const { bold } = terminal.colors;
  terminal.print(`\n${bold(wordsOf(cause.cause))} (${cause.certainty})`);
  for (const line of cause.evidence) terminal.printWrapped(`- ${line}`, '  ');
  terminal.printWrapped(`Prevention: ${cause.prevention}`, '  ');
  terminal.printWrapped(`Next: ${cause.next_step}`, '  ');
}

function printGroups(terminal: Terminal, groups: readonly ExplainedGroup[]): void {
  if (groups.length === 0) terminal.print('No tenant fails.');
  for (const { cause, certainty, tenants, prevention, next_step } of groups) {
    const count = tenants.length === 1 ? '1 tenant' : `${tenants.length} tenants`;
    terminal.print(`${terminal.colors.bold(wordsOf(cause))} (${certainty}): ${count}`);
    terminal.printWrapped(`  ${shortList(tenants)}`, '  ');
    terminal.printWrapped(`  Prevention: ${prevention}`, '  ');
    terminal.printWrapped(`  Next: ${next_step}\n`, '  ');
  }
}

const MOST_NAMED = 20;

function shortList(tenants: readonly string[]): string {
  const more = tenants.length - MOST_NAMED;
  return tenants.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function wordsOf(cause: string): string {
  return cause.replaceAll('_', ' ');
}
