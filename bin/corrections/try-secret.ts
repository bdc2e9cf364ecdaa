import { everyTenant } from '../../lambda/event.ts';
import { isObject } from '../../lambda/is-object.ts';
import type { Outcome } from '../../lambda/outcome.ts';
import { isAppsFault } from '../../lambda/report/failure.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { findTenant } from '../map/find-tenant.ts';
import type { TenantStatus } from '../status/fleet-status.ts';
import { readStatus } from '../status/read-status.ts';

/** A secret, or a key to sign with, that an app may get. */
interface TriedSecret {
  app: string;
  field: string;
  secret: string;
  /** Who is asked for, or null for the one that rotated last. */
  tenant: string | null;
}

/**
 * Asks once for one tenant of an app with a new client secret, by the same run as everything else,
 * and leaves the app as it is. For the time of the run the tenant names the secret itself. Throws
 * CommandError where the secret was refused or no answer came, and as a run does.
 */
export async function trySecret(
  home: Home,
  { app, field, secret, tenant }: TriedSecret,
): Promise<string> {
  const name = tenant ?? (await healthiestOf(home, app));
  const { shard } = await findTenant(home.ports, name);
  await editMap(home.ports.vault, shard, (text, map) => {
    const entry = map.tenants.get(name);
    if (!isObject(entry) || entry.app !== app) {
      throw new CommandError(`Tenant ${name} does not use app ${app}: nothing was tried.`);
    }
    if (entry[field] !== undefined || entry.client_secrets !== undefined) {
      throw new CommandError(`Tenant ${name} has a client secret of its own: try another tenant.`);
    }
    if (entry.enabled === false) {
      throw new CommandError(`Tenant ${name} is paused: nothing was tried.`, {
        nextStep: `First: tokens resume ${name}. Or try another tenant`,
      });
    }
    return setAt(text, ['tenants', name, field], secret);
  });
  try {
    const outcome = await outcomeOf(home, name);
    if (outcome?.status !== 'rotated') {
      throw refused(name, outcome);
    }
    return name;
  } finally {
    await takeBack(home, shard, { name, field, secret });
  }
}

async function outcomeOf(home: Home, tenant: string): Promise<Outcome | undefined> {
  const report = await home.rotate({ ...everyTenant, tenants: [tenant] });
  return report.outcomes.find((outcome) => outcome.tenant === tenant);
}

/** The secret goes from the tenant's entry, unless somebody has put another one there. */
async function takeBack(
  { ports }: Home,
  shard: string,
  { name, field, secret }: { name: string; field: string; secret: string },
): Promise<void> {
  await editMap(ports.vault, shard, (text, { tenants }) => {
    const entry = tenants.get(name);
    return isObject(entry) && entry[field] === secret
      ? setAt(text, ['tenants', name, field], undefined)
      : text;
  });
}

function refused(tenant: string, outcome: Outcome | undefined): CommandError {
  const { error, reason = 'no run reached it' } = outcome ?? {};
  const why = error?.message ?? `Tenant ${tenant} was not asked: ${reason}.`;
  return new CommandError(
    `The new secret was tried for tenant ${tenant}, and the app was left as it is. ${why}`,
    { nextStep: 'Check the secret, and run the same command again' },
  );
}

/** What the old secret broke, the new one may mend. */
function isSound({ state, error }: TenantStatus): boolean {
  return state !== 'disabled' && (error === null || isAppsFault(error.code));
}

/** Returns the app's tenant that rotated last, and does not fail by its own fault. */
async function healthiestOf({ ports }: Home, app: string): Promise<string> {
  const shards = await readStatus(ports, null);
  const healthy = shards
    .flatMap(({ tenants }) => tenants)
    .filter((status) => status.app === app && status.rotated_at !== null && isSound(status))
    .sort((a, b) => ((a.rotated_at ?? '') < (b.rotated_at ?? '') ? 1 : -1));
  const [first] = healthy;
  if (!first) {
    throw new CommandError(`App ${app} has no tenant that rotated and would again.`, {
      nextStep: `Name one: tokens app set-secret ${app} --try TENANT`,
    });
  }
  return first.tenant;
}
