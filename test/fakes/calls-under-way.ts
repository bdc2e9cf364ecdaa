import { rest } from './simulated-clock.ts';

/** Ports whose calls can be waited for. */
export interface WatchedPorts<T> {
  ports: T;
  /** Resolves when none of their calls is under way, and nothing goes on after the last one. */
  atRest(): Promise<void>;
}

/** Lets a simulated clock stand still while a store on a disk is at work. */
export function watchCalls<T extends Record<string, object>>(watched: T): WatchedPorts<T> {
  const underWay = new Set<Promise<unknown>>();
  const watchOne = (port: object) =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? noted(value.bind(target), underWay) : value;
      },
    });
  const ports = Object.entries(watched).map(([name, port]) => [name, watchOne(port)]);
  return {
    ports: Object.fromEntries(ports) as T,
    async atRest() {
      await rest();
      while (underWay.size > 0) {
        await Promise.allSettled(underWay);
        await rest();
      }
    },
  };
}

function noted(call: (...args: unknown[]) => unknown, underWay: Set<Promise<unknown>>) {
  return (...args: unknown[]) => {
    const result = call(...args);
    if (result instanceof Promise) {
      const ended = result.finally(() => underWay.delete(ended)).catch(() => undefined);
      underWay.add(ended);
    }
    return result;
  };
}
