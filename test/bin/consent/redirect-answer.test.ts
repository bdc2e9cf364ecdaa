import { describe, expect, it } from 'vitest';
import { judgeRedirect, parsePastedRedirect } from '../../../bin/consent/redirect-answer.ts';

const EXPECTED = {
  state: 'the-state',
  codeParam: 'code',
  issuer: { kind: 'origin', value: 'https://as.example', required: false },
} as const;
const judge = (query: string, expected: Parameters<typeof judgeRedirect>[1] = EXPECTED) =>
  judgeRedirect(new URLSearchParams(query), expected);

describe(judgeRedirect.name, () => {
  it('takes the code of a redirect with the right state', () => {
    expect(judge('code=CANARY&state=the-state')).toEqual({ kind: 'code', code: 'CANARY' });
    expect(
      judge('spapi_code=CANARY&state=the-state', { ...EXPECTED, codeParam: 'spapi_code' }),
    ).toMatchObject({ kind: 'code' });
  });

  it.each([
    ['has no state', 'code=CANARY'],
    ['has another state', 'code=CANARY&state=CANARY'],
    ['names a parameter twice', 'code=CANARY&code=CANARY&state=the-state'],
    ['is an error of another request', 'error=access_denied&state=CANARY'],
  ])('leaves alone what %s', (_what, query) => {
    const judged = judge(query);
    expect(judged.kind).toBe('foreign');
    expect(JSON.stringify(judged)).not.toContain('CANARY');
  });

  it.each([
    ['access_denied', /refused. Ask again/],
    ['invalid_scope', /invalid_scope/],
    ['CANARY', /no standard one/],
  ])('tells error %s in our own words', (error, message) => {
    const judged = judge(
      `error=${error}&error_description=CANARY&error_uri=CANARY&state=the-state&code=CANARY`,
    );
    expect(judged).toEqual({ kind: 'refused', message: expect.stringMatching(message) });
    expect(JSON.stringify(judged)).not.toContain('CANARY');
  });

  it('tells a refusal without a state from one that answers this request', () => {
    expect(judge('error=access_denied')).toEqual({
      kind: 'unproven',
      message: expect.stringMatching(/^The consent was refused.*no state/),
    });
  });

  it('keeps what the definition says, if it matches its pattern', () => {
    const keep = { realmId: { field: 'realm_id', pattern: '[0-9]+' } };
    const expected = { ...EXPECTED, keep };
    expect(judge('code=c&state=the-state&realmId=12', expected)).toEqual({
      kind: 'code',
      code: 'c',
      keep: { realm_id: '12' },
    });
    const wrong = judge('code=c&state=the-state&realmId=CANARY', expected);
    expect(wrong.kind).toBe('refused');
    expect(JSON.stringify(wrong)).not.toContain('CANARY');
  });

  it('refuses a redirect without a code', () => {
    expect(judge('state=the-state')).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['https://as.example', 'code'],
    ['https://as.example/tenant/1', 'code'],
    ['https://evil.example', 'refused'],
    ['https://as.example.evil.example', 'refused'],
    ['as.example', 'refused'],
  ])('where no issuer is named, finds one of the page’s origin: %s', (iss, kind) => {
    expect(judge(`code=CANARY&state=the-state&iss=${encodeURIComponent(iss)}`).kind).toBe(kind);
  });

  it('refuses an answer without issuer where the server always sends one', () => {
    const issuer = { kind: 'exact', value: 'https://i.example/1', required: true } as const;
    expect(judge('code=CANARY&state=the-state', { ...EXPECTED, issuer }).kind).toBe('refused');
  });

  it('compares a named issuer as a whole', () => {
    const expected = {
      ...EXPECTED,
      issuer: { kind: 'exact', value: 'https://i.example/1', required: false },
    } as const;
    expect(judge('code=CANARY&state=the-state&iss=https://i.example/1', expected).kind).toBe(
      'code',
    );
    expect(judge('code=CANARY&state=the-state&iss=https://i.example/1/', expected).kind).toBe(
      'refused',
    );
  });
});

describe(parsePastedRedirect.name, () => {
  it.each([
    'https://app.example/cb?code=c&state=s#_=_',
    '  https://app.example/cb?code=c&state=s\n',
    '?code=c&state=s',
    'code=c&state=s',
    '"https://app.example/cb/?code=c&state=s"',
    '<https://app.example/cb?code=c&amp;state=s>',
    'https://app.example/cb?co\n  de=c&state=s',
    'https://app.example/cb#code=c&state=s',
  ])('finds the parameters in %j', (pasted) => {
    const parameters = parsePastedRedirect(pasted);
    expect([parameters.get('code'), parameters.get('state')]).toEqual(['c', 's']);
  });

  it.each(['CANARY', '', 'code=CANARY'])('takes %j for no redirect', (pasted) => {
    expect(() => parsePastedRedirect(pasted)).toThrow(
      /^That is no redirect: paste the whole address/,
    );
  });
});
