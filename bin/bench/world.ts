/** The stores and the provider of a fleet, for another process (`world TENANTS`). */
import { createFleet, createProvider } from './fleet.ts';
import type { Answer, Call } from './remote-world.ts';

const ports: Record<string, object> = {
  ...createFleet(Number(process.argv[2])).stores(),
  http: createProvider(),
};

process.on('message', async ({ id, port, op, args }: Call) => {
  const method = Reflect.get(ports[port] ?? {}, op) as (...args: unknown[]) => Promise<unknown>;
  const answer: Answer = { id, result: await method(...args) };
  process.send?.(answer);
});
