import { html } from 'hono/html';
import type { Html } from '../../lambda/connect/page-layout.ts';
import type { FleetFigures } from './fleet-figures.ts';
import type { StateKind } from './fleet-snapshot.ts';

const KINDS: readonly StateKind[] = ['bad', 'waiting', 'good', 'off'];
const KIND_TEXTS: Record<StateKind, string> = {
  bad: 'failing',
  waiting: 'waiting',
  good: 'well',
  off: 'off',
};

/**
 * Draws a bar of how much of the fleet is well. Sizes are attributes of SVG, since the content
 * security policy refuses styles of elements.
 */
export function shareBar(states: FleetFigures['states']): Html {
  const total = Math.max(1, sumOf(states));
  const parts = KINDS.map((kind) => ({
    kind,
    count: sumOf(states.filter((state) => state.kind === kind)),
  })).filter(({ count }) => count > 0);
  let x = 0;
  const bars = parts.map(({ kind, count }) => {
    const at = x;
    const width = (count / total) * 100;
    x += width;
    return html`<rect class="${kind}" x="${at}" y="0" width="${width}" height="10"/>`;
  });
  const text = parts.map(({ kind, count }) => `${count} ${KIND_TEXTS[kind]}`).join(', ');
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"
aria-label="${text}">${bars}</svg>`;
}

const COLUMN = 44;
const HIGH = 72;
const TOP = 18;
const LEAST_HEIGHT = 2;

/** Draws a time line of how many access tokens end within which time from now. */
export function endsChart(ends: FleetFigures['ends']): Html {
  const most = Math.max(1, ...ends.map(({ count }) => count));
  const bars = ends.map((end, index) => endBar(end, { most, left: index * COLUMN }));
  const text = ends.map(({ label, count }) => `${label}: ${count}`).join(', ');
  const size = `0 0 ${ends.length * COLUMN} ${TOP + HIGH + 22}`;
  return html`<svg class="ends" viewBox="${size}" role="img" aria-label="${text}">${bars}</svg>`;
}

function endBar(
  { label, count, kind }: FleetFigures['ends'][number],
  { most, left }: { most: number; left: number },
): Html {
  const height = count === 0 ? LEAST_HEIGHT : Math.max(4, (count / most) * HIGH);
  const middle = left + COLUMN / 2;
  const top = TOP + HIGH - height;
  const look = count === 0 ? 'none' : kind;
  return html`<rect class="${look}" x="${left + 6}" y="${top}" width="${COLUMN - 12}"
height="${height}" rx="2"/><text x="${middle}" y="${top - 5}">${count === 0 ? '' : count}</text>
<text class="soft" x="${middle}" y="${TOP + HIGH + 16}">${label}</text>`;
}

function sumOf(states: FleetFigures['states']): number {
  return states.reduce((sum, { count }) => sum + count, 0);
}
