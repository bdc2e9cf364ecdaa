import type { Asked } from '../ask/ask-all.ts';
import type { Choice } from '../ask/choice.ts';
import type { Wanted } from '../ask/wanted.ts';
import type { CommitResult } from '../keep/commit.ts';
import type { PublishResult } from '../keep/publish.ts';

/** A refresh on demand tells nothing, and a run without a report only what changed. */
export type Tells = 'all' | 'changes' | 'nothing';

/** Describes what a run did with its tenants, before it is reported. */
export interface Rotation {
  wanted: Wanted;
  choices: readonly Choice[];
  asked: readonly Asked[];
  committed: CommitResult;
  /** Says how often the run committed what it was brought. Each time makes a version. */
  commits: number;
  published: PublishResult;
  /** Says whether the end of the run was reached. Nothing is left for the next one to ask again. */
  isTidy: boolean;
  /** Faults of this program that some tenants met. */
  faults: readonly unknown[];
  /** Says when tokens were replaced because they were refused. */
  refusalsAt: readonly string[];
  reportKey: string | null;
  tells: Tells;
}
