import { isCodeGrant } from '../providers/grant-definition.ts';
import { dayText, instantText } from '../report/instant-text.ts';
import type { Fit } from './cause.ts';
import { clockWrong } from './causes-of-app.ts';
import { massDeaths } from './causes-of-many.ts';
import { type Death, type PastExchange, type Refusal, refusalOf, replacesTokens } from './death.ts';

const HOUR_MS = 3_600_000;
const KNOWN_ENDS: ReadonlySet<string> = new Set(['life_over', 'unused', 'test_mode']);

/**
 * Returns what fits where a platform refused a credential. Nothing where the archive holds no
 * refusal of a tenant that was connected, of which the failure itself tells more.
 */
export function tokenDeaths(death: Death): Fit[] {
  const refusal = refusalOf(death);
  if (!refusal) {
    const isNew = !death.hadCredential && death.past.length === 0;
    return isNew ? [neverConnected(death.message)] : [];
  }
  const code = codeRefusal(death);
  if (code !== null) {
    return [code];
  }
  const fits = [
    ...answerLost(death, refusal),
    ...spentElsewhere(death, refusal),
    ...endPassed(death, refusal),
    ...testMode(death, refusal),
    ...clientChanged(refusal),
    ...massDeaths(death, refusal),
    ...clockWrong(death, death.signs ? refusal.refused : null),
  ];
  const told = withoutSaidTwice(fits);
  return told.every(looksWithdrawn) ? [...told, withdrawn(death, refusal, told)] : told;
}

/** A consent that was taken back leaves the same signs as these. */
function looksWithdrawn({ cause, strong }: Fit): boolean {
  return !strong && (cause === 'spent_elsewhere' || cause === 'answer_lost');
}

/** A known end is the reason why the tenants of one consent day died together. */
function withoutSaidTwice(fits: readonly Fit[]): Fit[] {
  const ends = fits.some(({ cause }) => KNOWN_ENDS.has(cause));
  return fits.filter(({ cause }) => !ends || cause !== 'consent_day');
}

/** Returns the cause of a tenant that waits for its first consent. */
export function neverConnected(message: string): Fit {
  return {
    cause: 'never_connected',
    strong: true,
    evidence: [message],
    prevention: 'Nothing: the tenant waits for its first consent.',
  };
}

/** Returns the cause of a tenant whose credential was taken out of its entry. */
export function credentialGone(tenant: string, message: string): Fit {
  return {
    cause: 'credential_gone',
    strong: true,
    evidence: [message, 'A run has seen one of it before.'],
    prevention:
      'Somebody took it out of the map, or its code brought none. ' +
      `tokens history ${tenant} shows edits by the command line.`,
  };
}

/** Returns the refusal of a code as a cause, or null where none was refused last. */
export function codeRefusal({
  tenant,
  ...death
}: Pick<Death, 'tenant' | 'past' | 'code'>): Fit | null {
  const refusal = refusalOf(death);
  if (!refusal || !isCodeGrant(refusal.refused.grant_type)) {
    return null;
  }
  const { refused, sentBefore } = refusal;
  const lost = sentBefore.find(({ outcome }) => outcome === 'unknown_outcome');
  return {
    cause: 'code_refused',
    strong: true,
    evidence: [
      `The authorization code was refused at ${instantText(refused.sent_at)} (${refused.key}).`,
      ...(lost ? [`It was sent before without an answer (${lost.key}).`] : []),
    ],
    prevention: `Codes live for minutes and work once: tokens connect ${tenant} exchanges one at once.`,
  };
}

/** A credential that worked after a lost answer did not die of it. */
function answerLost({ past }: Death, { refused, sentBefore }: Refusal): Fit[] {
  const since = sentBefore.slice(
    1 + sentBefore.findLastIndex(({ outcome }) => outcome === 'issued'),
  );
  const lost = since.findLast(({ outcome }) => outcome === 'unknown_outcome');
  if (!lost) {
    return [];
  }
  const afterMs = Date.parse(refused.sent_at) - Date.parse(lost.sent_at);
  const replaces = replacesTokens(past);
  return [
    {
      cause: 'answer_lost',
      strong: replaces && afterMs <= HOUR_MS,
      evidence: [
        `The token was sent at ${instantText(lost.sent_at)}, ` +
          `and no whole answer came (${lost.key}).`,
        `It was refused ${Math.round(afterMs / 1000)} s later (${refused.key}).`,
        ...(replaces ? ['The platform gives a new refresh token at each use.'] : []),
      ],
      prevention:
        'Nothing here: the answer was lost on its way. ' +
        'Ask the platform whether it forgives a second use for a while.',
    },
  ];
}

