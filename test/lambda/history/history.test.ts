import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adoptable,
  currentOf,
  forget,
  type ReplayEntry,
  replay,
  restore,
  type TenantStates,
} from '../../../lambda/history/history.ts';
import { HISTORY_CAP } from '../../../lambda/history/shard-state.ts';

let clock = 0;
function entry(part: Partial<ReplayEntry> & Pick<ReplayEntry, 'turn' | 'tenant'>): ReplayEntry {
  const sentAt = new Date(++clock * 1000).toISOString();
  const key = `responses/default/${String(part.turn).padStart(8, '0')}-${sentAt}/${part.tenant}-${clock}.json`;
  return { kind: 'exchange', key, sentAt, spent: null, issued: null, token: null, ...part };
}
const adopted = (turn: number, tenant: string, issued: string) =>
  entry({ kind: 'adopted', turn, tenant, issued });
const exchanged = (turn: number, tenant: string, spent: string, issued: string | null) =>
  entry({ turn, tenant, spent, issued });
const histories = (states: TenantStates) =>
  Object.fromEntries([...states].map(([name, state]) => [name, state.history]));
const none: TenantStates = new Map();
const holds = (tenant: string, refreshToken: string | null, code: string | null = null) => ({
  tenant,
  refreshToken,
  code,
});

describe(replay.name, () => {
  it('makes what an exchange issued current for the tenant that spent it', () => {
    const states = replay(none, [
      adopted(1, 'a', 'A1'),
      exchanged(1, 'a', 'A1', 'A2'),
      exchanged(2, 'a', 'A2', 'A3'),
    ]);
    expect(histories(states)).toEqual({ a: ['A1', 'A2', 'A3'] });
  });

  it('keeps the current one when a reply names none or repeats it', () => {
    const states = replay(none, [
      adopted(1, 'a', 'A1'),
      exchanged(1, 'a', 'A1', null),
      exchanged(2, 'a', 'A1', 'A1'),
    ]);
    expect(histories(states)).toEqual({ a: ['A1'] });
  });

  it('does so for every tenant that shares the credential', () => {
    const states = replay(none, [
      adopted(1, 'a', 'X1'),
      adopted(1, 'b', 'X1'),
      exchanged(1, 'a', 'X1', 'X2'),
    ]);
    expect(histories(states)).toEqual({ a: ['X1', 'X2'], b: ['X1', 'X2'] });
  });

  it('puts what an exchange of before issued into the past when it comes late', () => {
    const late = exchanged(1, 'a', 'A1', 'B');
    const states = replay(none, [adopted(1, 'a', 'A1'), exchanged(2, 'a', 'A1', 'A2')]);
    expect(currentOf(replay(states, [late]).get('a'))).toBe('A2');
    expect(replay(states, [late]).get('a')?.history).toContain('B');
  });

  it('lets a late answer succeed what was adopted meanwhile, since that had been spent', () => {
    const late = exchanged(1, 'a', 'A1', 'A2');
    const states = replay(none, [adopted(1, 'a', 'A1'), adopted(2, 'copy', 'A1')]);
    expect(histories(replay(states, [late]))).toEqual({ a: ['A1', 'A2'], copy: ['A1', 'A2'] });
  });

  it('follows a provider that alternates between two tokens', () => {
    const entries = [
      adopted(1, 'a', 'A'),
      exchanged(1, 'a', 'A', 'B'),
      exchanged(2, 'a', 'B', 'A'),
    ];
    const states = replay(none, entries);
    expect(currentOf(states.get('a'))).toBe('A');
    expect(currentOf(replay(states, entries).get('a'))).toBe('A');
  });

  it('takes a code for sent, and what it issued for current', () => {
    const states = replay(none, [
      adopted(1, 'a', 'A1'),
      entry({ kind: 'code', turn: 2, tenant: 'a', spent: 'C', issued: 'R1' }),
    ]);
    expect(states.get('a')).toMatchObject({ history: ['A1', 'R1'], codes_sent: ['C'] });
  });

  it('rebuilds a history whose oldest entries the archive has no longer', () => {
    expect(histories(replay(none, [exchanged(7, 'a', 'A6', 'A7')]))).toEqual({ a: ['A6', 'A7'] });
  });

  it('remembers the newest access token and what it was issued for', () => {
    const token = { expiresAt: '2026-01-01T01:00:00.000Z', rotatedAt: '2026-01-01T00:00:00.000Z' };
    const newer = { ...exchanged(3, 'a', 'A1', 'A2'), token };
    const states = replay(none, [
      adopted(1, 'a', 'A1'),
      newer,
      { ...entry({ turn: 2, tenant: 'u', spent: 'identity' }), token },
    ]);
    expect(states.get('a')).toMatchObject({
      archive_key: newer.key,
      token_for: 'A2',
      expires_at: token.expiresAt,
    });
    expect(states.get('u')).toMatchObject({ token_for: 'identity', history: [] });
  });

  it('caps a history', () => {
    const entries = [
      adopted(1, 'a', 'A0'),
      ...Array.from({ length: 500 }, (_, i) => exchanged(i + 1, 'a', `A${i}`, `A${i + 1}`)),
    ];
    const history = replay(none, entries).get('a')?.history ?? [];
    expect(history).toHaveLength(HISTORY_CAP);
    expect(history.at(-1)).toBe('A500');
  });

  it('changes nothing when what was replayed is replayed again, in any order and any part', () => {
    const step = fc.record({
      tenant: fc.constantFrom('a', 'b'),
      fresh: fc.boolean(),
      rotates: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.infiniteStream(fc.boolean()),
        (steps, coins) => {
          const current: Record<string, string> = {};
          let issued = 0;
          const entries = steps.flatMap(({ tenant, fresh, rotates }, turn) => {
            const list: ReplayEntry[] = [];
            const held = current[tenant];
            const spent = held === undefined || fresh ? `t${++issued}` : held;
            if (spent !== held) list.push(adopted(turn, tenant, spent));
            current[tenant] = rotates ? `t${++issued}` : spent;
            list.push(exchanged(turn, tenant, spent, current[tenant]));
            return list;
          });
          const states = replay(none, entries);
          for (const [tenant, token] of Object.entries(current))
            expect(currentOf(states.get(tenant))).toBe(token);
          const again = entries.filter(() => coins.next().value);
          expect(histories(replay(states, again.reverse()))).toEqual(histories(states));
        },
      ),
    );
  });
});

