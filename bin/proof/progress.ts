import type { Progress } from './run-stages.ts';

const NOTE_EVERY_MS = 10_000;

/** Says on one line after the other what a proof does, how far it is, and how long it will go on. */
export function createProgress(endAt: number, say: (line: string) => void): Progress {
  const ends = new Map<string, number>();
  let notedAt = Date.now();
  const left = (until: number) => formatTime(Math.max(0, until - Date.now()));
  return {
    begin(name, until) {
      ends.set(name, until);
      say(`[${left(endAt)} left] ${name}: begins, at most ${left(until)}`);
    },
    note(name, text) {
      if (Date.now() - notedAt < NOTE_EVERY_MS) {
        return;
      }
      notedAt = Date.now();
      say(`[${left(endAt)} left] ${name}: ${text}, ${left(ends.get(name) ?? endAt)} to go`);
    },
    end(name, text) {
      notedAt = Date.now();
      say(`[${left(endAt)} left] ${name}: ${text}`);
    },
  };
}

function formatTime(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
