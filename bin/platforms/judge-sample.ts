import { judge } from '../../lambda/exchange/token-response.ts';
import type { ProviderDefinition } from '../../lambda/providers/provider.ts';

/** Describes what a sample reply would come to. Holds no token of it. */
export type JudgedSample =
  | {
      kind: 'issued';
      grant: string;
      access_token: 'found';
      refresh_token: 'found' | 'none';
      expires_at: string | null;
      scope: string | null;
      values: string[];
    }
  | {
      kind: 'failed';
      grant: string;
      code: string;
      oauth_error: string | null;
      cause: string | null;
    };

/** Judges a sample reply to a grant as a run would. */
export function judgeSample(
  definition: ProviderDefinition,
  grant: string,
  { status, body }: { status: number; body: string },
): JudgedSample {
  const now = new Date().toISOString();
  const judgement = judge(
    {
      version: 1,
      tenant: 'sample',
      shard: 'default',
      provider: definition.id,
      app: null,
      run_id: 'sample',
      turn: 1,
      attempt: 1,
      grant_type: grant,
      spent: null,
      method: 'POST',
      url: null,
      sent_at: now,
      received_at: now,
      status,
      headers: {},
      body,
      body_encoding: 'utf8',
      failure: null,
      vault_version_created_at: null,
    },
    definition,
  );
  if (judgement.kind === 'failed') {
    return {
      kind: 'failed',
      grant,
      code: judgement.code,
      oauth_error: judgement.oauth_error ?? null,
      cause: judgement.cause ?? null,
    };
  }
  return {
    kind: 'issued',
    grant,
    access_token: 'found',
    refresh_token: judgement.refresh_token === undefined ? 'none' : 'found',
    expires_at: judgement.expires_at,
    scope: judgement.scope ?? null,
    values: Object.keys(judgement.values ?? {}),
  };
}
