import { parseEvent } from '../../lambda/event.ts';
import { type Invitation, inviteTenant, USUAL_TERMS } from '../consent/invite-tenant.ts';
import { CommandError } from '../errors.ts';
import type { Home } from '../homes/home.ts';
import { editMap, setAt } from '../map/edit-map.ts';
import { findTenant } from '../map/find-tenant.ts';
import type { FleetTenant } from './fleet-snapshot.ts';
import { outcomeText } from './jobs.ts';
import type { TenantAction } from './tenant-view.ts';

/** Returns what can be done with a tenant from here. */
export function actionsFor(home: Home, { state }: FleetTenant): TenantAction[] {
  if (state === 'disabled') {
    return ['resume'];
  }
  const consent: TenantAction[] = home.connectPage ? ['invite'] : [];
  return ['rotate', 'connect', ...consent, 'pause'];
}

/** Rotates one tenant and says what became of it. */
export async function rotateOne(home: Home, tenant: string): Promise<string> {
  const report = await home.rotate(parseEvent({ tenant }));
  const outcome = report.outcomes.find((one) => one.tenant === tenant);
  if (outcome) {
    return outcomeText(outcome);
  }
  const failure = report.failures?.[0];
  return failure ? `${failure.message} ${failure.next_step}` : `${tenant} was left out of the run.`;
}

/** Pauses a tenant, or lets runs take it up again. */
export async function setEnabled(home: Home, tenant: string, enabled: boolean): Promise<string> {
  const { shard } = await findTenant(home.ports, tenant);
  await editMap(home.ports.vault, shard, (text, map) => {
    if (!map.tenants.has(tenant)) {
      throw new CommandError(`Tenant ${tenant} was removed meanwhile.`);
    }
    return setAt(text, ['tenants', tenant, 'enabled'], enabled ? undefined : false);
  });
  return enabled ? `${tenant} takes part in runs again.` : `${tenant} is paused.`;
}

/** Makes a connect link with the usual terms. Throws CommandError. */
export async function makeLink(home: Home, tenant: string): Promise<Invitation> {
  if (!home.connectPage) {
    throw new CommandError(`The ${home.title} has no connect page.`);
  }
  const { shard, map } = await findTenant(home.ports, tenant);
  return inviteTenant(
    home.ports,
    home.connectPage,
    {
      name: tenant,
      shard,
      map,
    },
    USUAL_TERMS,
  );
}
