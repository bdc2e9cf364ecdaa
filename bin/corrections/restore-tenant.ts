import pLimit from 'p-limit';
import { readExchange } from '../../lambda/exchange/archived-entry.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { parseArchivedExchange } from '../../lambda/history/archived-exchange.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { findTenant } from '../map/find-tenant.ts';
import { listExchanges } from '../status/tenant-exchanges.ts';
import { refuseWithoutTokens, setRefreshToken } from './set-refresh-token.ts';

const AT_ONCE = 16;

/** A credential that the archive holds of a tenant. `value` is a secret. */
interface Issued {
  value: string;
  print: string;
  stamp: string;
  /** Says when it was issued or filed, as an ISO-8601 instant. */
  at: string;
}

export interface Restored {
  tenant: string;
  result: 'changed' | 'unchanged' | 'kept';
  fingerprint: string;
  issued_at: string;
}

/**
 * Puts a credential out of the archive into a tenant's entry, the newest that was issued, or the
 * one of a fingerprint, which `confirm` is asked about when a newer one has replaced it. Throws
 * CommandError where the archive holds none, and StoreError.
 */
export async function restoreTenant(
  ports: RunPorts,
  tenant: string,
  to: string | null,
  confirm: () => Promise<boolean>,
): Promise<Restored> {
  const { shard, map } = await findTenant(ports, tenant).catch(async (error: unknown) =>
    Promise.reject((await removedTenant(ports, tenant)) ?? error),
  );
  refuseWithoutTokens(tenant, map);
  const issued = await issuedAnywhere(ports, shard, tenant);
  const chosen = to === null ? issued.at(-1) : issued.findLast(({ print }) => print === to);
  if (!chosen) throw nothingFound(tenant, to, issued);
  const isNewest = chosen.print === issued.at(-1)?.print;
  const ask = isNewest ? async () => true : confirm;
  const result = await setRefreshToken(ports, tenant, chosen.value, ask);
  return {
    tenant,
    result,
    fingerprint: chosen.print,
    issued_at: chosen.at,
  };
}

/** A tenant without an entry may be one that was removed. */
async function removedTenant(ports: RunPorts, tenant: string): Promise<CommandError | null> {
  const keys = await listExchanges(ports, await ports.vault.shards(), tenant);
  if (keys.length === 0) return null;
  return new CommandError(
    `Tenant ${tenant} was removed: the archive holds its exchanges, but no shard has its entry.`,
    { nextStep: `Add its entry again: tokens add ${tenant}. Then: tokens restore ${tenant}` },
  );
}

/** A tenant that was moved has older ones in the shard that it came from. */
async function issuedAnywhere(ports: RunPorts, shard: string, tenant: string): Promise<Issued[]> {
  const others = (await ports.vault.shards()).filter((other) => other !== shard);
  const read = await Promise.all(others.map((other) => issuedTo(ports, other, tenant)));
  return [...read.flat(), ...(await issuedTo(ports, shard, tenant))];
}

/** Reads every credential that a shard's archive holds of a tenant, the newest last. */
async function issuedTo(ports: RunPorts, shard: string, tenant: string): Promise<Issued[]> {
  const keys = await listExchanges(ports, [shard], tenant);
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(keys.map((key) => limit(() => readIssued(ports, key))));
  return read.flat().sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
}

async function readIssued({ archive }: RunPorts, key: string): Promise<Issued[]> {
  const exchange = parseArchivedExchange(await archive.get(key));
  if (!exchange) return [];
  const { issued, entry } = readExchange(key, exchange);
  if (issued === null) return [];
  return [{ value: issued, print: fingerprint(issued), stamp: entry.stamp, at: entry.sentAt }];
}

function nothingFound(tenant: string, to: string | null, issued: readonly Issued[]): CommandError {
  if (to === null || issued.length === 0)
    return new CommandError(
      `The archive holds no refresh token of tenant ${tenant}. ` +
        `Ask the client to consent again: tokens connect ${tenant}`,
    );
  const known = [...new Set(issued.map(({ print }) => print))].slice(-5).join(', ');
  return new CommandError(
    `The archive holds no refresh token ${to} of tenant ${tenant}. The newest ones are ${known}.`,
  );
}
