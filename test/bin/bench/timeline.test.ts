import { describe, expect, it } from 'vitest';
import { createRecorder, drawTimeline } from '../../../bin/bench/timeline.ts';

describe(drawTimeline.name, () => {
  it('draws the places in use, the leases and the writes of each slice of time', async () => {
    let now = 0;
    const recorder = createRecorder(() => now);
    const wait = (ms: number) => async () => {
      now += ms;
    };
    const write = { port: 'states', op: 'write', on: 'default' } as const;
    await recorder.gate(write, () => undefined);
    await recorder.request(wait(120));
    const put = { port: 'vault', op: 'put_version', on: 'default' } as const;
    await recorder.gate(put, wait(120));
    await recorder.gate(write, () => undefined);
    const [head, first = '', ...others] = drawTimeline(recorder, 1).split('\n');
    expect(head).toContain('of 1');
    expect(first).toMatch(/0 ms {2}█+ +1 {2}1 leases {2}0 writes$/);
    expect(others.at(-1)).toMatch(/·+ +0 {2}1 leases {2}1 writes$/);
  });
});
