import pLimit from 'p-limit';
import { type ConnectLink, resultOf } from '../connect/connect-link.ts';
import { changeLink, readLink } from '../connect/connect-store.ts';
import {
  type InboxEntry,
  inboxPrefix,
  parseInboxEntry,
  parseInboxKey,
} from '../connect/inbox-entry.ts';
import { type CodeTarget, judgeCode, settleLink } from '../connect/judge-code.ts';
import { fingerprint } from '../fingerprint.ts';
import { isSent } from '../history/families.ts';
import { isTenant, resolveTenant } from '../map/tenant-entry.ts';
import { heldCredentials, type VaultMap } from '../map/vault-map.ts';
import { type RunPorts, StoreError } from '../ports.ts';
import { reportDamaged } from './archived-object.ts';
import type { ShardRun } from './shard-run.ts';
import type { WaitingCode } from './waiting-code.ts';

const AT_ONCE = 8;

/**
 * Reads the codes of a shard's inbox that no link has a result for. Never throws. A stack without
 * the connect page lets nobody read there, and no tenant waits for another one's consent.
 */
export async function readInbox(
  { archive, records, log }: Pick<RunPorts, 'archive' | 'records' | 'log'>,
  shard: string,
): Promise<WaitingCode[]> {
  try {
    const keys = await archive.list(inboxPrefix(shard));
    const read = await pLimit(AT_ONCE).map(keys, (key) =>
      readGoodCode({ archive, records, log }, shard, key),
    );
    return read.filter((code) => code !== null);
  } catch {
    log({
      level: 'warn',
      message: 'The inbox of connect links could not be read',
      shard,
    });
    return [];
  }
}

/** A damaged code or link keeps no other one waiting. Throws StoreError. */
async function readGoodCode(
  ports: Pick<RunPorts, 'archive' | 'records' | 'log'>,
  shard: string,
  key: string,
): Promise<WaitingCode | null> {
  try {
    return await readCode(ports, key);
  } catch (error) {
    const isDamaged = !(error instanceof StoreError) || error.reason === 'damaged';
    if (!isDamaged) {
      throw error;
    }
    reportDamaged({ ports, shard }, key);
    return null;
  }
}

async function readCode(
  { archive, records }: Pick<RunPorts, 'archive' | 'records'>,
  key: string,
): Promise<WaitingCode | null> {
  const named = parseInboxKey(key);
  if (!named) {
    return null;
  }
  const found = await readLink(records, named.link);
  if (!found) {
    return null;
  }
  const link = found.value;
  if (resultOf(link, named.attempt) !== undefined) {
    return null;
  }
  const stored = await archive.get(key);
  if (stored === null) {
    return null;
  }
  const entry = parseInboxEntry(stored);
  // Its key names link and attempt. What the entry says of itself does not count.
  const code = {
    ...entry,
    ...named,
    keep: keptByLink(link, entry.keep),
  };
  return { link, entry: code, fingerprint: fingerprint(entry.code) };
}

/** The page may bring the fields that the link names, and no other field of an entry. */
function keptByLink({ consent }: ConnectLink, keep: InboxEntry['keep']): InboxEntry['keep'] {
  const kept: InboxEntry['keep'] = {};
  for (const { field, pattern } of Object.values(consent.keep)) {
    const value = keep[field];
    if (value === undefined) {
      continue;
    }
    const isRight = new RegExp(`^(?:${pattern})$`).test(value);
    if (isRight) {
      kept[field] = value;
    }
  }
  return kept;
}

/**
 * Returns the map as it would be if the codes were in their tenants' entries. A code counts there
 * as long as it may be sent, and after it was sent until its link has the result. An entry's own
 * code goes first.
 */
export function withInboxCodes(run: ShardRun, map: VaultMap): VaultMap {
  if (run.codes.length === 0) {
    return map;
  }
  const tenants = new Map(map.tenants);
  for (const code of run.codes) {
    const { tenant } = code.link;
    const held = map.tenants.get(tenant);
    if (held === undefined) {
      continue;
    }
    const isFree = heldCredentials(tenants.get(tenant)).code === null;
    if (isFree && counts(run, map, code)) {
      tenants.set(tenant, entryWith(held, code));
    }
  }
  return { ...map, tenants };
}

function counts(run: ShardRun, map: VaultMap, code: WaitingCode): boolean {
  if (isSent(run.ledger.knowledge, code.fingerprint)) {
    return true;
  }
  return verdictOn(run, map, code).do === 'ask';
}

/** A paused tenant is connected too, and stays paused. */
function entryWith(held: unknown, { link, entry }: WaitingCode): object {
  const { code, code_verifier, keep } = entry;
  return {
    ...(held as object),
    ...keep,
    authorization_code: code,
    ...(code_verifier !== null && { code_verifier }),
    redirect_uri: link.redirect_uri,
    enabled: true,
  };
}

function verdictOn(run: ShardRun, map: VaultMap, code: WaitingCode) {
  return judgeCode(code.link, code.entry, targetOf(map, code), run.ports.clock.now());
}

function targetOf(map: VaultMap, code: WaitingCode): CodeTarget | null {
  const { tenant } = code.link;
  const entry = entryWith(map.tenants.get(tenant), code);
  const resolved = resolveTenant(tenant, { ...map, tenants: new Map([[tenant, entry]]) });
  if (!isTenant(resolved)) {
    return null;
  }
  return {
    provider: resolved.provider.id,
    client_id: resolved.client_id,
    token_host: new URL(resolved.token_url).host,
  };
}

/**
 * Tells each link what became of its code, after the commit of what it brought. `refused` are the
 * tenants whose code the platform refused in this run. Never throws. The next run says it again.
 */
export async function settleCodes(run: ShardRun, refused: ReadonlySet<string>): Promise<void> {
  const at = new Date(run.ports.clock.now()).toISOString();
  const limit = pLimit(AT_ONCE);
  const settle = async (code: WaitingCode) => {
    const settled = settlementOf(run, code, refused);
    if (!settled) {
      return;
    }
    const { link, entry } = code;
    await changeLink(run.ports.records, link.id, (found) =>
      settleLink(found, entry.attempt, settled, at),
    );
  };
  const ended = await Promise.allSettled(run.codes.map((code) => limit(() => settle(code))));
  for (const _ of ended.filter(({ status }) => status === 'rejected')) {
    run.ports.log({
      level: 'warn',
      message: 'The result could not be written to a connect link',
      shard: run.shard,
    });
  }
}

function settlementOf(run: ShardRun, code: WaitingCode, refused: ReadonlySet<string>) {
  const { map } = run.vault;
  const { tenant } = code.link;
  if (isSent(run.ledger.knowledge, code.fingerprint)) {
    const failed = refused.has(tenant) ? 'refused' : 'failed';
    return { result: hasBrought(run, code) ? 'connected' : failed, end: false } as const;
  }
  if (!map.tenants.has(tenant)) {
    return null;
  }
  const verdict = verdictOn(run, map, code);
  return verdict.do === 'settle' ? verdict : null;
}

/** Tells whether a code brought a refresh token, or an access token alone. */
function hasBrought({ ledger }: ShardRun, { link, fingerprint: print }: WaitingCode): boolean {
  const { families, tokens } = ledger.knowledge;
  const family = families.get(print);
  if (family && family.current !== null) {
    return true;
  }
  return tokens.get(link.tenant)?.for === print;
}
