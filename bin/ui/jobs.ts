import type { Outcome } from '../../lambda/outcome.ts';
import { StoreError } from '../../lambda/ports.ts';
import { CommandError, UsageError } from '../errors.ts';

/** Describes what a button has begun, and what became of it. */
export interface Job {
  /** For people. Holds no secret. */
  text: string;
  running: boolean;
}

/** The newest job of each tenant, kept while the terminal lives. */
export type Jobs = Map<string, Job>;

/** Begins a job that goes on after the page was answered. A tenant has one at a time. */
export function begin(jobs: Jobs, tenant: string, text: string, work: () => Promise<string>): void {
  if (jobs.get(tenant)?.running) {
    return;
  }
  jobs.set(tenant, { text, running: true });
  const settle = (told: string) => jobs.set(tenant, { text: told, running: false });
  work().then(settle, (error) => settle(toldOf(error)));
}

/** Says what became of a tenant in a run. */
export function outcomeText({ tenant, status, error, reason, warning }: Outcome): string {
  if (status === 'rotated') {
    return `${tenant} has a fresh token.`;
  }
  const why = error ? `${error.message} ${error.next_step}` : (reason ?? warning ?? '');
  return `${tenant}: ${status}. ${why}`.trim();
}

/** Only our own errors are in our own words. */
function toldOf(error: unknown): string {
  const isOurs =
    error instanceof CommandError || error instanceof UsageError || error instanceof StoreError;
  if (!isOurs) {
    return 'It failed by a fault of this program. Nothing was lost.';
  }
  const next = 'nextStep' in error && error.nextStep !== null ? ` ${error.nextStep}` : '';
  return `${error.message}${next}`;
}
