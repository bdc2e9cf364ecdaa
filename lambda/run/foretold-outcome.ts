import type { Choice } from '../ask/choice.ts';
import type { Outcome } from '../outcome.ts';

const RECOVERY_DUE = 'a recovery is due: its newer credential would be put back from the archive';

/** Says what a run would do with a tenant. Nothing of it is done. */
export function foretoldOutcome(choice: Choice, shard: string, isRecovered: boolean): Outcome {
  const about = { tenant: choice.name, shard };
  switch (choice.do) {
    case 'fail':
      return {
        ...about,
        provider: choice.provider,
        status: 'failed',
        error: choice.failure,
      };
    case 'skip':
    case 'defer':
    case 'report_recovered':
      return {
        ...about,
        provider: choice.provider,
        status: 'skipped',
        reason: isRecovered ? RECOVERY_DUE : choice.reason,
      };
    case 'ask': {
      const { provider, grant } = choice.tenant;
      const ask = `${provider.title} would be asked`;
      return {
        ...about,
        provider: provider.id,
        status: 'skipped',
        reason: isRecovered ? `${RECOVERY_DUE}, then ${ask}` : ask,
        grant_type: grant,
        ...(choice.warning && { warning: choice.warning }),
      };
    }
  }
}