describe(restore.name, () => {
  const states = replay(none, [
    adopted(1, 'a', 'A1'),
    exchanged(1, 'a', 'A1', 'A2'),
    exchanged(2, 'a', 'A2', 'A3'),
    adopted(1, 'b', 'B1'),
  ]);

  it('puts the current credential back where a succeeded one stands, however old', () => {
    expect(restore([holds('a', 'A1'), holds('b', 'B1')], states)).toEqual([
      { tenant: 'a', put: 'A3', removeCode: false },
    ]);
    expect(restore([holds('a', 'A2')], states)).toEqual([
      { tenant: 'a', put: 'A3', removeCode: false },
    ]);
  });

  it('leaves the current one and what nobody knows', () => {
    expect(restore([holds('a', 'A3'), holds('b', 'operator')], states)).toEqual([]);
  });

  it('gives a renamed tenant, and a copy of an old entry, what succeeded it', () => {
    expect(restore([holds('renamed', 'A1')], states)).toEqual([
      { tenant: 'renamed', put: 'A3', removeCode: false },
    ]);
    expect(restore([holds('a', 'A3'), holds('copy', 'A2')], states)).toEqual([
      { tenant: 'copy', put: 'A3', removeCode: false },
    ]);
  });

  it('lets two tenants swap their credentials', () => {
    expect(restore([holds('a', 'B1'), holds('b', 'A3')], states)).toEqual([]);
  });

  it('removes a code that was sent and puts what it issued', () => {
    const spent = replay(none, [
      entry({ kind: 'code', turn: 1, tenant: 'a', spent: 'C', issued: 'R' }),
    ]);
    expect(restore([holds('a', null, 'C')], spent)).toEqual([
      { tenant: 'a', put: 'R', removeCode: true },
    ]);
    expect(restore([holds('renamed', null, 'C')], spent)).toEqual([
      { tenant: 'renamed', put: 'R', removeCode: true },
    ]);
    expect(restore([holds('a', null, 'another')], spent)).toEqual([]);
  });
});

describe(adoptable.name, () => {
  const states = replay(none, [adopted(1, 'a', 'A1'), exchanged(1, 'a', 'A1', 'A2')]);

  it('names what an operator put in, and nothing that was succeeded or is current', () => {
    const held = [holds('a', 'new'), holds('b', 'A1'), holds('c', 'A2'), holds('d', null)];
    expect(adoptable(held, states).map(({ tenant }) => tenant)).toEqual(['a', 'c']);
    expect(adoptable([holds('a', 'A2')], states)).toEqual([]);
  });

  it('takes back what an operator had taken out of the history', () => {
    const state = states.get('a');
    const forgotten = new Map(state ? [['a', forget(state, 'A1')]] : []);
    expect(adoptable([holds('a', 'A1')], forgotten)).toHaveLength(1);
  });
});
