import { fingerprint } from '../fingerprint.ts';
import type { ArchivedExchange } from '../history/archived-exchange.ts';
import type { ResponseDefinition } from '../providers/reading.ts';
import { bearsToken, headerMembers } from './header-members.ts';
import { readReply, replyText } from './read-reply.ts';
import { tokenAt, valueAt } from './reply-fields.ts';
import { holdsUnnamedToken, isEcho } from './unnamed-token.ts';
import { hasUnseenMember, hasUnseenRefreshMember, holdsUnseenToken } from './unseen-token.ts';

type IsSeen = (value: string) => boolean;

/** The grants that spend what they send. An answer to one may hold the only valid credential. */
const SPENDING_GRANTS: ReadonlySet<string> = new Set([
  'authorization_code',
  'refresh_token',
  'token_exchange',
  'device_code',
]);

/** A request names its client or its grant, and an echo of it does too. */
const ECHO = /(?:client|app)_?(?:id|key)|grant_?type/i;

/**
 * Returns whether a success may hold a token that its definition does not find. A grant that spends
 * nothing can be asked again. Nothing that it issued is the only one. `isHeld` knows the tokens that
 * we hold.
 */
export function isUnread(
  response: ResponseDefinition,
  exchange: ArchivedExchange,
  isHeld: IsSeen,
): boolean {
  const reading = readReply(exchange);
  if (!SPENDING_GRANTS.has(exchange.grant_type) || reading.kind === 'cut') {
    return false;
  }
  const refreshToken = tokenAt(reading.body, response.refresh_token);
  const accessToken = tokenAt(reading.body, response.access_token);
  const isKnown = knownOf(exchange, isHeld);
  const facts = Object.values(response.values ?? {}).map((paths) => valueAt(reading.body, paths));
  const read = new Set([refreshToken, accessToken, ...facts]);
  const isSeen = (value: string) => read.has(value) || isKnown(value);
  if (reading.kind === 'unread' || holdsUnseenToken(reading, isSeen)) {
    return true;
  }
  if (refreshToken !== undefined && !isKnown(refreshToken)) {
    return false;
  }
  if (headersHoldRefreshToken(exchange, isSeen)) {
    return true;
  }
  if (accessToken !== undefined) {
    return holdsUnnamedToken(reading, isSeen);
  }
  const isRequest = ECHO.test(replyText(exchange)) && isEcho(reading, isKnown);
  return bearsToken(exchange.headers) || (!isRequest && holdsUnnamedToken(reading, isSeen));
}

/**
 * Returns whether an answer other than a success has a new token among its members or headers. Its
 * server may have issued it all the same, as behind a gateway that failed afterwards. No text is
 * looked at. A page about a fault may quote the server's own code.
 */
export function bringsTokenAnyway(exchange: ArchivedExchange, isHeld: IsSeen): boolean {
  if (!SPENDING_GRANTS.has(exchange.grant_type)) {
    return false;
  }
  const isKnown = knownOf(exchange, isHeld);
  const { body } = readReply(exchange);
  return [body, headerMembers(exchange.headers)].some((members) =>
    hasUnseenMember(members, isKnown, mayBeTokenOfFault),
  );
}

function knownOf({ spent }: ArchivedExchange, isHeld: IsSeen): IsSeen {
  return (value) => fingerprint(value) === spent || isHeld(value);
}

/** Under a token's name, a fault often says what is wrong with the token. */
function mayBeTokenOfFault(value: string): boolean {
  const isLongWord = /^\S{12,}$/.test(value) && /\d/.test(value);
  return isLongWord && !/invalid|expired|missing|required|revoked|refresh_?token/i.test(value);
}

/** Some servers put a new refresh token into a header or a cookie. */
function headersHoldRefreshToken({ headers }: ArchivedExchange, isSeen: IsSeen): boolean {
  const speaking = Object.entries(headers).filter(([name, value]) =>
    /refresh.?token/i.test(`${name}: ${value}`),
  );
  const reply = { body: Object.fromEntries(speaking), rest: '' };
  return holdsUnseenToken(reply, isSeen) || hasUnseenRefreshMember(headerMembers(headers), isSeen);
}
