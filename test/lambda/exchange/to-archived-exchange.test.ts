import { describe, expect, it } from 'vitest';
import { toArchivedExchange } from '../../../lambda/exchange/to-archived-exchange.ts';
import { parseArchivedExchange } from '../../../lambda/history/archived-exchange.ts';

const facts = {
  tenant: 'acme',
  shard: 'default',
  provider: 'amazon-ads',
  app: 'lwa',
  run_id: 'run',
  turn: 42,
  attempt: 1,
  grant_type: 'refresh_token',
  spent: 'f',
  sentAtMs: Date.parse('2026-11-22T02:00:00Z'),
  receivedAtMs: Date.parse('2026-11-22T02:00:01Z'),
};
const request = {
  method: 'GET',
  url: 'https://as.example:8443/token?client_secret=canary#x',
} as const;

describe(toArchivedExchange.name, () => {
  it('keeps the answer whole, and of the request what is no secret', () => {
    const exchange = toArchivedExchange(facts, request, {
      status: 200,
      headers: { 'X-A': 'b' },
      body: Buffer.from('\ufeff{"a":"é"}'),
    });
    expect(exchange).toEqual({
      version: 1,
      tenant: 'acme',
      shard: 'default',
      provider: 'amazon-ads',
      app: 'lwa',
      run_id: 'run',
      turn: 42,
      attempt: 1,
      grant_type: 'refresh_token',
      spent: 'f',
      method: 'GET',
      url: 'https://as.example:8443/token',
      sent_at: '2026-11-22T02:00:00.000Z',
      received_at: '2026-11-22T02:00:01.000Z',
      status: 200,
      headers: { 'x-a': 'b' },
      body: '\ufeff{"a":"é"}',
      body_encoding: 'utf8',
      failure: null,
      vault_version_created_at: null,
    });
    expect(parseArchivedExchange(JSON.parse(JSON.stringify(exchange)))).toEqual(exchange);
  });

  it('keeps bytes that are not UTF-8 in Base64', () => {
    const body = Uint8Array.from([0x7b, 0xff, 0x7d]);
    const exchange = toArchivedExchange(facts, request, { status: 200, headers: {}, body });
    expect([exchange.body_encoding, exchange.body]).toEqual(['base64', 'e/99']);
  });

  it('keeps the bytes of the wire in Base64 where the answer is not proper HTTP', () => {
    const wire = Buffer.from('HTTP/1.1 204 No Content\r\n\r\n{}');
    const failure = { kind: 'refused', code: 'bytes_left_over' } as const;
    const answer = { status: 204, headers: {}, body: new Uint8Array(), wire, failure };
    const exchange = toArchivedExchange(facts, request, answer);
    expect(exchange).toMatchObject({ status: 204, wire: wire.toString('base64'), failure });
    expect(parseArchivedExchange(JSON.parse(JSON.stringify(exchange)))).toEqual(exchange);
  });

  it('keeps why there is no answer', () => {
    const failure = { kind: 'no_answer', code: 'timeout' } as const;
    expect(
      toArchivedExchange(facts, request, {
        status: null,
        headers: {},
        body: new Uint8Array(),
        failure,
      }),
    ).toMatchObject({
      status: null,
      body: '',
      failure,
    });
  });
});
