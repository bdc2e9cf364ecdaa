import { randomUUID } from 'node:crypto';
import { REQUEST_TIMEOUT_MS } from '../../lambda/deadlines.ts';
import { isRevoked, revocationRequest } from '../../lambda/exchange/revocation.ts';
import { fingerprint } from '../../lambda/fingerprint.ts';
import { parsePublished } from '../../lambda/keep/published.ts';
import { readShardState } from '../../lambda/keep/read-shard-state.ts';
import type { Tenant } from '../../lambda/map/tenant.ts';
import { isTenant, resolveTenant } from '../../lambda/map/tenant-entry.ts';
import { heldIn } from '../../lambda/map/vault-map.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import { CommandError } from '../errors.ts';
import { findTenant } from '../map/find-tenant.ts';

/** A consent that was ended at the platform, for the client's file. Holds no token. */
export interface Revocation {
  tenant: string;
  provider: string;
  client_id: string;
  /** Where it was revoked. */
  host: string;
  /** Of the token that was revoked. */
  fingerprint: string;
  revoked_at: string;
}

/**
 * Ends a tenant's consent at its platform. Changes nothing in the home. Throws CommandError where
 * another tenant lives by the same consent, the platform has no way to do it, or did not confirm
 * it, and StoreError.
 */
export async function revokeTenant(ports: RunPorts, name: string): Promise<Revocation> {
  const { shard, map } = await findTenant(ports, name);
  const tenant = resolveTenant(name, map);
  if (!isTenant(tenant)) {
    throw new CommandError(tenant.message, { nextStep: tenant.next_step });
  }
  await refuseShared(ports, tenant);
  const published = parsePublished(await ports.accessTokens.read(shard)).get(name);
  const held = {
    refresh_token: tenant.refresh_token,
    access_token: published?.access_token ?? null,
  };
  const { clock, http } = ports;
  const request = revocationRequest(tenant, held, { uuid: randomUUID(), nowMs: clock.now() });
  if ('problem' in request) {
    throw new CommandError(
      `The consent of ${name} cannot be revoked from here: ${request.problem}.`,
      {
        nextStep: `Revoke it on the platform, then: tokens remove ${name}`,
      },
    );
  }
  const answer = await http.send(request, REQUEST_TIMEOUT_MS);
  if (!isRevoked(tenant, answer)) {
    throw notConfirmed(tenant, answer.status);
  }
  return recordOf(tenant, held, new URL(request.url).host, clock.now());
}

function recordOf(
  { name, provider, client_id }: Tenant,
  held: { refresh_token: string | null; access_token: string | null },
  host: string,
  now: number,
): Revocation {
  const token = held[provider.revocation?.token ?? 'refresh_token'] ?? '';
  return {
    tenant: name,
    provider: provider.title,
    client_id,
    host,
    fingerprint: fingerprint(token),
    revoked_at: new Date(now).toISOString(),
  };
}

/**
 * One consent may serve several tenants, in any shard. Where an old copy of the map was saved, one
 * of them holds an older token of it.
 */
async function refuseShared(ports: RunPorts, { name, refresh_token }: Tenant): Promise<void> {
  if (refresh_token === null) {
    return;
  }
  const { shards, maps } = await readFleet(ports, null);
  const kin = await kinOf(ports, shards, fingerprint(refresh_token));
  const holders = [...maps.values()].flatMap((map) => (map ? heldIn(map) : []));
  const others = holders.filter(
    ({ tenant, refreshToken }) => kin.has(refreshToken ?? '') && tenant !== name,
  );
  if (others.length === 0) {
    return;
  }
  const names = others.map(({ tenant }) => tenant).join(', ');
  throw new CommandError(`Nothing was revoked: ${names} lives by the same consent as ${name}.`, {
    nextStep: `To remove ${name} alone: tokens remove ${name}`,
  });
}

/** Returns all credentials of one consent that the states of these shards know. */
async function kinOf(
  ports: RunPorts,
  shards: readonly string[],
  print: string,
): Promise<ReadonlySet<string>> {
  const kin = new Set([print]);
  for (const shard of shards) {
    const { knowledge } = await readShardState(ports, shard);
    const family = knowledge.families.get(print);
    for (const one of [...(family?.roots ?? []), ...(family?.members.keys() ?? [])]) {
      kin.add(one);
    }
  }
  return kin;
}

function notConfirmed({ name, provider }: Tenant, status: number | null): CommandError {
  const what = status === null ? 'could not be reached' : `answered HTTP ${status}`;
  return new CommandError(
    `${provider.title} ${what}, so the consent of ${name} may still be alive. Nothing was removed.`,
    { nextStep: `Try again: tokens remove ${name} --revoke` },
  );
}
