import { describe, expect, it } from 'vitest';
import { causesOf } from '../../../lambda/ahead/causes.ts';
import type { Death, PastExchange } from '../../../lambda/ahead/death.ts';
import {
  dayOf2026,
  deathOf,
  echoes,
  exchangeOn,
  otherTenant,
  refusalOn,
} from '../../fakes/death.ts';

const DAY_S = 86_400;
const named = (death: Death) =>
  causesOf(death).map(({ cause, certainty }) => `${cause} ${certainty}`);
const dead = (since: string) => ({ failing: { code: 'needs_authorization' as const, since } });
const refusedEcho = refusalOn(108, { spent: 'token' });
const fixedEnd = { kind: 'consent', at: dayOf2026(107), sliding: false, told: false } as const;
const idleEnd = { kind: 'unused', at: dayOf2026(104), sliding: true, told: false } as const;

function lostOn(day: number): PastExchange {
  return exchangeOn(day, { outcome: 'unknown_outcome', issued: null, server_date: null });
}

describe('causesOf', () => {
  it('names an answer that was lost, where the platform replaces tokens', () => {
    const lost = lostOn(108);
    const refused = refusalOn(108, { sent_at: '2026-04-18T00:00:25.000Z' });
    const [cause, ...more] = causesOf(deathOf({ past: [exchangeOn(101), lost, refused] }));
    expect(more).toEqual([]);
    expect(cause).toMatchObject({ cause: 'answer_lost', certainty: 'certain' });
    expect(cause?.evidence[1]).toBe(`It was refused 25 s later (${refused.key}).`);
  });

  it('is less sure of a lost answer where the platform repeats its token', () => {
    const past = [...echoes(101), { ...lostOn(108), spent: 'token' }, refusedEcho];
    expect(named(deathOf({ past }))).toEqual(['answer_lost possible', 'withdrawn possible']);
  });

  it('thinks of another user, or of the client, where a new token is refused at its first use', () => {
    expect(named(deathOf())).toEqual(['spent_elsewhere possible', 'withdrawn possible']);
  });

  it('thinks of both where a pasted token is refused at its first use', () => {
    const pasted = exchangeOn(107, { outcome: 'adopted', spent: null, issued: 'pasted' });
    const past = [pasted, refusalOn(108, { spent: 'pasted' })];
    expect(named(deathOf({ past }))).toEqual(['spent_elsewhere possible', 'withdrawn possible']);
  });

  it('names a token that nobody used for too long', () => {
    const past = [...echoes(14), refusedEcho];
    expect(named(deathOf({ past, ends: [idleEnd] }))).toEqual(['unused certain']);
  });

  it('names a life that is over as the platform documents it', () => {
    const past = [...echoes(101), refusedEcho];
    expect(named(deathOf({ past, ends: [fixedEnd] }))).toEqual(['life_over certain']);
  });

  it('names a life that is over as the platform told it', () => {
    const told = { ...fixedEnd, kind: 'refresh_token', told: true } as const;
    const [cause] = causesOf(deathOf({ past: [...echoes(101), refusedEcho], ends: [told] }));
    expect(cause).toMatchObject({ cause: 'life_over', certainty: 'certain' });
    expect(cause?.evidence[0]).toContain('as Platform told');
  });

  it('does not take an end for the cause that had not come yet', () => {
    const ends = [{ ...fixedEnd, at: dayOf2026(109) }];
    expect(named(deathOf({ past: [...echoes(101), refusedEcho], ends }))).toEqual([
      'withdrawn likely',
    ]);
  });

  it('names the app where all of its tenants died together', () => {
    const others = ['b', 'c', 'd'].map((name) => otherTenant(name, dead(dayOf2026(108))));
    expect(named(deathOf({ past: [...echoes(101), refusedEcho], others }))).toEqual([
      'all_of_app certain',
    ]);
  });

  it('does not blame the app while a tenant of it works, or was paused', () => {
    const past = [...echoes(101), refusedEcho];
    const others = [otherTenant('b', dead(dayOf2026(108))), otherTenant('c')];
    expect(named(deathOf({ past, others }))).toEqual(['withdrawn likely']);
    const paused = [otherTenant('b', dead(dayOf2026(108))), otherTenant('c', { enabled: false })];
    expect(named(deathOf({ past, others: paused }))).toEqual(['withdrawn likely']);
  });

  it('names the day of consent where the others of the app still work', () => {
    const ofDay = { ...dead(dayOf2026(108)), consented_at: dayOf2026(80) };
    const others = [
      otherTenant('b', ofDay),
      otherTenant('c', ofDay),
      otherTenant('d', { consented_at: dayOf2026(90) }),
    ];
    expect(named(deathOf({ past: [...echoes(101), refusedEcho], others }))).toEqual([
      'consent_day certain',
    ]);
  });

  it('names a known end alone where the tenants of one day died of it', () => {
    const ofDay = { ...dead(dayOf2026(108)), consented_at: dayOf2026(80) };
    const others = [otherTenant('b', ofDay), otherTenant('c', ofDay), otherTenant('d')];
    const past = [...echoes(101), refusedEcho];
    expect(named(deathOf({ past, others, ends: [fixedEnd] }))).toEqual(['life_over certain']);
  });

  it('names the cap where so many newer consents came', () => {
    const others = [90, 103].map((day) => otherTenant(`t${day}`, { consented_at: dayOf2026(day) }));
    const past = [...echoes(101), refusedEcho];
    const [cause] = causesOf(deathOf({ past, others, cap: 2 }));
    expect(cause).toMatchObject({ cause: 'cap_reached', certainty: 'certain' });
    expect(cause?.evidence[1]).toContain('tenant t103');
    expect(named(deathOf({ past, others, cap: 20 }))).toEqual(['cap_reached likely']);
    expect(named(deathOf({ past, others: [], cap: 2 }))).toEqual(['withdrawn likely']);
  });

  it('thinks of the test mode where no token outlived it', () => {
    const past = [...echoes(82), refusalOn(89, { spent: 'token' })];
    const death = { past, testing_s: 7 * DAY_S, since: dayOf2026(89) };
    expect(named(deathOf(death))).toEqual(['test_mode likely']);
    expect(named(deathOf({ ...death, past: [...echoes(82, 88), ...past.slice(1)] }))).toEqual([
      'withdrawn likely',
    ]);
  });

  it('names a scope that the client was never asked for', () => {
    const past = [
      exchangeOn(101),
      refusalOn(108, { outcome: 'request_rejected', oauth_error: 'invalid_scope' }),
    ];
    expect(named(deathOf({ code: 'request_rejected', past }))).toEqual(['scope_changed certain']);
  });

  it('says of a tenant that never got a token that its scope is refused, not that it changed', () => {
    const refused = { outcome: 'request_rejected', oauth_error: 'invalid_scope' } as const;
    const [cause, ...more] = causesOf(
      deathOf({
        code: 'request_rejected',
        past: [refusalOn(107, refused), refusalOn(108, refused)],
      }),
    );
    expect(cause).toMatchObject({ cause: 'scope_refused', certainty: 'certain' });
    expect(more).toEqual([]);
  });

  it('does not explain a refusal by the scope that was refused before it', () => {
    const past = [
      exchangeOn(101),
      refusalOn(107, { outcome: 'request_rejected', oauth_error: 'invalid_scope' }),
      refusalOn(108, { outcome: 'request_rejected', oauth_error: 'invalid_request' }),
    ];
    expect(named(deathOf({ code: 'request_rejected', past }))).toEqual([
      'request_rejected certain',
    ]);
  });

  it('names a client that was changed', () => {
    const past = [
      ...echoes(101),
      refusalOn(108, { spent: 'token', oauth_error: 'unauthorized_client' }),
    ];
    expect(named(deathOf({ past }))).toEqual(['client_changed certain']);
    const moved = [...echoes(101), refusalOn(108, { spent: 'token', app: 'other' })];
    expect(named(deathOf({ past: moved }))).toEqual(['client_changed likely']);
  });

  it('names another account in the words of the failure', () => {
    const [cause] = causesOf(deathOf({ code: 'account_changed' as Death['code'], message: 'M' }));
    expect(cause).toMatchObject({
      cause: 'account_changed',
      certainty: 'certain',
      evidence: ['M'],
    });
  });

  it.each([
    [90, 'ahead of'],
    [-90, 'behind'],
  ])('names a clock that is %d s wrong, where requests are signed', (seconds, side) => {
    const at = Date.parse(dayOf2026(108)) - seconds * 1000;
    const past = [
      refusalOn(108, { outcome: 'app_rejected', server_date: new Date(at).toISOString() }),
    ];
    const [cause] = causesOf(deathOf({ code: 'app_rejected', past, signs: true }));
    expect(cause).toMatchObject({ cause: 'clock_wrong', certainty: 'certain' });
    expect(cause?.evidence[0]).toContain(side);
    expect(named(deathOf({ code: 'app_rejected', past }))).toEqual(['clock_wrong likely']);
  });

  it('names a secret that is over', () => {
    const ends = [
      { kind: 'client_secret', at: dayOf2026(107), sliding: false, told: true } as const,
    ];
    const past = [refusalOn(108, { outcome: 'app_rejected' })];
    expect(named(deathOf({ code: 'app_rejected', past, ends }))).toEqual(['secret_over certain']);
    expect(named(deathOf({ code: 'app_rejected', past }))).toEqual(['secret_changed likely']);
  });

  it('names a code that was refused, and a tenant that was never connected', () => {
    const past = [refusalOn(108, { grant_type: 'authorization_code' })];
    expect(named(deathOf({ past }))).toEqual(['code_refused certain']);
    const unconnected = deathOf({ past: [], consented_at: null, hadCredential: false });
    expect(named(unconnected)).toEqual(['never_connected certain']);
  });

  it('says of a connected tenant without a refusal what its run said, and not that it is new', () => {
    const message = 'The token of tenant acme was replaced by one that the archive lost.';
    const [cause, ...more] = causesOf(deathOf({ past: [exchangeOn(101)], message }));
    expect([cause?.cause, cause?.evidence, more]).toEqual(['needs_authorization', [message], []]);
  });

  it('is certain of nothing where two causes fit', () => {
    const past = [exchangeOn(101), lostOn(108), refusalOn(108)];
    expect(named(deathOf({ past, ends: [fixedEnd] }))).toEqual([
      'answer_lost likely',
      'life_over likely',
    ]);
    expect(named(deathOf({ ends: [idleEnd] }))).toEqual([
      'unused likely',
      'spent_elsewhere possible',
    ]);
  });

  it('looks at the refusal of today, not at one of a credential that was replaced', () => {
    const past = [refusalOn(80), exchangeOn(87), ...echoes(101), refusedEcho];
    expect(named(deathOf({ past }))).toEqual(['withdrawn likely']);
  });
});
