import { randomUUID } from 'node:crypto';
import { systemClock } from '../../lambda/clock.ts';
import { createNodeHttp } from '../../lambda/exchange/node-http.ts';
import { type RunPorts, StoreError } from '../../lambda/ports.ts';
import { refreshOnDemand } from '../../lambda/run/refresh-on-demand.ts';
import { RunError, UnknownTenantError } from '../../lambda/run/run-error.ts';
import { watchDisk } from '../folder/disk-watch.ts';
import { readKeySource } from '../folder/home-key.ts';
import { openFolderHome } from '../folder/open-folder-home.ts';
import type { TokenSource } from './token-source.ts';

/** A program waits so long for a shard that another run holds. */
const BUSY_WAIT_MS = 10_000;
/** An answer that can be stored nowhere is offered for so long. */
const PATIENCE_MS = 900_000;

/**
 * Opens the tokens of a home, which this very process refreshes. Throws StoreError where there is
 * no home, or it does not open.
 */
export async function openLocalSource(
  home: string,
  passphrase: string | undefined,
): Promise<TokenSource> {
  if ((await readKeySource(home)) === null) {
    throw new StoreError('not_found', `there is no home in ${home}: begin with tokens add`);
  }
  const { onDiskFull, begin } = watchDisk();
  const ports = {
    ...(await openFolderHome({ home, passphrase, onDiskFull })),
    http: createNodeHttp({
      allowLoopbackHttp: process.env.ALLOW_LOOPBACK_HTTP === 'true',
      allowIpLiterals: true,
    }),
    clock: systemClock,
    log: () => undefined,
  };
  return createSourceOverPorts(ports, begin);
}

/**
 * Creates a source whose refreshes run in this process. `begin` is called at the start of each, and
 * returns a function that says if nothing new may be asked.
 */
export function createSourceOverPorts(
  ports: RunPorts,
  begin: () => () => boolean = () => () => false,
): TokenSource {
  return {
    read: (shard) => ports.accessTokens.read(shard),
    shards: () => ports.accessTokens.shards(),
    async refresh(request) {
      try {
        return await refreshOnDemand(ports, request, {
          runId: randomUUID(),
          deadlineAt: ports.clock.now() + PATIENCE_MS,
          isStopped: begin(),
          busyWaitMs: BUSY_WAIT_MS,
        });
      } catch (error) {
        if (error instanceof UnknownTenantError) {
          return { status: 'unknown_tenant' };
        }
        if (error instanceof RunError) {
          throw new StoreError('unavailable', error.message.replace(/\.$/, ''));
        }
        throw error;
      }
    },
  };
}
