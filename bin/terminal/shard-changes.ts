import type { ShardChange } from '../map/edit-app.ts';
import type { Terminal } from './terminal.ts';

/** Prints what became of an app in each shard. */
export function showChanges({ print }: Terminal, changes: readonly ShardChange[]): void {
  for (const { shard, result, message, next_step } of changes) {
    print(`${shard}: ${result}${message === undefined ? '' : `. ${message}`}`);
    if (next_step !== undefined) {
      print(`  ${next_step}`);
    }
  }
}

/** Prints what became of an app, and to rotate where it was changed. */
export function showNewFields(terminal: Terminal, changes: readonly ShardChange[]): void {
  showChanges(terminal, changes);
  if (changes.some(({ result }) => result === 'changed')) {
    terminal.print(`Next: ${terminal.colors.cyan('tokens rotate')}`);
  }
}

/** Returns how the process ends, 1 where one of the shards failed. */
export function exitCodeOf(changes: readonly ShardChange[]): 0 | 1 {
  return changes.some(({ result }) => result === 'failed') ? 1 : 0;
}
