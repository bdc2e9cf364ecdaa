import type { Ask } from '../ask/ask-all.ts';
import { choose, chooseCompanions } from '../ask/selection.ts';
import { hasBudget } from '../ask/version-budget.ts';
import type { Wanted } from '../ask/wanted.ts';
import { commit } from '../keep/commit.ts';
import { startOffering } from '../keep/keep-offering.ts';
import { publish } from '../keep/publish.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import { askCodesUntil, chooseByCode } from './ask-codes.ts';
import { askThem, type RotationParts } from './ask-them.ts';
import type { Rotation } from './rotation.ts';

type Done = Pick<Rotation, 'choices' | 'asked' | 'committed' | 'published' | 'faults'>;

/** Tenants that come along on demand are waited for this long before the named one is committed. */
const COMPANIONS_WAIT_MS = 2_000;

/** Does steps 3 to 6 for all chosen tenants at once, and for those whose consent came by a link. */
export async function rotateChosen(parts: RotationParts, wanted: Wanted): Promise<Done> {
  const byCode = chooseByCode(parts.view(), parts.run.codes);
  const named = new Set(byCode.map(({ name }) => name));
  const choices = choose(parts.view(), wanted).filter(({ name }) => !named.has(name));
  const offering = startOffering(parts.run);
  const underWay = askThem(parts, offering, asksOf(choices), true);
  const codes = await askCodesUntil(parts, offering, byCode, underWay);
  const { asked, faults } = await underWay;
  await offering.settled();
  return {
    choices: [...codes.choices, ...choices],
    asked: [...codes.asked, ...asked],
    faults: [...codes.faults, ...faults],
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
  const choices = withinBudget(parts, choose(parts.view(), wanted));
  const named = await askAndArchive(parts, asksOf(choices), true);
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
  const along = askAndArchive(parts, companions, false).finally(() => {
    areAnswered = true;
  });
  await Promise.race([along, run.ports.clock.sleep(COMPANIONS_WAIT_MS)]);
  const isComplete = areAnswered;
  const kept = await keep(run);
  const others = await along;
  return {
    choices: [...choices, ...companions],
    asked: [...named.asked, ...others.asked],
    faults: [...named.faults, ...others.faults],
    ...(isComplete ? kept : await keep(run)),
  };
}

/** Versions of the secrets are a budget of the shard. Scheduled runs keep their share of it. */
function withinBudget({ run }: RotationParts, choices: Done['choices']): Done['choices'] {
  if (hasBudget(run.lease.state().asked_at, run.ports.clock.now())) {
    return choices;
  }
  return choices.map((choice) => {
    if (choice.do !== 'ask') {
      return choice;
    }
    return {
      do: 'defer',
      name: choice.name,
      provider: choice.tenant.provider.id,
      reason: 'its shard has used up the refreshes on demand of a day',
    };
  });
}

function asksOf(choices: Done['choices']): Ask[] {
  return choices.filter((choice) => choice.do === 'ask');
}

/** Steps 3 and 4. Ends when every answer is durable, or the function's time is nearly up. */
async function askAndArchive(parts: RotationParts, asks: readonly Ask[], mayRetry: boolean) {
  const offering = startOffering(parts.run);
  const answered = await askThem(parts, offering, asks, mayRetry);
  await offering.settled();
  return answered;
}

/** Steps 5 and 6. */
async function keep(run: ShardRun): Promise<Pick<Rotation, 'committed' | 'published'>> {
  const committed = await commit(run);
  return { committed, published: await publish(run, 'all') };
}
