import type { Ask, Asked } from '../ask/ask-all.ts';
import { createPacer } from '../ask/pacer.ts';
import { choose } from '../ask/selection.ts';
import type { ShardView } from '../ask/shard-view.ts';
import type { Wanted } from '../ask/wanted.ts';
import { readInbox, withInboxCodes } from '../keep/inbox-codes.ts';
import type { Offering } from '../keep/keep-offering.ts';
import type { WaitingCode } from '../keep/waiting-code.ts';
import { askThem, type RotationParts } from './ask-them.ts';

/** Describes what was chosen and asked, and faults of this program that some tenants met. */
interface AskedCodes {
  choices: Ask[];
  asked: Asked[];
  faults: unknown[];
}

/**
 * A code lives minutes. While others are asked, the inbox is looked into each time this is over.
 */
const LOOK_EVERY_MS = 30_000;

/** Chooses tenants whose code came by a connect link, for any run. */
export function chooseByCode(view: ShardView, codes: readonly WaitingCode[]): Ask[] {
  if (codes.length === 0) {
    return [];
  }
  const wanted: Wanted = {
    kind: 'filtered',
    names: new Set(codes.map(({ link }) => link.tenant)),
    provider: null,
    app: null,
    tag: null,
    expiringWithinMs: null,
  };
  const asks = choose(view, wanted).filter((choice) => choice.do === 'ask');
  return asks.filter(({ tenant }) => tenant.grant === 'authorization_code');
}

/**
 * Asks with codes of the inbox, and goes on looking for new ones until `others` has ended. Nobody
 * else's pace, pause or retry comes before a code. They have a pacer of their own.
 */
export async function askCodesUntil(
  parts: RotationParts,
  offering: Offering,
  first: readonly Ask[],
  others: Promise<unknown>,
): Promise<AskedCodes> {
  const { clock } = parts.run.ports;
  const all: AskedCodes = {
    choices: [],
    asked: [],
    faults: [],
  };
  const ended = new AbortController();
  void others.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  for (let asks = first; ; asks = await newAsks(parts)) {
    const own = { ...parts, pacer: createPacer(clock) };
    const { asked, faults } = await askThem(own, offering, asks);
    all.choices.push(...asks);
    all.asked.push(...asked);
    all.faults.push(...faults);
    if (!ended.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, ended.signal);
    }
    if (ended.signal.aborted) {
      return all;
    }
  }
}

async function newAsks({ run, view }: RotationParts): Promise<Ask[]> {
  const known = new Set(run.codes.map(({ fingerprint }) => fingerprint));
  const found = await readInbox(run.ports, run.shard);
  const fresh = found.filter(({ fingerprint }) => !known.has(fingerprint));
  if (fresh.length === 0) {
    return [];
  }
  run.codes = [...run.codes, ...fresh];
  run.vault = { ...run.vault, map: withInboxCodes(run, run.vault.map) };
  return chooseByCode(view(), fresh);
}
