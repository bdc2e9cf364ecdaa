import { parseArchivedExchange } from '../../lambda/history/archived-exchange.ts';
import type { RunPorts } from '../../lambda/ports.ts';
import type { Served, TokenServer } from '../fakes/token-server.ts';
import { ACCOUNTS, type Account, SHARDS } from './accounts.ts';

/** What the server says of the stores. */
export interface Verdict {
  /**
   * Accounts whose token is lost, each by an answer that the server had committed and no archive
   * holds: the named window.
   */
  lostInWindow: Account[];
  /** What the promise does not allow. */
  faults: string[];
}

interface Stored {
  tenants: Record<string, { refresh_token: string }>;
}
interface PublishedTokens {
  tenants: Record<string, { access_token: string }>;
}

/**
 * Judges the stores after a run, from the server's side alone: the product's own memory is not
 * asked.
 */
export function createJudge(
  ports: Pick<RunPorts, 'vault' | 'accessTokens' | 'archive'>,
  server: TokenServer,
) {
  /** Access tokens of every answer that the archive holds. */
  const archived = new Set<string>();
  const seenKeys = new Set<string>();
  /** Where each account's time since its last consent begins in what the server has served. */
  const consentedAt = new Map<string, number>();
  /** The answers that a killed run may not have archived yet. */
  const inWindow = new Set<Served>();
  let judgedRuns = 0;
  let judgedReplays = 0;
  const counts = { replays: 0, unarchived: 0 };

  async function readArchive(): Promise<void> {
    const keys = (await ports.archive.list('responses/')).filter((key) => !seenKeys.has(key));
    for (const key of keys) {
      seenKeys.add(key);
      const exchange = parseArchivedExchange(await ports.archive.get(key));
      if (exchange?.status === 200) {
        archived.add(String(JSON.parse(exchange.body).access_token));
      }
    }
  }

  const isUnarchived = ({ result, accessToken }: Served) =>
    result === 'issued' && !archived.has(accessToken ?? '');
  const isLostInWindow = (one: Served) => isUnarchived(one) && inWindow.has(one);

  /**
   * A run that lives archives each answer, and a client of these accounts asks one thing at a time:
   * only its last answer may be missing.
   */
  function judgeArchive(): string[] {
    return server.served
      .filter((one) => isUnarchived(one) && !inWindow.has(one))
      .map(
        ({ account, sent }) =>
          `${account}: the answer to ${sent} reached no archive, and the run went on`,
      );
  }

  /**
   * A spent token may reach the server again only where the answer that spent it reached no
   * archive.
   */
  function judgeReplays(): string[] {
    const faults: string[] = [];
    for (const [index, one] of server.served.entries()) {
      if (index < judgedReplays || one.result === 'issued') {
        continue;
      }
      counts.replays += 1;
      const spender = server.served.find(
        (other) =>
          other.sent === one.sent && other.result === 'issued' && other.refreshToken !== one.sent,
      );
      if (one.result === 'refused' || !spender || !isLostInWindow(spender)) {
        faults.push(`${one.account}: ${one.sent} was sent, and ${one.result}`);
      }
    }
    judgedReplays = server.served.length;
    return faults;
  }

  function judgeAccount(
    account: Account,
    vault: Stored,
    published: PublishedTokens,
  ): { fault: string | null; isLost: boolean } {
    const issued = server.served
      .slice(consentedAt.get(account.name) ?? 0)
      .filter(({ account: name, result }) => name === account.name && result === 'issued');
    const newest = issued.at(-1);
    const isExcused = issued.some(isLostInWindow);
    for (const tenant of account.tenants) {
      const accepted = server.authorization.accepts(vault.tenants[tenant]?.refresh_token ?? '');
      if (!accepted) {
        return {
          isLost: isExcused,
          fault: isExcused
            ? null
            : `${tenant}: the server does not accept the stored refresh token`,
        };
      }
      const access = published.tenants[tenant]?.access_token;
      if (!(newest && isLostInWindow(newest)) && access !== newest?.accessToken) {
        return {
          isLost: false,
          fault: `${tenant}: published is ${access}, and the newest is ${newest?.accessToken}`,
        };
      }
    }
    return { isLost: false, fault: null };
  }

  return {
    counts,
    /** Notes what a run asked that is over. */
    ended(killed: boolean): void {
      const served = server.served.slice(judgedRuns);
      judgedRuns = server.served.length;
      if (!killed) {
        return;
      }
      for (const shard of SHARDS) {
        const last = served.findLast(({ account }) =>
          ACCOUNTS.some((one) => one.name === account && one.shard === shard),
        );
        if (last) {
          inWindow.add(last);
        }
      }
    },
    /** Forgives what was before: the account's owner has consented again. */
    consented: (name: string) => void consentedAt.set(name, server.served.length),
    async judge(): Promise<Verdict> {
      await readArchive();
      const verdict: Verdict = { lostInWindow: [], faults: [...judgeArchive(), ...judgeReplays()] };
      for (const shard of SHARDS) {
        const vault: Stored = JSON.parse((await ports.vault.read(shard))?.text ?? '');
        const published: PublishedTokens = JSON.parse(
          (await ports.accessTokens.read(shard))?.text ?? '{"tenants":{}}',
        );
        for (const account of ACCOUNTS.filter((one) => one.shard === shard)) {
          const { fault, isLost } = judgeAccount(account, vault, published);
          if (fault) {
            verdict.faults.push(fault);
          }
          if (isLost) {
            verdict.lostInWindow.push(account);
          }
        }
      }
      counts.unarchived = server.served.filter(isUnarchived).length;
      return verdict;
    },
  };
}
