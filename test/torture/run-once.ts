/**
 * One run of local mode in a process of its own: `run-once HOME [BUSY_WAIT_MS]`. Says `ready` when
 * it begins, and its summary when it has ended.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../lambda/clock.ts';
import { parseEvent } from '../../lambda/event.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import { rotate } from '../../lambda/run/rotate.ts';
import { openFolderHome } from '../../lib/folder/open-folder-home.ts';

const [home = '', busyWaitMs = '150000'] = process.argv.slice(2);
process.stdout.write('ready\n');
const http = createNodeHttp({ allowLoopbackHttp: true, allowIpLiterals: true });
const ports = {
  ...(await openFolderHome({ home })),
  http,
  clock: systemClock,
  log: () => undefined,
};
const options = {
  runId: randomUUID(),
  deadlineAt: Number.POSITIVE_INFINITY,
  busyWaitMs: Number(busyWaitMs),
};
const report = await rotate(ports, parseEvent({}), options);
process.stdout.write(`${JSON.stringify({ ...report.summary, failures: report.failures ?? [] })}\n`);
