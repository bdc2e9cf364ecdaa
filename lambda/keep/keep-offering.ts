import pLimit from 'p-limit';
import { STORE_CALL_MS } from '../deadlines.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import { VaultMapError } from '../map/vault-map.ts';
import { StoreError } from '../ports.ts';
import { OFFER_EVERY_MS } from './archive-gate.ts';
import { commitUndurable } from './commit.ts';
import { hasLanded, type OwnExchange, undurable } from './ledger.ts';
import type { ShardRun } from './shard-run.ts';

const OFFERS_AT_ONCE = 8;
/** The function's last seconds are for what comes after, one call under way, and the report. */
const LAST_OFFER_MS = 2 * STORE_CALL_MS;

/** Archives answers, and offers what the archive refused until it takes it. */
export interface Offering {
  /** Offers an answer to the archive for the first time. Resolves to whether it took it. */
  archive(key: string, exchange: ArchivedExchange): Promise<boolean>;
  /** Waits for that first offer. What was refused is offered on in the background. */
  keepOn(own: OwnExchange, archived: Promise<boolean>): Promise<void>;
  /**
   * Resolves when nothing is offered any more, with a fault of this program that kept answers out of
   * the vault. The archive was offered them all the same.
   */
  settled(): Promise<{ faults: readonly unknown[] }>;
}

/**
 * Offers every answer of this run to the archive, and where that refuses, to the vault as well,
 * every five seconds until it is durable or the function's time is nearly up. A denied write is
 * offered on too. Rights and keys come back. Meanwhile the gate is closed for new exchanges.
 */
export function startOffering(run: ShardRun): Offering {
  let isOffering = false;
  let offering: Promise<void> = Promise.resolve();
  let faults: readonly unknown[] = [];

  async function offerOn(): Promise<void> {
    await commitAnyway();
    while (await offerOnce(run, commitAnyway)) {
      // Until everything has landed, or nothing more can be done.
    }
    isOffering = false;
  }

  /** Never throws. Nobody awaits what is offered on, and others are still asked. */
  async function commitAnyway(): Promise<boolean> {
    try {
      return await commitUndurable(run);
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof VaultMapError)) {
        faults = [error];
      }
      return false;
    }
  }

  return {
    archive: (key, exchange) => put(run, key, exchange),
    async keepOn(own, archived) {
      await noteLanding(own, archived);
      if (own.landed || isOffering) {
        return;
      }
      isOffering = true;
      offering = offerOn();
    },
    async settled() {
      for (;;) {
        while (isOffering) {
          await offering;
        }
        if (undurable(run.ledger).length === 0 || !hasTime(run)) {
          return { faults };
        }
        isOffering = true;
        offering = offerOn();
      }
    },
  };
}

/** Returns whether it is to be done again. */
async function offerOnce(run: ShardRun, commitAnyway: () => Promise<boolean>): Promise<boolean> {
  if (!hasTime(run)) {
    return false;
  }
  await run.ports.clock.sleep(OFFER_EVERY_MS);
  await pLimit(OFFERS_AT_ONCE).map(unlanded(run), (own) => offerAgain(run, own));
  if (hasLanded(run.ledger)) {
    return false;
  }
  const isSafe = undurable(run.ledger).length === 0 || (await commitAnyway());
  run.gate.tire();
  return !isSafe || run.gate.closedBy() === null;
}

/** A wall clock that is set ahead, or a machine that slept, takes no time from an only copy. */
function hasTime({ ports, toldAt, deadlineAt }: ShardRun): boolean {
  const passedMs = ports.clock.monotonic() - toldAt.monotonic;
  return deadlineAt - toldAt.wall - passedMs > LAST_OFFER_MS;
}

function offerAgain(run: ShardRun, own: OwnExchange): Promise<void> {
  return noteLanding(own, put(run, own.entry.key, own.exchange));
}

/** One offer may be refused after another one was taken. */
async function noteLanding(own: OwnExchange, archived: Promise<boolean>): Promise<void> {
  own.landed = (await archived) || own.landed;
}

/** Returns whether the archive took it. Never throws. */
async function put(run: ShardRun, key: string, exchange: ArchivedExchange): Promise<boolean> {
  try {
    await run.ports.archive.put(key, exchange);
    run.gate.took(key);
    return true;
  } catch (error) {
    run.gate.refused(key, error);
    return false;
  }
}

function unlanded(run: ShardRun): OwnExchange[] {
  return run.ledger.own.filter(({ landed }) => !landed);
}
