import { dayText, instantText } from '../report/instant-text.ts';
import type { Fit } from './cause.ts';
import type { Death, OtherTenant, Refusal } from './death.ts';

/** A run meets what died in between within its own length. */
const TOGETHER_MS = 30 * 60_000;
const FEWEST = 3;

/** Returns what fits where others of the same client tell something too. */
export function massDeaths(death: Death, refusal: Refusal): Fit[] {
  const same = death.others.filter(({ client, enabled }) => enabled && client === death.client);
  const dead = same.filter((other) => diedTogether(other, death.since));
  return [...allOfApp(death, same, dead), ...consentDay(death, same, dead), ...cap(death, refusal)];
}

function diedTogether({ failing }: OtherTenant, since: string): boolean {
  if (failing?.code !== 'needs_authorization') {
    return false;
  }
  return Math.abs(Date.parse(failing.since) - Date.parse(since)) <= TOGETHER_MS;
}

function allOfApp(
  { app, since, tenant }: Death,
  same: readonly OtherTenant[],
  dead: readonly OtherTenant[],
): Fit[] {
  const all = dead.length === same.length && dead.length + 1 >= FEWEST;
  if (!all) {
    return [];
  }
  return [
    {
      cause: 'all_of_app',
      strong: true,
      evidence: [
        `All ${dead.length + 1} tenants of ${app === null ? 'its client' : `app ${app}`} were ` +
          `refused within ${TOGETHER_MS / 60_000} minutes of ${instantText(since)}.`,
      ],
      prevention:
        'Look at the app at the platform: ' +
        'it was suspended, changed or deleted, or all its consents were ended.',
      next_step: `Put the app right first. Then let one client consent again: tokens connect ${tenant}`,
    },
  ];
}

/** Not where all of the app died. That says the same of every day. */
function consentDay(
  { consented_at, since }: Death,
  same: readonly OtherTenant[],
  dead: readonly OtherTenant[],
): Fit[] {
  if (consented_at === null || dead.length === same.length) {
    return [];
  }
  const day = dayText(consented_at);
  const ofDay = (other: OtherTenant) => other.consented_at?.startsWith(day) === true;
  const died = dead.filter(ofDay);
  const isWholeDay = same.filter(ofDay).length === died.length;
  const isOnlyDay = died.length === dead.length;
  if (!isWholeDay || !isOnlyDay || died.length + 1 < FEWEST) {
    return [];
  }
  return [
    {
      cause: 'consent_day',
      strong: true,
      evidence: [
        `All ${died.length + 1} tenants whose clients consented on ${day} were refused ` +
          `around ${instantText(since)}.`,
        'Tenants of the same client with other days still work.',
      ],
      prevention:
        'The consents of that day ended together: ' +
        'note how long they lived, and renew the others before that age.',
    },
  ];
}

function cap(death: Death, { refused }: Refusal): Fit[] {
  const { consented_at, others, client } = death;
  if (death.cap === null || consented_at === null) {
    return [];
  }
  const kin = others.filter((other) => other.client === client);
  const newer = kin.flatMap(({ tenant, consented_at: at }) =>
    at !== null && at > consented_at && at < refused.sent_at ? [{ tenant, at }] : [],
  );
  const [last] = newer.toSorted((a, b) => (a.at < b.at ? 1 : -1));
  if (!last) {
    return [];
  }
  return [
    {
      cause: 'cap_reached',
      strong: newer.length >= death.cap,
      evidence: [
        `The platform lets ${death.cap} refresh tokens of one client live, ` +
          `and ${newer.length} newer ones came since ${dayText(consented_at)}.`,
        `The newest belongs to tenant ${last.tenant}, of ${dayText(last.at)}.`,
      ],
      prevention: 'Use one consent for tenants of the same user, or another app for each group.',
    },
  ];
}
