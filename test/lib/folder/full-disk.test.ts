import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { everyTenant } from '../../../lambda/event.ts';
import { createNodeHttp } from '../../../lambda/exchange/node-http.ts';
import type { Clock, RunPorts } from '../../../lambda/ports.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { createSourceOverPorts } from '../../../lib/client/local-source.ts';
import { watchDisk } from '../../../lib/folder/disk-watch.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { interceptFiles } from '../../fakes/file-operations.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { type RotatingServer, startRotatingServer } from '../../fakes/rotating-server.ts';

const MARK = 'canary5ecret';
/** Its pauses are short. */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 1_000, signal),
};

/** A disk that takes no new file while `isFull` says so, and gives back what is deleted. */
function limitDisk(home: string, isFull: () => boolean): void {
  interceptFiles(home, (operation, path, perform) => {
    const isNew =
      operation === 'open' && (path.includes('/tmp/') || path === join(home, 'reserve'));
    return isNew && isFull()
      ? Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
      : perform();
  });
}

describe('a home on a disk that becomes full', () => {
  let server: RotatingServer;
  let home: string;
  let isStopped: () => boolean;
  let ports: RunPorts;
  let begin: ReturnType<typeof watchDisk>['begin'];

  beforeEach(async () => {
    server = await startRotatingServer(['acme'], MARK);
    home = await makeLocalHome(server, ['acme'], MARK);
    const disk = watchDisk();
    begin = disk.begin;
    isStopped = begin();
    ports = {
      ...(await openFolderHome({ home, onDiskFull: disk.onDiskFull })),
      http: createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true }),
      clock,
      log: () => undefined,
    };
  });
  afterEach(() => server.close());

  const run = () =>
    rotate(ports, everyTenant, { runId: randomUUID(), deadlineAt: Infinity, isStopped });

  it('waits with the answer in hand until there is room', async () => {
    let refused = 0;
    // Another program takes the room of the reserve too, and gives it back later.
    limitDisk(home, () => server.requests() > 0 && refused++ < 40);
    await run();
    expect(refused).toBeGreaterThan(40);
    await run();
    expect(server.reuses()).toBe(0);
    const { text } = (await ports.vault.read('default')) ?? {};
    expect(text).toContain(server.valid.get('acme'));
  });

  it('sends nothing more in the same process until its reserve is whole again', async () => {
    let isFull = true;
    const source = createSourceOverPorts(ports, begin);
    const ask = () => source.refresh({ tenant: 'acme', shard: 'default', refused: null });
    limitDisk(home, () => isFull);
    await expect(ask()).rejects.toThrow(/full/);
    expect([server.requests(), existsSync(join(home, 'reserve'))]).toEqual([0, false]);
    isFull = false;
    expect(await ask()).toMatchObject({ status: 'rotated' });
    expect(existsSync(join(home, 'reserve'))).toBe(true);
  });
});
