import { describe, expect, it } from 'vitest';
import type { Part, Stage } from '../../../bin/proof/part.ts';
import { runStages } from '../../../bin/proof/run-stages.ts';

const silent = { begin: () => undefined, note: () => undefined, end: () => undefined };
const part: Part = { what: '', tried: '', found: '', verdict: 'sound' };

/** Stages that take so long, and write down until when they might have gone on. */
function play(stages: { share: number; takesMs: number }[], endAt: number) {
  let nowMs = 0;
  const untils: number[] = [];
  const played = stages.map(
    ({ share, takesMs }): Stage => ({
      name: 'a stage',
      share,
      async prove(until) {
        untils.push(until);
        nowMs += takesMs;
        return part;
      },
    }),
  );
  return runStages(played, endAt, silent, () => nowMs).then((parts) => ({ parts, untils }));
}

describe('the stages of a proof', () => {
  it('get their shares of the time', async () => {
    const stages = [
      { share: 1, takesMs: 100 },
      { share: 2, takesMs: 200 },
      { share: 1, takesMs: 100 },
    ];
    const { parts, untils } = await play(stages, 400);
    expect(untils).toEqual([100, 300, 400]);
    expect(parts).toHaveLength(3);
  });

  it('leave what they do not need to those after them', async () => {
    const { untils } = await play(
      [
        { share: 2, takesMs: 100 },
        { share: 1, takesMs: 0 },
        { share: 1, takesMs: 0 },
      ],
      400,
    );
    expect(untils).toEqual([200, 250, 400]);
  });

  it('have no time at all where one before took everything', async () => {
    const { untils } = await play(
      [
        { share: 1, takesMs: 500 },
        { share: 1, takesMs: 0 },
      ],
      400,
    );
    expect(untils[1]).toBeLessThanOrEqual(500);
  });
});
