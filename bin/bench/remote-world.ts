import { type ChildProcess, fork } from 'node:child_process';
import { systemClock } from '../../lambda/clock.ts';
import type { Http } from '../../lambda/ports.ts';
import { createMemoryWorld, memoryPorts } from '../../test/fakes/memory-ports.ts';
import type { Stores } from './fleet.ts';

/** A call of a port that the process of the world performs. */
export interface Call {
  id: number;
  port: string;
  op: string;
  args: unknown[];
}

export interface Answer {
  id: number;
  result: unknown;
}

/** Parts of ports that answer at once, and hold no state. */
const LOCAL = new Set(['maxBytes', 'label', 'holder', 'isGone']);

/**
 * Opens ports whose stores and provider live in a process of their own, so that the memory of this
 * one is a run's alone. `program` is the bundle of world.ts.
 */
export function openRemoteWorld(
  program: string,
  tenants: number,
): { stores: Stores; http: Http; close: () => void } {
  const child = fork(program, [String(tenants)], { serialization: 'advanced' });
  const waiting = new Map<number, (result: unknown) => void>();
  child.on('message', ({ id, result }: Answer) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const local = memoryPorts(createMemoryWorld(systemClock));
  const ports = Object.entries(local).map(([name, port]) => [name, remote(name, port)]);
  let calls = 0;

  function remote<T extends object>(name: string, port: T): T {
    return new Proxy(port, {
      get(target, op: string) {
        if (LOCAL.has(op)) {
          return Reflect.get(target, op);
        }
        return (...args: unknown[]) =>
          ask(child, {
            id: ++calls,
            port: name,
            op,
            args,
          });
      },
    });
  }

  function ask(world: ChildProcess, call: Call): Promise<unknown> {
    return new Promise((resolve) => {
      waiting.set(call.id, resolve);
      world.send(call);
    });
  }

  const http = remote('http', { send: () => Promise.reject(new Error('remote')) } as Http);
  return {
    stores: Object.fromEntries(ports),
    http,
    close: () => child.kill(),
  };
}
