import { dayText, instantText } from '../report/instant-text.ts';
import type { Fit } from './cause.ts';
import type { Death, PastExchange } from './death.ts';

const CLOCK_SLACK_MS = 60_000;

/** Returns what fits where a platform refused the client itself. Never empty. */
export function appRejections(death: Death): Fit[] {
  const fits = [...secretOver(death), ...clockWrong(death, newestRefusal(death))];
  return fits.length === 0 ? [secretChanged(death)] : fits;
}

/** Returns a wrong clock as a cause, where the two clocks of an exchange differ by a minute. */
export function clockWrong({ signs }: Death, refused: PastExchange | null): Fit[] {
  if (!refused?.server_date) {
    return [];
  }
  const aheadMs = Date.parse(refused.received_at) - Date.parse(refused.server_date);
  if (!(Math.abs(aheadMs) > CLOCK_SLACK_MS)) {
    return [];
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  return [
    {
      cause: 'clock_wrong',
      strong: signs,
      evidence: [
        `The clock of this machine was ${seconds} s ${side} the platform's (${refused.key}).`,
        ...(signs ? ['The request was signed with this time.'] : []),
      ],
      prevention: 'Let the machine set its clock from a time server (NTP).',
      next_step: 'Set the clock right, and rotate again: tokens rotate',
    },
  ];
}

function secretOver({ ends, since, platform }: Death): Fit[] {
  const secret = ends.find(({ kind, at }) => kind === 'client_secret' && at <= since);
  if (!secret) {
    return [];
  }
  const how = secret.told ? 'as its owner wrote down' : `as ${platform} documents it`;
  return [
    {
      cause: 'secret_over',
      strong: true,
      evidence: [`The client secret ended on ${dayText(secret.at)}, ${how}.`],
      prevention: 'Replace the secret when the digest names its end (30, 14, 7 and 1 days before).',
    },
  ];
}

function secretChanged({ platform, since }: Death): Fit {
  return {
    cause: 'secret_changed',
    strong: false,
    evidence: [
      `${platform} refuses the client since ${instantText(since)}, ` +
        'and no end of its secret is known.',
    ],
    prevention:
      'Write secret_expires_at into the app, ' +
      'and replace the secret here before it is deleted there.',
  };
}

function newestRefusal({ past, code }: Death): PastExchange | null {
  const own = past.findLast(({ outcome }) => outcome === code);
  return own ?? past.findLast(({ outcome }) => outcome !== 'issued') ?? null;
}
