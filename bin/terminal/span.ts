import { UsageError } from '../errors.ts';

const UNIT_MS = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
} as const;

/** Reads a time such as `90s`, `45m`, `2h` or `30d` as milliseconds. Throws UsageError. */
export function parseSpan(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (!(ms > 0)) {
    throw new UsageError(`${option} takes a number above 0 and a unit: 90s, 45m, 2h, 30d.`);
  }
  return ms;
}