function spentElsewhere({ past }: Death, { refused, sentBefore }: Refusal): Fit[] {
  const source = past.findLast(({ issued }) => issued !== null && issued === refused.spent);
  if (sentBefore.length > 0 || !source) {
    return [];
  }
  const adopted = source.outcome === 'adopted';
  if (!adopted && !replacesTokens(past)) {
    return [];
  }
  const came = adopted ? 'was put into the map' : 'came from the platform';
  return [
    {
      cause: 'spent_elsewhere',
      strong: false,
      evidence: [
        `The token ${came} at ${instantText(source.received_at)} (${source.key}).`,
        `Its first use here was refused (${refused.key}): somebody else may have used it.`,
      ],
      prevention:
        'Keep the refresh token in one place: ' +
        'stop the script or the second tool that holds a copy.',
    },
  ];
}

/** Ends that a renewal moves on passed because nobody renewed. The others always come. */
function endPassed({ ends, platform }: Death, { refused, lastGood }: Refusal): Fit[] {
  const own = ends.filter(({ kind }) => kind !== 'client_secret');
  const passed = own.find(({ at }) => at <= refused.sent_at);
  if (!passed) {
    return [];
  }
  const source = passed.told ? `as ${platform} told` : `as ${platform} documents it`;
  const used = lastGood ? [`It was used last on ${dayText(lastGood.sent_at)}.`] : [];
  if (passed.sliding) {
    const evidence = [`Unused, the token ended on ${dayText(passed.at)}, ${source}.`, ...used];
    const prevention = 'Rotate more often than the token lives: tokens doctor names the schedule.';
    return [
      {
        cause: 'unused',
        strong: true,
        evidence,
        prevention,
      },
    ];
  }
  const evidence = [`The consent ended on ${dayText(passed.at)}, ${source}.`];
  const prevention =
    'Ask the client to consent again when the digest names the end (30, 14, 7 and 1 days before).';
  return [
    {
      cause: 'life_over',
      strong: true,
      evidence,
      prevention,
    },
  ];
}

function testMode({ testing_s, consented_at }: Death, { refused, lastGood }: Refusal): Fit[] {
  if (testing_s === null || consented_at === null) {
    return [];
  }
  const endMs = Date.parse(consented_at) + testing_s * 1000;
  const livedLonger = lastGood !== null && Date.parse(lastGood.sent_at) > endMs;
  if (livedLonger || Date.parse(refused.sent_at) < endMs) {
    return [];
  }
  const days = Math.round(testing_s / 86_400);
  return [
    {
      cause: 'test_mode',
      strong: false,
      evidence: [
        `The client consented on ${dayText(consented_at)}, ` +
          `and no token of that consent worked for longer than ${days} days.`,
        `That is how long it lives while the app is in the platform's test mode.`,
      ],
      prevention: 'Publish the app at the platform, and let the client consent again.',
    },
  ];
}

function clientChanged({ refused, lastGood }: Refusal): Fit[] {
  const toOther = refused.oauth_error === 'unauthorized_client';
  const isOther = lastGood !== null && hasOtherClient(lastGood, refused);
  const moved =
    lastGood !== null && (isOther || lastGood.app !== refused.app || lastGood.url !== refused.url);
  if (!toOther && !moved) {
    return [];
  }
  return [
    {
      cause: 'client_changed',
      strong: toOther || isOther,
      evidence: [
        ...(moved && lastGood
          ? [`The client or the token URL of the tenant changed since ${lastGood.key}.`]
          : []),
        ...(toOther ? [`The platform answered unauthorized_client (${refused.key}).`] : []),
      ],
      prevention: 'A refresh token works only with the client that it was issued to.',
    },
  ];
}

/** A refresh token is bound to the client that it was issued to: RFC 6749 section 6. */
function hasOtherClient(one: PastExchange, other: PastExchange): boolean {
  return one.client !== null && other.client !== null && one.client !== other.client;
}

function withdrawn(
  { platform }: Death,
  { refused, lastGood }: Refusal,
  others: readonly Fit[],
): Fit {
  const why =
    others.length === 0
      ? 'and nothing in its history says why.'
      : 'as it does when the client takes its consent back.';
  return {
    cause: 'withdrawn',
    strong: false,
    evidence: [
      ...(lastGood ? [`It worked on ${dayText(lastGood.sent_at)} (${lastGood.key}).`] : []),
      `${platform} refused it at ${instantText(refused.sent_at)} (${refused.key}), ${why}`,
    ],
    prevention:
      'The client may have removed the app or changed a password: ask before you send a new link.',
  };
}
