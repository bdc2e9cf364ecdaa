import { currentOf } from '../history/history.ts';
import { HISTORY_CAP, newTenantState, type TenantState } from '../history/shard-state.ts';

/**
 * What a tenant brings along from another shard, laid over what this shard knows of it: of an
 * earlier stay, or, where it was handed over before, of what became of it here since. Turns count
 * per shard: what made its credential current there counts as of `turn` here.
 */
export function handOver(
  brought: TenantState | undefined,
  here: TenantState | undefined,
  turn: number,
): TenantState {
  if (brought === undefined || here === undefined)
    return { ...(brought ?? here ?? newTenantState), history_turn: turn, moved_to: null };
  const current = currentOf(brought);
  const wasHandedOver =
    here.moved_to === null &&
    (current === null ? here.archive_key !== null : here.history.includes(current));
  const [older, newer] = wasHandedOver
    ? [brought, here]
    : [here, { ...brought, history_turn: turn }];
  const joined = (list: 'history' | 'codes_sent') =>
    [...older[list].filter((known) => !newer[list].includes(known)), ...newer[list]].slice(
      -HISTORY_CAP,
    );
  return { ...newer, history: joined('history'), codes_sent: joined('codes_sent'), moved_to: null };
}
