import { fingerprint } from '../fingerprint.ts';
import { type ArchivedExchange, parseExchangeKey } from '../history/archived-exchange.ts';
import type { Entry } from '../history/learn.ts';
import { stampOf } from '../history/stamp.ts';
import { isConsentPending } from './known-error.ts';
import { refreshExpiresAt } from './refresh-expiry.ts';
import { issuedCredential, type Judgement, judge } from './token-response.ts';
import { UNREAD_RESPONSE } from './verdict.ts';

/** Describes what an archived exchange came to. The credential is a secret. */
export interface ReadExchange {
  entry: Entry;
  /** The refresh token that it issued, or that was adopted with it. */
  issued: string | null;
  /** Null for entries without an answer, such as adopted ones. */
  judgement: Judgement | null;
  /** Of adopted entries, when the vault version was created, in milliseconds since the epoch. */
  versionAt: number | null;
  /** Of `moved` entries, the shard in which the tenant is from then on. */
  movedTo: string | null;
  /** Says whether version 0.1 wrote it, which put no credential into the index. */
  isForm1: boolean;
}

const KINDS: Readonly<Record<string, Entry['kind']>> = {
  authorization_code: 'code',
  device_code: 'code',
  adopted: 'adopted',
  claim: 'claim',
  marked: 'marked',
  unmarked: 'unmarked',
  moved: 'moved',
  reread: 'reread',
  released: 'released',
};

const WITHOUT_ANSWER: ReadonlySet<Entry['kind']> = new Set([
  'adopted',
  'claim',
  'marked',
  'unmarked',
  'moved',
  'released',
]);

/** Returns true for an entry that was filed without a request. It has no answer to be judged. */
export function isWithoutAnswer({ grant_type }: Pick<ArchivedExchange, 'grant_type'>): boolean {
  const kind = KINDS[grant_type];
  return kind !== undefined && WITHOUT_ANSWER.has(kind);
}

/** Reads from an exchange of the archive what it issued, and what it means for the families. */
export function readExchange(key: string, exchange: ArchivedExchange): ReadExchange {
  const kind = KINDS[exchange.grant_type] ?? 'exchange';
  const { judgement, issued, refreshEndsAt } = WITHOUT_ANSWER.has(kind)
    ? withoutAnswer(kind, exchange)
    : readAnswer(exchange);
  const issuedPrint = issued === null ? null : fingerprint(issued);
  const isUnsent = exchange.failure?.kind === 'not_sent';
  const entry: Entry = {
    kind,
    key,
    filedAt: parseExchangeKey(key)?.startedAt ?? exchange.sent_at,
    sentAt: exchange.sent_at,
    tenant: exchange.tenant,
    client: exchange.client ?? null,
    spent: exchange.spent,
    issued: issuedPrint,
    token: accessOf(judgement),
    refreshExpiresAt: refreshEndsAt,
    unread: judgement?.kind === 'failed' && judgement.code === 'unread_response',
    unsent: kind === 'unmarked' || isUnsent || isPending(judgement),
    ...placeOf(exchange, kind, issuedPrint),
  };
  const versionAt = Date.parse(exchange.vault_version_created_at ?? '') || null;
  const isForm1 = exchange.succession === undefined;
  return {
    entry,
    issued,
    judgement,
    versionAt,
    movedTo: exchange.moved_to ?? null,
    isForm1,
  };
}

/** What the answer itself says. */
interface ReadAnswer {
  judgement: Judgement | null;
  /** A secret. */
  issued: string | null;
  refreshEndsAt: string | null;
}

function withoutAnswer(kind: Entry['kind'], exchange: ArchivedExchange): ReadAnswer {
  return {
    judgement: null,
    issued: kind === 'adopted' ? issuedCredential(exchange) : null,
    refreshEndsAt: null,
  };
}

/**
 * Reads an answer. Where a fault of this program keeps it from that, nobody can read it for now. So
 * it is held for a release that can, and its shard's other tenants go on.
 */
function readAnswer(exchange: ArchivedExchange): ReadAnswer {
  try {
    const judgement = judge(exchange);
    return {
      judgement,
      issued: issuedCredential(exchange),
      refreshEndsAt: judgement.kind === 'issued' ? refreshExpiresAt(exchange) : null,
    };
  } catch {
    return {
      judgement: { kind: 'failed', ...UNREAD_RESPONSE },
      issued: null,
      refreshEndsAt: null,
    };
  }
}

/** A device code that is asked for too early is not spent (RFC 8628 section 3.5). */
function isPending(judgement: Judgement | null): boolean {
  return judgement?.kind === 'failed' && isConsentPending(judgement.oauth_error);
}

/** An answer that could not be read whole may hold a readable access token all the same. */
function accessOf(judgement: Judgement | null): { expiresAt: string | null } | null {
  const access = judgement?.kind === 'issued' ? judgement : judgement?.access;
  return access ? { expiresAt: access.expires_at } : null;
}

type Place = Pick<Entry, 'stamp' | 'root' | 'born' | 'joined' | 'had' | 'inDoubt'>;

function placeOf(exchange: ArchivedExchange, kind: Entry['kind'], issued: string | null): Place {
  const { succession } = exchange;
  if (!succession) {
    return placeOfForm1(exchange, kind, issued);
  }
  const { root, stamp, born, joined, had, in_doubt } = succession;
  return {
    root,
    stamp,
    born,
    joined,
    had,
    inDoubt: in_doubt ?? [],
  };
}

/** An entry of version 0.1 names no root. It belongs to whom it spent and issued. */
function placeOfForm1(
  { turn, sent_at, grant_type, spent }: ArchivedExchange,
  kind: Entry['kind'],
  issued: string | null,
): Place {
  const stamp = stampOf(turn, sent_at);
  const place = {
    stamp,
    born: null,
    had: [],
    inDoubt: [],
  };
  switch (kind) {
    case 'adopted':
      return {
        ...place,
        root: issued,
        joined: stamp,
      };
    case 'code':
      return {
        ...place,
        root: spent,
        joined: stamp,
      };
    default:
      return {
        ...place,
        root: grant_type === 'refresh_token' ? 'unnamed' : null,
        joined: '',
      };
  }
}
