import { fingerprint } from '../../lambda/fingerprint.ts';
import {
  forget,
  hasSucceeded,
  replay,
  restore,
  type TenantStates,
} from '../../lambda/history/history.ts';
import { newShardState, parseShardState } from '../../lambda/history/shard-state.ts';
import { readNews } from '../../lambda/keep/catch-up.ts';
import { findProvider } from '../../lambda/map/definitions.ts';
import { resolveTenant } from '../../lambda/map/tenant-entry.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { CommandError } from '../errors.ts';
import { editMap, setAt } from './edit-map.ts';
import { holdShards, storeStates } from './hold-shards.ts';
import { findSettled } from './settled-tenant.ts';

/**
 * Puts a refresh token into a tenant's entry, in place of what it holds. One that was succeeded by
 * a newer one would be put back by the next run, and its provider may take it for stolen: `confirm`
 * is asked, and it is then taken out of the histories, under the lease, before it is written.
 * Answers `kept` where `confirm` says no. Throws CommandError, StoreError, VaultMapError.
 */
export async function setRefreshToken(
  ports: RunPorts,
  tenant: string,
  token: string,
  confirm: () => Promise<boolean>,
): Promise<'changed' | 'unchanged' | 'kept'> {
  const { shard, map } = await findSettled(ports, tenant);
  const { provider } = resolveTenant(tenant, map);
  const definition = typeof provider === 'string' ? findProvider(map, provider) : provider;
  if (definition && !definition.grants.refresh_token)
    throw new CommandError(
      `${definition.title} gives no refresh tokens: tenant ${tenant} needs none. Nothing was changed.`,
    );
  const print = fingerprint(token);
  if (wouldBeReplaced(await knownStates(ports, shard), tenant, print)) {
    if (!(await confirm())) return 'kept';
    await holdShards(ports, [shard], async (run) => {
      const states = [...run.states].map(
        ([name, state]) =>
          [name, hasSucceeded(state, print) ? forget(state, print) : state] as const,
      );
      await storeStates(run, new Map(states));
    });
  }
  return editMap(ports.vault, shard, (text, { tenants }) => {
    if (!tenants.has(tenant))
      throw new CommandError(`Tenant ${tenant} was removed meanwhile: nothing was changed.`);
    const without = ['authorization_code', 'code_verifier'].reduce(
      (edited, field) => setAt(edited, ['tenants', tenant, field], undefined),
      text,
    );
    return setAt(without, ['tenants', tenant, 'refresh_token'], token);
  });
}

/** The histories as the next run will know them: the archive may hold what the state does not. */
async function knownStates(ports: RunPorts, shard: string): Promise<TenantStates> {
  const stored = await ports.states.read(shard);
  const state = stored ? parseShardState(stored.text) : newShardState;
  const known = { exchanges: new Map(), values: new Map(), knownKeys: new Set(state.known_keys) };
  return replay(state.tenants, await readNews(ports, shard, state.replayed_turn, known));
}

function wouldBeReplaced(states: TenantStates, tenant: string, print: string): boolean {
  return restore([{ tenant, code: null, refreshToken: print }], states).length > 0;
}
