import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type FolderHome, openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { buildProgram } from '../../fakes/build-program.ts';
import { randomFrom } from '../../fakes/random.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

interface Writer {
  child: ChildProcessByStdio<Writable, Readable, null>;
  /** What it was told is durable, in order. */
  said: string[];
  /** Resolves when it has said that many lines. */
  hasSaid(count: number): Promise<void>;
  /** Its exit code, or the signal that ended it, once all it said was heard. */
  ended: Promise<number | string>;
}

let folder = '';
let program = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-rotator-'));
  program = await buildProgram(join(import.meta.dirname, 'home-process.ts'), folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startWriter(home: string, name: string, count: number): Writer {
  const child = spawn(process.execPath, [program, home, name, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    for (const { count: enough, resolve } of waiting) {
      if (said.length >= enough) {
        resolve();
      }
    }
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(
    ([[code, signal]]) => code ?? signal,
  );
  const hasSaid = (enough: number) =>
    said.length >= enough
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.push({ count: enough, resolve }));
  return {
    child,
    said,
    ended,
    hasSaid: (enough) => Promise.race([hasSaid(enough), ended.then(() => undefined)]),
  };
}

/** Starts them all, and lets them go at once. */
async function startWriters(
  home: string,
  names: readonly string[],
  count: number,
): Promise<Writer[]> {
  const writers = names.map((name) => startWriter(home, name, count));
  await Promise.all(writers.map((writer) => writer.hasSaid(1)));
  for (const { child } of writers) {
    child.stdin.write('go\n');
  }
  return writers;
}

async function readEntries({
  vault,
  states,
}: FolderHome): Promise<{ vault: string[]; state: string[] }> {
  const [secret, state] = [await vault.read('default'), await states.read('default')];
  return { vault: JSON.parse(secret?.text ?? '[]'), state: JSON.parse(state?.text ?? '[]') };
}

/** What the writers were told is durable. */
function acknowledged(writers: readonly Writer[], kind: string): string[] {
  return writers.flatMap(({ said }) =>
    said.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1)),
  );
}

describe('processes over one home', () => {
  it('lose no write when ten race', async () => {
    const home = temporaryFolder();
    const names = Array.from({ length: 10 }, (_, index) => `writer${index}`);
    const writers = await startWriters(home, names, 5);
    expect(await Promise.all(writers.map((writer) => writer.ended))).toEqual(names.map(() => 0));
    const opened = await openFolderHome({ home });
    const entries = await readEntries(opened);
    const expected = names
      .flatMap((name) => [0, 1, 2, 3, 4].map((index) => `${name}.${index}`))
      .sort();
    expect(entries.vault.sort()).toEqual(expected);
    expect(entries.state.sort()).toEqual(expected);
    expect(await opened.archive.list('')).toHaveLength(50);
  });

  it('keep all that was acknowledged, and leave no lock, when killed at any instant', async () => {
    const seed = Date.now() % 1_000_000;
    console.info(`seed ${seed}`);
    const random = randomFrom(seed);
    const home = temporaryFolder();
    const opened = await openFolderHome({ home });
    const all: Writer[] = [];
    for (const round of [1, 2, 3]) {
      const names = ['a', 'b', 'c'].map((name) => `${name}${round}`);
      const writers = await startWriters(home, names, 100_000);
      all.push(...writers);
      const killed = writers.map(async (writer) => {
        await writer.hasSaid(2 + random(40));
        writer.child.kill('SIGKILL');
        expect(await writer.ended).toBe('SIGKILL');
      });
      let running = true;
      const done = Promise.all(killed).finally(() => {
        running = false;
      });
      for (let before = await readEntries(opened); running; ) {
        const now = await readEntries(opened);
        expect(now.vault.slice(0, before.vault.length)).toEqual(before.vault);
        expect(now.state.slice(0, before.state.length)).toEqual(before.state);
        before = now;
      }
      await done;
      const entries = await readEntries(opened);
      expect(entries.vault).toEqual(expect.arrayContaining(acknowledged(all, 'vault')));
      expect(entries.state).toEqual(expect.arrayContaining(acknowledged(all, 'state')));
      expect(new Set(entries.vault).size).toBe(entries.vault.length);
      for (const key of acknowledged(all, 'archive')) {
        expect(await opened.archive.get(key)).not.toBeNull();
      }
      for (const key of await opened.archive.list('')) {
        expect(await opened.archive.get(key)).toEqual({ body: expect.any(String) });
      }
      for (const { child } of writers) {
        expect(await opened.states.isGone(holderOf(opened, child.pid))).toBe(true);
      }
    }
    const survivor = (await startWriters(home, ['survivor'], 3))[0];
    expect(await survivor?.ended).toBe(0);
    expect(acknowledged(all, 'vault').length).toBeGreaterThan(0);
  });
});

/** The holder that a process of this host would have been. */
function holderOf({ states }: FolderHome, pid: number | undefined): string {
  const [host, , startTime, runId] = JSON.parse(states.holder('run-1'));
  return JSON.stringify([host, pid, startTime, runId]);
}
