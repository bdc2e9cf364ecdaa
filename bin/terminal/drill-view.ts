import type { DrillReport, ShardDrill } from '../../lambda/drill-report.ts';
import { dayText } from '../../lambda/report/instant-text.ts';
import { shown } from '../../lambda/shown.ts';
import type { Terminal } from './terminal.ts';

/** Names and keys that are listed on one line. */
const MOST_NAMES = 20;

/** Prints what would come back, shard by shard, and what is missing. */
export function showDrill(terminal: Terminal, { back, of, shards, failures }: DrillReport): void {
  const { green, red } = terminal.colors;
  for (const shard of shards) {
    showShard(terminal, shard);
  }
  for (const { message, next_step } of failures) {
    terminal.printWrapped(red(message), '  ');
    terminal.printWrapped(`  ${next_step}`, '  ');
  }
  const paint = back === of && failures.length === 0 ? green : red;
  terminal.print(paint(`${back} of ${of} ${of === 1 ? 'tenant' : 'tenants'} would come back.`));
}

function showShard(terminal: Terminal, drilled: ShardDrill): void {
  const { shard, map_created_at, back, tenants, missing } = drilled;
  const map = map_created_at === null ? 'the map' : `the map of ${dayText(map_created_at)}`;
  terminal.print(`Shard ${shard}: ${back} of ${tenants} come back with ${map} and the archive.`);
  for (const { message, next_step } of missing) {
    terminal.printWrapped(`- ${message}`, '  ');
    terminal.printWrapped(`  ${next_step}`, '  ');
  }
  for (const line of remarksOn(drilled)) {
    terminal.printWrapped(`- ${line}`, '  ');
  }
}

function remarksOn({ to_add, removed, edited, unreadable }: ShardDrill): string[] {
  const remark = (items: readonly string[], text: string) =>
    items.length === 0 ? [] : [`${text}: ${listOf(items)}`];
  return [
    ...remark(
      to_add,
      'Came after that map. Their credentials are in the archive: ' +
        'add them again, then tokens restore NAME',
    ),
    ...remark(removed, 'Were removed since, and would be there again'),
    ...remark(edited, 'Were edited since, and would have their old settings again'),
    ...remark(unreadable, 'Objects of the archive that cannot be read'),
  ];
}

function listOf(items: readonly string[]): string {
  const more = items.length - MOST_NAMES;
  const listed = items.slice(0, MOST_NAMES).map(shown).join(', ');
  return more > 0 ? `${listed} and ${more} more` : listed;
}
