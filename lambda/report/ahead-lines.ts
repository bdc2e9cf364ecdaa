import type { Drift, Ending } from '../outcome.ts';
import { escapeUnseen } from '../shown.ts';
import { driftText } from './drift-text.ts';
import { endText } from './end-text.ts';
import { dayText } from './instant-text.ts';

/** Returns what ends soon, the nearest first, a line and what to do. One app's secret is one. */
export function endingLines(endings: readonly Ending[]): string[] {
  const seen = new Set<string>();
  const sorted = endings.toSorted((a, b) => (a.ends_at < b.ends_at ? -1 : 1));
  return sorted.flatMap((ending) => {
    const group = groupOf(ending);
    if (seen.has(group)) return [];
    seen.add(group);
    const same = sorted.filter((other) => groupOf(other) === group);
    return [endingLine(ending, same.length)];
  });
}

/** Returns which platforms began to behave otherwise. A change in several shards is one. */
export function driftLines(drifts: readonly Drift[]): string[] {
  const merged = new Map<string, Drift>();
  for (const drift of drifts) {
    const { provider, grant_type, aspect, is } = drift;
    const key = [provider, grant_type, aspect, is].join('/');
    const known = merged.get(key);
    merged.set(key, known ? together(known, drift) : drift);
  }
  return [...merged.values()].map((drift) => {
    const { provider, grant_type } = drift;
    return `- ${provider} (${grant_type}) ${driftText(drift)}`;
  });
}

function groupOf({ kind, app, shard, tenant, ends_at }: Ending): string {
  const shared = kind === 'client_secret' && app !== null;
  return shared ? `app ${app} ${ends_at}` : `tenant ${shard}/${tenant} ${kind}`;
}

function endingLine(ending: Ending, count: number): string {
  const { kind, app, tenant, shard, provider, ends_at, told, owner, contact } = ending;
  const shared = kind === 'client_secret' && app !== null;
  const who = shared ? `app ${app} (${count} tenants)` : `${tenant} (${provider}, shard ${shard})`;
  const source = told ? '' : ', as the platform documents it';
  const people = peopleText(owner, contact);
  const end = `${endText(kind)} on ${dayText(ends_at)}${source}`;
  return [
    `- ${who}: ${end}`,
    ...(people === '' ? [] : [`  Ask: ${people}`]),
    `  To do: ${ending.next_step}`,
  ].join('\n');
}

function together(a: Drift, b: Drift): Drift {
  const since = a.since < b.since ? a.since : b.since;
  return {
    ...a,
    since,
    answers: a.answers + b.answers,
    of: a.of + b.of,
  };
}

/** Returns who can act, such as `Ann, ann@agency.example`, or an empty text. */
export function peopleText(owner: string | undefined, contact: string | undefined): string {
  return [owner, contact]
    .flatMap((text) => text ?? [])
    .map(escapeUnseen)
    .join(', ');
}
