import type { RefreshRequest, RunRequest } from '../../lambda/event.ts';
import type { Outcome, Report } from '../../lambda/outcome.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { RunOptions } from '../../lambda/run/run-options.ts';
import type { ConnectPage } from '../consent/invite-tenant.ts';

/** The result of a refresh on demand. */
export type RefreshResult = Pick<Outcome, 'status' | 'expires_at' | 'error' | 'reason'>;

/** Says when the tenants of a home are rotated without anybody. */
export interface HomeRhythm {
  /** `cron(…)` or `rate(…)`; null where no schedule is set. */
  expression: string | null;
  timeZone: string;
  /** Runs each half hour renew the access tokens that are about to end. */
  keepFresh: boolean;
}

/** Where tenants live, a folder of this machine, or a deployed stack. */
export interface Home {
  kind: 'folder' | 'stack';
  /** It is the folder of `npm start`, whose server may have ended. */
  isSandbox?: boolean;
  /** Its name in messages, such as `home /home/ann/.token-rotator`, `stack TokenRotator`. */
  title: string;
  /** Where clients consent by a link; null where there is no such page. */
  connectPage: ConnectPage | null;
  /** The version that a stack was deployed from, or null where it does not tell. */
  deployedVersion?: string | null;
  /** Says when it is rotated; a folder has no schedule of ours. */
  rhythm: HomeRhythm;
  /**
   * The stores, to read, and to edit by editMap. Tokens are asked for by `rotate` and `refresh`
   * only.
   */
  ports: RunPorts;
  /**
   * One rotation, in this process for a folder, by the deployed function for a stack, so that there
   * is one writer. Throws RunError, StoreError, CommandError.
   */
  rotate(request: RunRequest, onProgress?: RunOptions['onProgress']): Promise<Report>;
  /** Refreshes one tenant if it is due or was refused. Throws as rotate does. */
  refresh(request: RefreshRequest, onProgress?: RunOptions['onProgress']): Promise<RefreshResult>;
  /**
   * Makes a shard, empty, with its access-token secret. One that exists stays as it is. Throws
   * StoreError.
   */
  addShard(shard: string): Promise<void>;
  /** Says where a rotation would run. Throws StoreError where the caller may not start one. */
  mayRun(): Promise<string>;
  /** Returns the user, the ARN of the caller in AWS, or user and machine. Throws StoreError. */
  caller(): Promise<string>;
}
