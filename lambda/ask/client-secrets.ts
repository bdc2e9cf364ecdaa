import type { Judgement } from '../exchange/token-response.ts';
import { fingerprint } from '../fingerprint.ts';
import type { ShardRun } from '../keep/shard-run.ts';
import type { Tenant } from '../map/tenant.ts';
import type { Pacer } from './pacer.ts';
import { credentialsOf } from './sending.ts';

/**
 * Returns the secret that a client with a list of them asks with now: the one that worked last, or
 * else the first one, that was not refused in this run. One that is alone is used whatever became
 * of it. Null where there is none.
 */
export function secretInUse(
  { secretHints }: Pick<ShardRun, 'secretHints'>,
  pacer: Pacer,
  tenant: Tenant,
): string | null {
  const { client_secrets: secrets } = tenant;
  if (secrets.length < 2) {
    return secrets[0] ?? null;
  }
  const hint = secretHints.get(fingerprint(tenant.client));
  const hinted = secrets.filter((secret) => fingerprint(secret) === hint);
  const [first = null] = unrefused(pacer, tenant, [...hinted, ...secrets]);
  return first;
}

/**
 * Notes what an answer says of the secret that was sent. After a refused client, the next of its
 * secrets is tried. Returns whether there is one.
 */
export function noteSecret(
  run: Pick<ShardRun, 'secretHints'>,
  pacer: Pacer,
  { tenant, secret }: { tenant: Tenant; secret: string | null },
  judgement: Judgement,
): boolean {
  if (secret === null) {
    return false;
  }
  if (judgement.kind === 'issued') {
    rememberSecret(run, tenant, secret);
  } else if (judgement.code === 'app_rejected') {
    pacer.refuseSecret(credentialsOf(tenant), fingerprint(secret));
    return unrefused(pacer, tenant, tenant.client_secrets).length > 0;
  }
  return false;
}

/** Returns the tenant as it asks with one of its client's secrets. */
export function withSecret(tenant: Tenant, secret: string | null): Tenant {
  if (secret === null || tenant.fields.get('client_secret') === secret) {
    return tenant;
  }
  return { ...tenant, fields: new Map([...tenant.fields, ['client_secret', secret]]) };
}

function rememberSecret(
  { secretHints }: Pick<ShardRun, 'secretHints'>,
  { client, client_secrets }: Tenant,
  secret: string,
): void {
  const isFirst = secret === client_secrets[0];
  if (!isFirst) {
    secretHints.set(fingerprint(client), fingerprint(secret));
  } else if (secretHints.size > 0) {
    secretHints.delete(fingerprint(client));
  }
}

function unrefused(pacer: Pacer, tenant: Tenant, secrets: readonly string[]): string[] {
  const credentials = credentialsOf(tenant);
  return secrets.filter((secret) => !pacer.isSecretRefused(credentials, fingerprint(secret)));
}
