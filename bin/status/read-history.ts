import pLimit from 'p-limit';
import { isWithoutAnswer } from '../../lambda/exchange/archived-entry.ts';
import { isConsentPending } from '../../lambda/exchange/known-error.ts';
import { issuedCredential, judge } from '../../lambda/exchange/token-response.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import {
  type ArchivedExchange,
  parseArchivedExchange,
  parseExchangeKey,
  timeOfKey,
} from '../../lambda/history/archived-exchange.ts';
import { isExchangeOf } from '../../lambda/history/former-names.ts';
import { undamagedObject } from '../../lambda/keep/undamaged-object.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { shown } from '../../lambda/shown.ts';
import { CommandError } from '../errors.ts';
import { findTenant } from '../map/find-tenant.ts';
import { listExchanges, readFormerNames } from './tenant-exchanges.ts';

/** One exchange, without its body. Fingerprints name tokens without being them. */
export interface ExchangeLine {
  at: string;
  shard: string;
  grant_type: string;
  status: number | null;
  /**
   * `issued`, `adopted` (an operator put a credential into the map), `pending` (nobody has given
   * consent yet), or why it failed.
   */
  outcome: string;
  /** Fingerprint of the credential that was sent. */
  sent: string | null;
  /** Fingerprint of the refresh token that came back. */
  received: string | null;
  key: string;
}

const READS_AT_ONCE = 16;

/**
 * Reads a tenant's newest exchanges, oldest first, and counts all. Throws CommandError where neither
 * the archive nor a map knows it, and StoreError.
 */
export async function readHistory(
  ports: RunPorts,
  tenant: string,
  { limit, shard }: { limit: number; shard?: string | undefined },
): Promise<{ lines: ExchangeLine[]; total: number }> {
  const shards = shard === undefined ? await ports.vault.shards() : [shard];
  const keys = await listExchanges(ports, shards, tenant);
  if (keys.length === 0) {
    await findTenant(ports, tenant, shard);
  }
  const newest = keys.sort((a, b) => (timeOfKey(a) < timeOfKey(b) ? -1 : 1)).slice(-limit);
  return { lines: await readLines(ports, newest), total: keys.length };
}

/**
 * Reads one exchange of a tenant with its reply, which holds tokens. Throws CommandError where the
 * key names none of this tenant's, and StoreError.
 */
export async function readExchange(
  { archive, states }: RunPorts,
  tenant: string,
  key: string,
): Promise<ArchivedExchange> {
  const shard = parseExchangeKey(key)?.shard;
  const formerNames = shard ? await readFormerNames({ states }, [shard], tenant) : [];
  const exchange = isExchangeOf(key, tenant, formerNames)
    ? parseArchivedExchange(await undamagedObject(archive, key))
    : undefined;
  if (!exchange) {
    throw new CommandError(
      `The archive has no exchange of tenant ${shown(tenant)} under this key.`,
      {
        nextStep: `All keys: tokens history ${shown(tenant)} --keys`,
      },
    );
  }
  return exchange;
}

async function readLines({ archive }: RunPorts, keys: readonly string[]): Promise<ExchangeLine[]> {
  const lines = await pLimit(READS_AT_ONCE).map(keys, async (key) =>
    toLine(key, await undamagedObject(archive, key)),
  );
  return lines.filter((line) => line !== null);
}

function toLine(key: string, value: unknown): ExchangeLine | null {
  const exchange = parseArchivedExchange(value);
  if (!exchange) {
    return null;
  }
  const received = issuedCredential(exchange);
  return {
    at: exchange.sent_at,
    shard: exchange.shard,
    grant_type: exchange.grant_type,
    status: exchange.status,
    outcome: outcomeOf(exchange),
    sent: exchange.spent,
    received: received === null ? null : fingerprint(received),
    key,
  };
}

function outcomeOf(exchange: ArchivedExchange): string {
  if (isWithoutAnswer(exchange)) {
    return exchange.grant_type === 'adopted' ? 'adopted' : 'filed';
  }
  const judgement = judge(exchange);
  if (judgement.kind === 'issued') {
    return 'issued';
  }
  return isConsentPending(judgement.oauth_error) ? 'pending' : judgement.code;
}
