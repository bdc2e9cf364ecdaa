import { describe, expect, it } from 'vitest';
import type { ConsentQuestion } from '../../../lambda/connect/connect-link.ts';
import { judgeRedirect } from '../../../lambda/connect/redirect-verdict.ts';

const question: ConsentQuestion = {
  url: 'https://platform.example/authorize',
  code_param: 'code',
  pkce: 'S256',
  issuer: { kind: 'origin', value: 'https://platform.example', required: false },
  keep: { realmId: { field: 'realm_id', pattern: '[0-9]{1,20}' } },
  code_lifetime_s: 300,
};
const named: ConsentQuestion = {
  ...question,
  issuer: { kind: 'exact', value: 'https://platform.example', required: true },
};

function judge(query: string, asked: ConsentQuestion = question) {
  return judgeRedirect(new URLSearchParams(query), asked);
}

describe(judgeRedirect.name, () => {
  it('takes a code, and what the definition keeps beside it', () => {
    expect(judge('code=a%2Fb&realmId=42&other=x')).toEqual({
      kind: 'code',
      code: 'a/b',
      issuer: null,
      keep: { realm_id: '42' },
    });
  });

  it('takes the code from the parameter that the platform uses', () => {
    const asked = { ...question, code_param: 'auth_code' };
    expect(judge('auth_code=x&code=y', asked)).toMatchObject({ kind: 'code', code: 'x' });
  });

  it.each([
    ['access_denied', 'declined'],
    ['server_error', 'platform_error'],
    ['<script>', 'platform_error'],
  ])('reads the error %s as %s', (error, kind) =>
    expect(judge(new URLSearchParams({ error }).toString())).toEqual({ kind }),
  );

  it.each([
    ['no code', 'x=1'],
    ['an empty code', 'code='],
    ['two codes', 'code=a&code=b'],
    ['two states', 'code=a&state=1&state=2'],
    ['a code with a line break', 'code=a%0Ab'],
    ['a code of ten thousand characters', `code=${'a'.repeat(10_000)}`],
    ['a kept value that does not match', 'code=a&realmId=4;2'],
    ['a kept value with a host in it', 'code=a&realmId=evil.example'],
  ])('refuses %s', (_what, query) => expect(judge(query)).toEqual({ kind: 'wrong_answer' }));

  it('takes only the issuer that the link expects', () => {
    expect(judge('code=a&iss=https%3A%2F%2Fplatform.example', named).kind).toBe('code');
    expect(judge('code=a&iss=https%3A%2F%2Fevil.example', named).kind).toBe('wrong_answer');
    expect(judge('code=a&iss=https%3A%2F%2Fplatform.example%2F', named).kind).toBe('wrong_answer');
  });

  it('refuses an answer without issuer where the server always sends one', () => {
    expect(judge('code=a', named).kind).toBe('wrong_answer');
    expect(judge('error=access_denied', named).kind).toBe('wrong_answer');
    const optional = { ...named, issuer: { ...named.issuer, required: false } };
    expect(judge('code=a', optional).kind).toBe('code');
  });

  it("takes any issuer of the page's origin where no more is known", () => {
    expect(judge('code=a').kind).toBe('code');
    expect(judge('code=a&iss=https%3A%2F%2Fplatform.example%2Ftenant').kind).toBe('code');
    expect(judge('code=a&iss=https%3A%2F%2Fevil.example').kind).toBe('wrong_answer');
    expect(judge('code=a&iss=nonsense').kind).toBe('wrong_answer');
  });
});
