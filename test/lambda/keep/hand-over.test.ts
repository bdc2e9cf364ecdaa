import { describe, expect, it } from 'vitest';
import { newTenantState, type TenantState } from '../../../lambda/history/shard-state.ts';
import { handOver } from '../../../lambda/keep/hand-over.ts';

const state = (history: string[], more: Partial<TenantState> = {}): TenantState => ({
  ...newTenantState,
  history,
  history_turn: 900,
  ...more,
});

describe(handOver.name, () => {
  it('takes the whole record to a new shard, with the turn of that shard', () => {
    const brought = state(['a', 'b'], { moved_to: 'eu', archive_key: 'k', codes_sent: ['c'] });
    expect(handOver(brought, undefined, 3)).toEqual({
      ...brought,
      history_turn: 3,
      moved_to: null,
    });
  });

  it('puts what the tenant has been since before the current one of an earlier stay', () => {
    const here = state(['a', 'b'], { moved_to: 'us', archive_key: 'old', codes_sent: ['c1'] });
    const brought = state(['a', 'b', 'c'], {
      moved_to: 'eu',
      archive_key: 'new',
      codes_sent: ['c1', 'c2'],
    });
    expect(handOver(brought, here, 3)).toMatchObject({
      history: ['a', 'b', 'c'],
      history_turn: 3,
      archive_key: 'new',
      codes_sent: ['c1', 'c2'],
    });
    expect(handOver(brought, state(['x'], { moved_to: 'us' }), 3).history).toEqual([
      'x',
      'a',
      'b',
      'c',
    ]);
  });

  it('leaves alone what was handed over before and has gone on since', () => {
    const here = state(['a', 'b', 'c'], { history_turn: 7, archive_key: 'newer' });
    expect(handOver(state(['a', 'b'], { moved_to: 'eu', archive_key: 'k' }), here, 9)).toEqual(
      here,
    );
    const spendsNothing = state([], { archive_key: 'newer', history_turn: 7 });
    expect(handOver(state([], { moved_to: 'eu', archive_key: 'k' }), spendsNothing, 9)).toEqual(
      spendsNothing,
    );
  });

  it('knows nothing of a tenant that no shard knows', () => {
    expect(handOver(undefined, undefined, 3)).toEqual({ ...newTenantState, history_turn: 3 });
  });
});
