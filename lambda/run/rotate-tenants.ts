import type { Ask } from '../ask/ask-all.ts';
import { choose, chooseCompanions } from '../ask/selection.ts';
import type { Wanted } from '../ask/wanted.ts';
import { commit } from '../keep/commit.ts';
import { startOffering } from '../keep/keep-offering.ts';
import { publish } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { askCodesUntil, chooseByCode } from './ask-codes.ts';
import { askThem, type Hurry, type RotationParts } from './ask-them.ts';
import type { Rotation } from './rotation.ts';
import { withinBudget } from './within-budget.ts';

type Done = Pick<Rotation, 'choices' | 'asked' | 'committed' | 'commits' | 'published' | 'faults'>;

/**
 * Tenants that come along on demand are waited for this long before the named one is committed.
 * None of them begins later. The next caller of the shard waits for its lease.
 */
const COMPANIONS_WAIT_MS = 2_000;

/** Does steps 3 to 6 for all chosen tenants at once, and for those whose consent came by a link. */
export async function rotateChosen(parts: RotationParts, wanted: Wanted): Promise<Done> {
  const byCode = chooseByCode(parts.view(), parts.run.codes);
  const named = new Set(byCode.map(({ name }) => name));
  const choices = choose(parts.view(), wanted).filter(({ name }) => !named.has(name));
  const offering = startOffering(parts.run);
  const underWay = askThem(parts, offering, asksOf(choices));
  const byLink = askCodesUntil(parts, offering, byCode, underWay);
  const [codes, { asked, faults }] = await bothEnded(byLink, underWay);
  const offered = await offering.settled();
  return {
    choices: [...codes.choices, ...choices],
    asked: [...codes.asked, ...asked],
    faults: [...codes.faults, ...faults, ...offered.faults],
    ...(await keep(parts.run)),
  };
}

/**
 * Does steps 3 to 6 for one tenant whose consumer waits. Others come along only when it succeeded,
 * since a version of the secrets is made anyway. They get no retries, and it does not wait for the
 * slow ones.
 */
export async function rotateOnDemand(
  parts: RotationParts,
  wanted: Extract<Wanted, { kind: 'on_demand' }>,
): Promise<Done> {
  const { run } = parts;
  const view = parts.view();
  const choices = withinBudget(view, run.lease.state(), choose(view, wanted));
  const named = await askAndArchive(parts, asksOf(choices));
  const isRotated = named.asked.some(({ answer }) => answer.kind === 'issued');
  const companions = isRotated ? chooseCompanions(parts.view(), wanted.name) : [];
  if (companions.length === 0) {
    return {
      choices,
      ...named,
      ...(await keep(run)),
    };
  }
  let areAnswered = false;
  const latestAt = run.ports.clock.monotonic() + COMPANIONS_WAIT_MS;
  const hurry = { mayRetry: false, latestAt };
  const along = askAndArchive(parts, companions, hurry).finally(() => {
    areAnswered = true;
  });
  await Promise.race([along, run.ports.clock.sleep(COMPANIONS_WAIT_MS)]);
  const isComplete = areAnswered;
  const [kept, others] = await bothEnded(keep(run), along);
  return {
    choices: [...choices, ...companions],
    asked: [...named.asked, ...others.asked],
    faults: [...named.faults, ...others.faults],
    ...(isComplete ? kept : await keep(run)),
    commits: isComplete ? 1 : 2,
  };
}

/**
 * Returns what both come to, once neither is under way. A fault in one of them ends the lease, and
 * nobody may be asked after it.
 */
async function bothEnded<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

function asksOf(choices: Done['choices']): Ask[] {
  return choices.filter((choice) => choice.do === 'ask');
}

/** Steps 3 and 4. Ends when every answer is durable, or the function's time is nearly up. */
async function askAndArchive(parts: RotationParts, asks: readonly Ask[], hurry?: Hurry) {
  const offering = startOffering(parts.run);
  const { asked, faults } = await askThem(parts, offering, asks, hurry);
  const offered = await offering.settled();
  return { asked, faults: [...faults, ...offered.faults] };
}

/** Steps 5 and 6. */
async function keep(run: ShardRun): Promise<Pick<Rotation, 'committed' | 'commits' | 'published'>> {
  const committed = await commit(run);
  return { committed, commits: 1, published: await publish(run, 'all') };
}
