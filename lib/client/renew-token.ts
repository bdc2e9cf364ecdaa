import { endOf, type PublishedToken } from '../../lambda/keep/published.ts';
import type { HeldToken } from './all-shards.ts';
import { answerError } from './errors.ts';
import type { ShardTokens } from './shard-tokens.ts';
import { freshToken, livingToken, memoryOf, type TokenCache } from './token-cache.ts';
import type { RefreshAnswer } from './token-source.ts';

/**
 * After a refresh the secret's new version may take a moment to show. Secrets Manager is eventually
 * consistent.
 */
const READ_AGAIN_AFTER_MS = [0, 200, 1_000];

/**
 * Reads the tenant's token, and has it refreshed where what was read is stale or was refused.
 * `onAnswer` is called when the refresh has answered. Throws TokenError and StoreError.
 */
export async function renewToken(
  cache: TokenCache,
  tenant: string,
  onAnswer: () => void,
): Promise<HeldToken> {
  const tokens = await cache.shards.locate(tenant);
  const { shard } = tokens;
  const { refused } = memoryOf(cache, tenant);
  return (
    freshToken(cache, tenant) ??
    tokens.inTurn(async () => {
      // The turn before may have brought it.
      const brought = freshToken(cache, tenant);
      if (brought) {
        return brought;
      }
      const answer = await cache.source.refresh({ tenant, shard, refused });
      onAnswer();
      return readRenewed(cache, tenant, { tokens, answer });
    })
  );
}

interface Renewal {
  tokens: ShardTokens;
  answer: RefreshAnswer;
}

async function readRenewed(
  cache: TokenCache,
  tenant: string,
  { tokens, answer }: Renewal,
): Promise<HeldToken> {
  if (answer.status === 'unknown_tenant') {
    throw answerError(tenant, tokens.shard, answer);
  }
  await readUntil(cache, tenant, { tokens, answer });
  const memory = memoryOf(cache, tenant);
  if (isLeftAlone(answer)) {
    memory.refused = null;
  }
  const held = livingToken(cache, tenant);
  const isGood = isLeftAlone(answer) || ['rotated', 'recovered'].includes(answer.status);
  if (!held || !isGood) {
    throw answerError(tenant, tokens.shard, answer);
  }
  memory.refused = null;
  return held;
}

/**
 * The refresh calls the token fresh. A refused one is then too young to be replaced. Its refusal
 * has another cause, which only the provider can tell the caller.
 */
function isLeftAlone(answer: RefreshAnswer): boolean {
  return answer.status === 'skipped' && answer.expires_at !== undefined;
}

/** Reads the shard until it shows the token that the refresh speaks of. */
async function readUntil(
  { clock }: TokenCache,
  tenant: string,
  { tokens, answer }: Renewal,
): Promise<void> {
  for (const delayMs of READ_AGAIN_AFTER_MS) {
    if (delayMs > 0) {
      await clock.sleep(delayMs);
    }
    await tokens.readAgain();
    if (isShown(tokens.get(tenant), answer)) {
      return;
    }
  }
}

function isShown(token: PublishedToken | undefined, answer: RefreshAnswer): boolean {
  const expiresAt = 'expires_at' in answer ? answer.expires_at : undefined;
  if (expiresAt === undefined) {
    return true;
  }
  return token !== undefined && endOf(token) >= endOf({ expires_at: expiresAt });
}
