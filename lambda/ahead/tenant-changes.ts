import type { LifecycleEvent } from '../lifecycle-event.ts';
import type { Failure } from '../outcome.ts';
import {
  type EventTenant,
  tenantConnected,
  tenantFailing,
  tenantRecovered,
} from './event-builders.ts';

/** One tenant as events reported it, and as it is after a run. */
export interface TenantChange {
  about: EventTenant;
  /** How it fails, and in words. */
  error: { since: string; failure: Failure } | null;
  consentedAt: string | null;
  /** The error code and the consent that events reported last. */
  told: { failing: string | null; consent: string | null };
  /** Nothing is reported of a credential that is not committed. */
  isCommitted: boolean;
  /** Of the exchanges that brought the consent, and that this run made last. */
  consentKey: string | null;
  exchangeKey: string | null;
}

/**
 * In a state that was built again every consent is new. Only those of the last month are reported.
 */
const NEWS_MS = 30 * 86_400_000;

/**
 * Returns the events of one tenant's change. They depend on what the state says was reported, so
 * that a run that died before it wrote its state leaves them to the next one.
 */
export function eventsOfChange(change: TenantChange, at: string): LifecycleEvent[] {
  return [...connected(change, at), ...failing(change), ...recovered(change, at)];
}

function connected(
  { about, consentedAt, told, isCommitted, consentKey }: TenantChange,
  at: string,
): LifecycleEvent[] {
  if (consentedAt === null || !isCommitted || consentedAt === told.consent) {
    return [];
  }
  const isRecent = Date.parse(at) - Date.parse(consentedAt) < NEWS_MS;
  return isRecent ? [tenantConnected(about, { consentedAt, exchangeKey: consentKey })] : [];
}

function failing({ about, error, told, exchangeKey }: TenantChange): LifecycleEvent[] {
  if (error === null || error.failure.code === told.failing) {
    return [];
  }
  return [tenantFailing(about, error.failure, { since: error.since, exchangeKey })];
}

function recovered({ about, error, told, exchangeKey }: TenantChange, at: string) {
  if (told.failing === null || error !== null) {
    return [];
  }
  return [tenantRecovered(about, told.failing, { at, exchangeKey })];
}
