import { describe, expect, it } from 'vitest';
import {
  copyKnowledge,
  forgetOldMembers,
  isInDoubt,
  type Knowledge,
  newKnowledge,
  unreadConsentOf,
} from '../../../lambda/history/families.ts';
import { type Entry, learn } from '../../../lambda/history/learn.ts';

function entry(kind: Entry['kind'], stamp: string, more: Partial<Entry>): Entry {
  return {
    kind,
    key: `key-${stamp}`,
    filedAt: stamp,
    sentAt: stamp,
    tenant: 'acme',
    stamp,
    client: null,
    root: 'a',
    spent: null,
    issued: null,
    born: null,
    joined: '1',
    had: [],
    inDoubt: [],
    token: null,
    unread: false,
    unsent: false,
    ...more,
  };
}

const ADOPTED = entry('adopted', '1', { issued: 'a', born: '1' });
const ROTATED = entry('exchange', '2', { spent: 'a', issued: 'b' });
const LATE_TWIN = entry('exchange', '3', { spent: 'a', issued: 'c' });
const FILED_IN_DOUBT = entry('adopted', '4', { issued: 'c', born: '3', inDoubt: ['a'] });

function learned(entries: readonly Entry[]): Knowledge {
  const knowledge = newKnowledge();
  for (const one of entries) {
    learn(knowledge, one);
  }
  return knowledge;
}

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) {
    return [[]];
  }
  return items.flatMap((item, at) =>
    ordersOf(items.toSpliced(at, 1)).map((rest) => [item, ...rest]),
  );
}

describe(forgetOldMembers.name, () => {
  it('forgets the oldest members, and never the current one, however old it is', () => {
    const again = entry('exchange', '5', { spent: 'c', issued: 'a' });
    const knowledge = learned([
      ADOPTED,
      ROTATED,
      entry('exchange', '3', { spent: 'b', issued: 'c' }),
      again,
    ]);
    const family = knowledge.families.get('c');
    if (!family) {
      throw new Error('There is no family.');
    }
    family.roots.delete('a');
    forgetOldMembers(knowledge, family, 1);
    expect(family.current).toBe('a');
    expect([...family.members.keys()].sort()).toEqual(['a', 'c']);
    expect([...knowledge.families.keys()].sort()).toEqual(['a', 'c']);
  });
});

describe(unreadConsentOf.name, () => {
  it('finds the code whose answer waits, until the tenant has another consent', () => {
    const unread = entry('code', '3', {
      key: 'responses/default/00000003-2026-11-22T02:17:03.120Z/acme-1.json',
      root: 'code',
      spent: 'code',
      unread: true,
    });
    const waiting = learned([ADOPTED, unread]);
    expect(unreadConsentOf(waiting, 'acme')).toBe(waiting.families.get('code'));
    const again = entry('adopted', '5', { root: 'z', issued: 'z', joined: '5', had: ['a'] });
    expect(unreadConsentOf(learned([ADOPTED, unread, again]), 'acme')).toBeNull();
  });
});

describe(copyKnowledge.name, () => {
  it('is equal, and what is learned after it changes nothing of the original', () => {
    const code = entry('code', '3', { root: 'code', spent: 'code', token: { expiresAt: null } });
    const known = learned([ADOPTED, entry('adopted', '2', { root: 'z', issued: 'z' }), code]);
    const before = structuredClone(known);
    const copy = copyKnowledge(known);
    expect(copy).toEqual(known);
    const news = [
      ROTATED,
      FILED_IN_DOUBT,
      entry('exchange', '5', { spent: 'z', issued: 'c', token: { expiresAt: '9' }, unread: true }),
      entry('code', '6', { root: 'new', spent: 'new', issued: 'n', joined: '6', had: ['a', 'z'] }),
      entry('unmarked', '7', { spent: 'code', unsent: true }),
      { ...code, stamp: '8' },
      entry('released', '9', {}),
    ];
    for (const one of news) {
      learn(copy, one);
    }
    expect(copy).not.toEqual(before);
    expect(known).toEqual(before);
  });

  it('keeps families one that are known by several credentials', () => {
    const { families } = copyKnowledge(learned([ADOPTED, ROTATED]));
    expect(families.get('a')).toBe(families.get('b'));
  });
});

describe(learn.name, () => {
  it('takes a credential that is echoed for no younger than it was', () => {
    const echoed = learned([entry('exchange', '5', { spent: 'a', issued: 'a' })]);
    expect(echoed.families.get('a')).toMatchObject({ current: 'a', stamp: '5' });
    expect(echoed.families.get('a')?.members).toEqual(new Map([['a', null]]));
  });

  it('comes to the same in every order, and however often an entry is read', () => {
    const entries = [ADOPTED, ROTATED, LATE_TWIN, FILED_IN_DOUBT];
    const expected = learned(entries).families.get('b');
    expect(expected).toMatchObject({ current: 'c', stamp: '4', key: 'key-4' });
    for (const order of ordersOf(entries)) {
      const family = learned([...order, ...order]).families.get('b');
      expect(family).toEqual(expected);
    }
  });

  it('lets what is filed again outrank no answer, and has its value in the newer object', () => {
    const keyOf = (turn: string, attempt: number) =>
      `responses/default/${turn}-2026-11-22T02:17:${turn.slice(-2)}.000Z/acme-${attempt}.json`;
    const rotated = { ...ROTATED, key: keyOf('00000002', 1), client: 'app' };
    const again = entry('adopted', '2', { key: keyOf('00000009', 0), issued: 'b', born: '2' });
    const filed = { current: 'b', stamp: '2', key: again.key, client: 'app' };
    for (const order of ordersOf([ADOPTED, rotated, again])) {
      expect(learned(order).families.get('a')).toMatchObject(filed);
    }
    for (const order of ordersOf([ADOPTED, rotated, again, LATE_TWIN])) {
      expect(learned(order).families.get('a')).toMatchObject({ current: 'c', key: LATE_TWIN.key });
    }
  });

  it('goes on doubting where an entry names its own family, until a later one', () => {
    const doubtful = [ADOPTED, ROTATED, LATE_TWIN, FILED_IN_DOUBT];
    const decided = entry('adopted', '5', { issued: 'b' });
    const isDoubtful = (entries: readonly Entry[]) => {
      const family = learned(entries).families.get('a');
      return family !== undefined && isInDoubt(family);
    };
    expect(isDoubtful(doubtful)).toBe(true);
    expect(isDoubtful([...doubtful, decided])).toBe(false);
  });

  it('knows again where an answer is that the archive got after its run', () => {
    const knowledge = learned([ADOPTED, ROTATED]);
    const family = knowledge.families.get('a');
    if (family) {
      family.key = null;
    }
    learn(knowledge, ROTATED);
    expect(family).toMatchObject({ current: 'b', key: 'key-2' });
  });
});
