import type { Choice } from '../ask/choice.ts';
import type { ShardView } from '../ask/shard-view.ts';
import { hasBudget } from '../ask/version-budget.ts';
import { newestToken } from '../history/families.ts';
import type { ShardState } from '../history/shard-state.ts';

/**
 * Puts off what is asked on demand, where the shard's budget of versions for it is used up.
 * Scheduled runs keep their share.
 */
export function withinBudget(
  { knowledge, now }: ShardView,
  { asked_at }: Pick<ShardState, 'asked_at'>,
  choices: readonly Choice[],
): Choice[] {
  return choices.map((choice) => {
    const issuedAt = newestToken(knowledge, choice.name)?.rotated_at ?? null;
    if (choice.do !== 'ask' || hasBudget(asked_at, { issuedAt, now })) {
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
