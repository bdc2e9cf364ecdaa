import { readFile } from 'node:fs/promises';
import { parseVaultMap, VaultMapError } from '../../lambda/map/vault-map.ts';
import type { DrillReport } from '../../lambda/report/drill-report.ts';
import { drill, type GivenMap } from '../../lambda/run/drill.ts';
import type { Context } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';
import { refuseUnknownShard } from '../shards/known-shard.ts';
import { showDrill } from '../terminal/drill-view.ts';
import { defineVerb } from '../verb.ts';

interface DrillOptions {
  map?: string;
  shard?: string;
}

const EXAMPLES = `
Sends nothing and writes nothing: old map, archive and index are read, and the
restoration is made in memory.

Examples:
  tokens drill
  tokens drill --shard eu
  tokens drill --map ./map-of-last-month.json --shard default`;

export const define = defineVerb<[DrillOptions], DrillReport>({
  usage: (command) =>
    command
      .option('--map <file>', 'a copy of the map in place of the oldest version that is kept')
      .option('--shard <name>', 'only this shard')
      .addHelpText('after', EXAMPLES),
  run: practise,
  print: showDrill,
  exitCode: ({ shards, failures }) =>
    failures.length > 0 || shards.some(({ missing }) => missing.length > 0) ? 1 : 0,
});

async function practise(
  { terminal, openHome }: Context,
  { map, shard }: DrillOptions,
): Promise<DrillReport> {
  const { ports, title } = await openHome();
  if (shard !== undefined) {
    await refuseUnknownShard(ports, shard);
  }
  const shards = shard === undefined ? await ports.vault.shards() : [shard];
  const given = map === undefined ? null : await readMap(map, shards);
  terminal.progress(`Reading the archive of ${title} …`);
  return drill(ports, shard ?? null, given);
}

/** Which secret the file holds is not said: its text might be one. */
async function readMap(path: string, shards: readonly string[]): Promise<GivenMap> {
  const [shard, ...others] = shards;
  if (shard === undefined || others.length > 0) {
    throw new UsageError('A map is of one shard: name it with --shard.');
  }
  try {
    return { shard, map: parseVaultMap(await readFile(path, 'utf8')) };
  } catch (error) {
    if (error instanceof VaultMapError) {
      throw new CommandError(`The file ${path} is not a tenant map: ${error.message}.`);
    }
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new CommandError(`The file ${path} could not be read (${code}).`);
  }
}
