import type { LifecycleEvent } from '../lifecycle-event.ts';
import type { Failure } from '../outcome.ts';
import {
  type EventTenant,
  tenantConnected,
  tenantFailing,
  tenantRecovered,
} from './event-builders.ts';

/** What the state remembers of a tenant that events tell. */
interface TenantMark {
  error: { code: string; since: string } | null;
  consented_at: string | null;
}

/** One tenant as the state knew it, and as it knows it after a commit. */
export interface TenantChange {
  about: EventTenant;
  before: TenantMark | null;
  after: TenantMark;
  /** The failure in words, where this run met one. */
  failure: Failure | null;
  /** Of this run's newest exchange for the tenant. */
  exchangeKey: string | null;
}

const NOTHING: TenantMark = { error: null, consented_at: null };
/** In a state that was built anew every consent is new: only those of the last month are told. */
const NEWS_MS = 30 * 86_400_000;

/**
 * Returns the events of one tenant's change. It depends on the two states alone, so that a run that
 * died before it wrote its state leaves the same events to the next one.
 */
export function eventsOfChange(change: TenantChange, at: string): LifecycleEvent[] {
  return [...connected(change, at), ...failing(change), ...recovered(change, at)];
}

function connected({ about, before, after, exchangeKey }: TenantChange, at: string) {
  const { consented_at: consentedAt } = after;
  const isNew = consentedAt !== null && consentedAt !== before?.consented_at;
  const isRecent = before !== null || Date.parse(at) - Date.parse(consentedAt ?? '') < NEWS_MS;
  return isNew && isRecent ? [tenantConnected(about, { consentedAt, exchangeKey })] : [];
}

function failing({ about, before, after, failure, exchangeKey }: TenantChange): LifecycleEvent[] {
  const { error: was } = before ?? NOTHING;
  const { error } = after;
  if (error === null || failure === null || error.code === was?.code) return [];
  return [tenantFailing(about, failure, { since: error.since, exchangeKey })];
}

function recovered({ about, before, after, exchangeKey }: TenantChange, at: string) {
  const was = before?.error?.code;
  if (was === undefined || after.error !== null) return [];
  return [tenantRecovered(about, was, { at, exchangeKey })];
}
