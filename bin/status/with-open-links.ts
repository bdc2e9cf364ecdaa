import { dayText } from '../../lambda/report/instant-text.ts';
import type { TenantStatus } from './fleet-status.ts';
import { type OpenLink, progressText } from './read-open-links.ts';

/**
 * Says of tenants that wait for their owner's consent that a link is open. One that was never
 * connected is invited, which is no failure.
 */
export function withOpenLinks(
  tenants: readonly TenantStatus[],
  links: ReadonlyMap<string, OpenLink>,
): TenantStatus[] {
  return tenants.map((status) => {
    const link = links.get(status.tenant);
    return link ? withLink(status, link) : status;
  });
}

function withLink(status: TenantStatus, link: OpenLink): TenantStatus {
  const { tenant, state } = status;
  if (isNewcomer(status)) {
    return {
      ...status,
      link,
      state: 'invited',
      error: null,
      next_step: null,
    };
  }
  if (state !== 'needs_authorization') {
    return status;
  }
  const next_step =
    `Wait: a link is open until ${dayText(link.until)}, and ${progressText(link)}. Another one: ` +
    `tokens invite ${tenant} --replace`;
  return { ...status, link, next_step };
}

/** It holds no credential and never had one. A run leaves it out while its link is open. */
function isNewcomer({ state, rotated_at, fingerprint, grant_type }: TenantStatus): boolean {
  const holdsOne = grant_type === 'refresh_token' || grant_type === 'authorization_code';
  const isWaiting = state === 'needs_authorization' || state === 'new';
  return isWaiting && !holdsOne && rotated_at === null && fingerprint === null;
}
