import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Secrets } from '../../lambda/ports.ts';
import type { Random } from '../fakes/random.ts';

const MOST_NOTES = 400;

/**
 * Somebody who edits the map all the while, each time from a fresh copy: puts one note after
 * another beside the tenants, with pauses short enough to come between a run's reading and its
 * writing. Returns what must stand there.
 */
export async function takeNotes(
  vault: Secrets,
  random: Random,
  pauseMs: number,
  whileRunning: Promise<unknown>,
): Promise<string[]> {
  const notes: string[] = [];
  let over = false;
  void whileRunning.finally(() => {
    over = true;
  });
  while (!over && notes.length < MOST_NOTES) {
    const version = await vault.read('default');
    const map = JSON.parse(version?.text ?? '');
    const note = `note ${notes.length}`;
    const text = JSON.stringify({ ...map, notes: [...(map.notes ?? []), note] }, null, 2);
    if (
      (await vault.swap('default', version?.versionId ?? null, text, randomUUID())) === 'swapped'
    ) {
      notes.push(note);
    }
    await delay(random(pauseMs));
  }
  return notes;
}

export async function notesIn(vault: Secrets): Promise<string[]> {
  return JSON.parse((await vault.read('default'))?.text ?? '').notes;
}
