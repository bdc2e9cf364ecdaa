import type { DrillReport, ShardDrill } from '../../lambda/report/drill-report.ts';
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
  const isMissing = failures.length > 0 || shards.some(({ missing }) => missing.length > 0);
  const byHand = sum(shards, ({ to_add, renamed }) => to_add.length + renamed.length);
  const rest = byHand === 0 ? '' : `, and ${byHand} more by hand`;
  const paint = isMissing ? red : green;
  terminal.print(
    paint(`${back} of ${of} ${of === 1 ? 'tenant' : 'tenants'} would come back${rest}.`),
  );
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

function remarksOn({ to_add, renamed, removed, edited, unreadable }: ShardDrill): string[] {
  const remark = (items: readonly string[], text: string) =>
    items.length === 0 ? [] : [`${text}: ${listOf(items)}`];
  return [
    ...remark(
      to_add,
      'Came after that map, or their credentials did. The archive has them: ' +
        'add who is not there again, then tokens restore NAME',
    ),
    ...remark(
      renamed.map(({ from, to }) => `${from} is ${to} now`),
      'Were renamed since, and would have their old names again',
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

function sum<T>(items: readonly T[], countOf: (item: T) => number): number {
  return items.reduce((total, item) => total + countOf(item), 0);
}
