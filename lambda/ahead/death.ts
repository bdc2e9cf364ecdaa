import type { ErrorCode } from '../outcome.ts';
import type { End } from './ends.ts';

/** One exchange of the past, judged. Fingerprints only, no token. */
export interface PastExchange {
  /** Of the archive. */
  key: string;
  sent_at: string;
  received_at: string;
  grant_type: string;
  /** `filed`: an entry without a request, such as the mark of a code. */
  outcome: 'issued' | 'adopted' | 'filed' | ErrorCode;
  /** A known error code of the reply. */
  oauth_error: string | null;
  /** Fingerprints of the credential that was sent, and of the refresh token that came. */
  spent: string | null;
  issued: string | null;
  app: string | null;
  /** Fingerprint of the OAuth client; null in entries of version 0.1. */
  client: string | null;
  url: string | null;
  /** The time on the server's clock, from the `Date` header. */
  server_date: string | null;
}

/** Another tenant of the fleet, as far as it tells something about this one. */
export interface OtherTenant {
  tenant: string;
  /** Names the client: the app, or its client_id. */
  client: string;
  enabled: boolean;
  consented_at: string | null;
  failing: { code: ErrorCode; since: string } | null;
}

/** Describes what is known of a tenant that fails. Instants are ISO-8601. */
export interface Death {
  tenant: string;
  /** The title of the platform. */
  platform: string;
  app: string | null;
  client: string;
  code: ErrorCode;
  /** The catalogue's words for this failure. */
  message: string;
  next_step: string;
  since: string;
  consented_at: string | null;
  /** A run saw a credential of it once. */
  hadCredential: boolean;
  /** The oldest first. */
  past: readonly PastExchange[];
  /** Says what ended or will end, as it was known before the tenant failed. */
  ends: readonly End[];
  /** The life of a refresh token of an app in its platform's test mode. */
  testing_s: number | null;
  /** So many refresh tokens of one client may live at once. */
  cap: number | null;
  /** The definition signs requests, so that the clock of this machine counts. */
  signs: boolean;
  others: readonly OtherTenant[];
}

/** The exchanges around a refusal. */
export interface Refusal {
  refused: PastExchange;
  /** The newest exchange before it that issued a token. */
  lastGood: PastExchange | null;
  /** Earlier exchanges that sent the same credential. */
  sentBefore: readonly PastExchange[];
}

/** Returns the first refusal since the tenant last got a token, or null where there is none. */
export function refusalOf({ past, code }: Pick<Death, 'past' | 'code'>): Refusal | null {
  const good = past.findLastIndex(({ outcome }) => outcome === 'issued');
  const at = past.findIndex(({ outcome }, index) => index > good && outcome === code);
  const refused = past[at];
  if (!refused) {
    return null;
  }
  const before = past.slice(0, at);
  const sentBefore = before.filter(({ spent }) => spent !== null && spent === refused.spent);
  return {
    refused,
    lastGood: past[good] ?? null,
    sentBefore,
  };
}

/** Returns whether the platform replaces a refresh token when it is used. */
export function replacesTokens(past: readonly PastExchange[]): boolean {
  return past.some(({ outcome, spent, issued, grant_type }) => {
    const renewed = outcome === 'issued' && grant_type === 'refresh_token';
    return renewed && issued !== null && issued !== spent;
  });
}
