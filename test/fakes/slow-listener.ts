import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** A listener whose handshakes take a second. */
export interface SlowListener {
  port: number;
  /** Lets it accept again. What has tried to connect before tries again after a second. */
  wake(): void;
  close(): Promise<void>;
}

/** The kernel answers for a listener until its queue is full. Then it drops what comes. */
const LISTENER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer((socket) => {
    // Those that filled the queue are gone.
    socket.on('error', () => {}).end('hello');
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    parentPort.once('message', () => {
      parentPort.postMessage('asleep');
      Atomics.wait(workerData, 0, 0);
    });
  });
`;
const QUEUED = 4;

/**
 * Starts a listener that accepts nobody until it is woken. The first attempt to connect is lost,
 * and its kernel makes the next one after a second, as over a bad network.
 */
export async function startSlowListener(): Promise<SlowListener> {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(LISTENER, { eval: true, workerData: bell });
  const [port] = (await once(worker, 'message')) as [number];
  worker.postMessage('sleep');
  await once(worker, 'message');
  const queued: Socket[] = Array.from({ length: QUEUED }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  );
  await Promise.all(queued.slice(0, 2).map((socket) => once(socket, 'connect')));
  const wake = () => {
    Atomics.store(bell, 0, 1);
    Atomics.notify(bell, 0);
    // They would fill the queue again, a second later.
    for (const socket of queued) {
      socket.destroy();
    }
  };
  return {
    port,
    wake,
    async close() {
      wake();
      await worker.terminate();
    },
  };
}
