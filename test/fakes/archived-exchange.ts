import type { ArchivedExchange } from '../../lambda/history/archived-exchange.ts';

/** An exchange of a tenant with a platform, as the archive keeps it: a refresh that succeeded. */
export function archivedExchange(
  body: object | string,
  more: Partial<ArchivedExchange> = {},
): ArchivedExchange {
  return {
    version: 1,
    tenant: 'acme',
    shard: 'default',
    provider: 'amazon-ads',
    app: null,
    run_id: 'run',
    turn: 1,
    attempt: 1,
    grant_type: 'refresh_token',
    spent: null,
    method: 'POST',
    url: 'https://platform.example/token',
    sent_at: '2026-11-22T02:17:03.120Z',
    received_at: '2026-11-22T02:17:03.420Z',
    status: 200,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
    body_encoding: 'utf8',
    failure: null,
    vault_version_created_at: null,
    ...more,
  };
}
