import type { Effect, Gate } from '../../test/fakes/memory-ports.ts';

/** Describes what is under way from one instant to another, in milliseconds. */
interface Span {
  what: 'request' | 'lease' | 'commit' | 'publish';
  from: number;
  to: number;
}

/** Notes when requests, leases and writes of a run begin and end. */
export interface Recorder {
  spans: Span[];
  gate: Gate;
  /** Notes one request to a provider. */
  request<T>(send: () => Promise<T>): Promise<T>;
}

const SLICES = 24;
const BAR = 32;

export function createRecorder(now: () => number = () => performance.now()): Recorder {
  const spans: Span[] = [];
  const leases = new Map<string, number>();

  async function during<T>(what: Span['what'], perform: () => Promise<T>): Promise<T> {
    const from = now();
    try {
      return await perform();
    } finally {
      spans.push({
        what,
        from,
        to: now(),
      });
    }
  }

  const gate: Gate = async (effect, perform) => {
    const kind = kindOf(effect);
    if (kind === 'state') {
      const from = leases.get(effect.on);
      if (from === undefined) {
        leases.set(effect.on, now());
      } else {
        spans.push({
          what: 'lease',
          from,
          to: now(),
        });
      }
      return perform();
    }
    return kind === null ? perform() : during(kind, async () => perform());
  };
  return {
    spans,
    gate,
    request: (send) => during('request', send),
  };
}

function kindOf({ port, op }: Effect): 'state' | 'commit' | 'publish' | null {
  if (port === 'states' && op === 'write') {
    return 'state';
  }
  if (op !== 'put_version' && op !== 'move_label') {
    return null;
  }
  return port === 'vault' ? 'commit' : 'publish';
}

/**
 * Draws a run as text: for each slice of time the places in use (of `places`), the shards that hold
 * a lease, and the writes of secrets.
 */
export function drawTimeline({ spans }: Pick<Recorder, 'spans'>, places: number): string {
  const start = Math.min(...spans.map(({ from }) => from));
  const width = (Math.max(...spans.map(({ to }) => to)) - start) / SLICES;
  const rows = Array.from({ length: SLICES }, (_, index) => {
    const slice = { from: start + index * width, to: start + (index + 1) * width };
    const used = busyIn(spans, 'request', slice) / width;
    const bar = '█'.repeat(Math.round((used / places) * BAR)).padEnd(BAR, '·');
    const leases = countIn(endOfLease(spans), 'lease', slice);
    const writes = countIn(spans, 'commit', slice) + countIn(spans, 'publish', slice);
    const at = `${Math.round(slice.from - start)} ms`.padStart(9);
    return `${at}  ${bar} ${used.toFixed(0).padStart(3)}  ${leases} leases  ${writes} writes`;
  });
  return [`     time  places in use, of ${places}`, ...rows].join('\n');
}

/** A lease lasts from its first write of the state to its last. */
function endOfLease(spans: readonly Span[]): Span[] {
  const longest = new Map<number, Span>();
  for (const span of spans) {
    if (span.what === 'lease') {
      longest.set(span.from, span);
    }
  }
  return [...longest.values()];
}

/** Milliseconds that spans of a kind spend in a slice, added up. */
function busyIn(
  spans: readonly Span[],
  what: Span['what'],
  slice: Pick<Span, 'from' | 'to'>,
): number {
  return spans
    .filter((span) => span.what === what)
    .map((span) => Math.min(span.to, slice.to) - Math.max(span.from, slice.from))
    .reduce((sum, ms) => sum + Math.max(0, ms), 0);
}

function countIn(
  spans: readonly Span[],
  what: Span['what'],
  { from, to }: Pick<Span, 'from' | 'to'>,
): number {
  return spans.filter((span) => span.what === what && span.from < to && span.to > from).length;
}
