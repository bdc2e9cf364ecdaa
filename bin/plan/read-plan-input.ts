import { basename } from 'node:path';
import { parsePublished } from '../../lambda/keep/published.ts';
import { readVault } from '../../lambda/keep/read-vault.ts';
import { emptyMap } from '../../lambda/map/vault-map.ts';
import { DEFAULT_SHARD } from '../../lambda/names.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readTenants } from '../sources/read-tenants.ts';
import { readInput } from '../terminal/read-input.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { PlannedTenant } from './planned-tenant.ts';
import { toPlanned } from './to-planned.ts';

/**
 * Reads the tenants of a file as they would be in one shard. Throws CommandError and UsageError.
 */
export async function readPlannedFile(
  terminal: Terminal,
  file: string,
  now: Date,
): Promise<PlannedTenant[]> {
  const fileName = file === '-' ? null : basename(file);
  const { apps, tenants, usualProvider } = readTenants(await readInput(terminal, file), {
    fileName,
  });
  const usual = usualProvider === null ? {} : { provider: usualProvider };
  const entries = [...tenants].map(([name, entry]) => [name, { ...usual, ...entry }] as const);
  const map = {
    ...emptyMap(),
    apps,
    tenants: new Map(entries),
  };
  return toPlanned(
    {
      shard: DEFAULT_SHARD,
      map,
      published: new Map(),
    },
    now,
  );
}

/** Reads every tenant of a home. Throws StoreError and VaultMapError. */
export async function readPlannedHome(ports: RunPorts, now: Date): Promise<PlannedTenant[]> {
  const shards = await ports.vault.shards();
  const read = await Promise.all(
    shards.map(async (shard) => {
      const [{ map }, tokens] = await Promise.all([
        readVault(ports, shard),
        ports.accessTokens.read(shard),
      ]);
      const published = [...parsePublished(tokens)].map(
        ([tenant, token]) => [tenant, Buffer.byteLength(JSON.stringify(token))] as const,
      );
      return toPlanned(
        {
          shard,
          map,
          published: new Map(published),
        },
        now,
      );
    }),
  );
  return read.flat();
}
