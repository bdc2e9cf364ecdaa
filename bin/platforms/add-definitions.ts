import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { faultText, readWritten, type WrittenDefinitions } from './definition-file.ts';

/** Describes what became of the definitions in one shard. */
export interface DefinitionChange {
  shard: string;
  result: 'changed' | 'unchanged';
}

/**
 * Writes definitions into the map of every shard, so that tenants can move between them. Nothing is
 * written where one of them is wrong. Throws CommandError, StoreError, VaultMapError.
 */
export async function addDefinitions(
  ports: Pick<RunPorts, 'vault'>,
  written: WrittenDefinitions,
): Promise<DefinitionChange[]> {
  for (const [id, definition] of written) {
    const read = readWritten(id, definition);
    if ('problem' in read) {
      throw new CommandError(`${faultText(id, read)} Nothing was written.`, {
        nextStep: 'Correct the file, and look at it first: tokens provider check FILE',
      });
    }
  }
  const changes: DefinitionChange[] = [];
  for (const shard of await ports.vault.shards()) {
    changes.push({
      shard,
      result: await editMap(ports.vault, shard, (text) => put(text, written)),
    });
  }
  return changes;
}

function put(text: string, written: WrittenDefinitions): string {
  return [...written].reduce(
    (edited, [id, definition]) => setAt(edited, ['definitions', id], definition),
    text,
  );
}
