import { groupBy } from '../group-by.ts';
import type { Drift, Ending } from '../outcome.ts';
import { shown } from '../shown.ts';
import { driftText } from './drift-text.ts';
import { endText } from './end-text.ts';
import { dayText } from './instant-text.ts';

/**
 * Returns a line and what to do for each thing that ends soon, the nearest first. The secret of an
 * app is one thing, whatever number of tenants share it.
 */
export function endingLines(endings: readonly Ending[]): string[] {
  const sorted = endings.toSorted((a, b) => (a.ends_at < b.ends_at ? -1 : 1));
  const groups = [...groupBy(sorted, keyOfEnding).values()];
  return groups.flatMap((group) => {
    const [ending] = group;
    return ending ? [endingLine(ending, group.length)] : [];
  });
}

/** Returns which platforms began to behave otherwise. A change in several shards is one. */
export function driftLines(drifts: readonly Drift[]): string[] {
  const groups = [...groupBy(drifts, keyOfDrift).values()];
  return groups.map((group) => driftLine(group.reduce(together)));
}

function keyOfEnding(ending: Ending): string {
  const { kind, app, shard, tenant, ends_at } = ending;
  return isSharedSecret(ending) ? `app ${app} ${ends_at}` : `tenant ${shard}/${tenant} ${kind}`;
}

function keyOfDrift({ provider, grant_type, aspect, is }: Drift): string {
  return [provider, grant_type, aspect, is].join('/');
}

function isSharedSecret({ kind, app }: Ending): boolean {
  return kind === 'client_secret' && app !== null;
}

function endingLine(ending: Ending, count: number): string {
  const { kind, app, tenant, shard, provider, ends_at, told, owner, contact } = ending;
  const who = isSharedSecret(ending)
    ? `app ${app} (${count} tenants)`
    : `${tenant} (${provider}, shard ${shard})`;
  const source = told ? '' : ', as the platform documents it';
  const people = peopleText(owner, contact);
  const end = `${endText(kind)} on ${dayText(ends_at)}${source}`;
  return [
    `- ${who}: ${end}`,
    ...(people === '' ? [] : [`  Ask: ${people}`]),
    `  To do: ${ending.next_step}`,
  ].join('\n');
}

function driftLine(drift: Drift): string {
  const { provider, grant_type } = drift;
  return `- ${provider} (${grant_type}) ${driftText(drift)}`;
}

function together(a: Drift, b: Drift): Drift {
  return {
    ...a,
    since: a.since < b.since ? a.since : b.since,
    answers: a.answers + b.answers,
    of: a.of + b.of,
  };
}

/** Returns who can act, such as `Ann, ann@agency.example`, or an empty text. */
export function peopleText(owner: string | undefined, contact: string | undefined): string {
  const known = [owner ?? '', contact ?? ''].filter((text) => text.trim() !== '');
  return known.map(shown).join(', ');
}
