import { type CauseGroup, causeText, isExplained } from '../../lambda/report/cause-groups.ts';
import { shown } from '../../lambda/shown.ts';
import type { Terminal } from './terminal.ts';

/** From so many tenants on, a cause is one row of a table. */
const MANY = 10;
/** Names that are listed below a cause. */
const MOST_NAMES = 100;

/** Prints each cause with what to do about it, and whom it concerns. */
export function showCauses(terminal: Terminal, groups: readonly CauseGroup[]): void {
  if (groups.length === 0) {
    return;
  }
  terminal.print(`\n${terminal.colors.bold('Next:')}`);
  for (const group of groups) {
    showCause(terminal, group);
  }
}

/** Prints a cause, what to do about it, and whom it concerns. */
export function showCause(terminal: Terminal, group: CauseGroup): void {
  terminal.printWrapped(`- ${group.message}`, '  ');
  if (isExplained(group)) {
    terminal.printWrapped(`  Cause: ${causeText(group)}`, '  ');
  }
  terminal.printWrapped(`  ${terminal.colors.cyan(group.next_step)}`, '  ');
  if (namesAreNeeded(group)) {
    terminal.printWrapped(`  ${labelOf(group)}: ${namesOf(group.tenants)}`, '  ');
  }
}

/** Returns the tenants whose rows one row of their cause is about, by their cause. */
export function manyOfOneCause(groups: readonly CauseGroup[]): Map<string, CauseGroup> {
  const large = groups.filter(({ tenants }) => tenants.length > MANY);
  return new Map(large.flatMap((group) => group.tenants.map((tenant) => [tenant, group] as const)));
}

const ROOMY = 80;

/** Returns whether a terminal has no room for what is said elsewhere too. */
export function isNarrow({ width }: Terminal): boolean {
  return width < ROOMY;
}

/** Returns what stands in place of a tenant's name in the row of many. Its cause names the app. */
export function rowNameOf(terminal: Terminal, { tenants, app }: CauseGroup): string {
  const whose = app === null || isNarrow(terminal) ? '' : ` of app ${app}`;
  return `${tenants.length} tenants${whose}`;
}

/** The step of a group says NAME where it needs one. */
function labelOf({ next_step }: CauseGroup): string {
  return /\bNAME\b/.test(next_step) ? 'NAME' : 'Tenants';
}

function namesAreNeeded({ app, tenants }: CauseGroup): boolean {
  return app === null && tenants.length > 1;
}

/** Returns names for a sentence, the first hundred of many. */
export function namesOf(tenants: readonly string[]): string {
  const more = tenants.length - MOST_NAMES;
  const names = tenants.slice(0, MOST_NAMES).map(shown).join(', ');
  return more > 0 ? `${names}, and ${more} more` : names;
}
