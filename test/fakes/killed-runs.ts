import { createMortalProcess, describeEffect } from './mortal-process.ts';
import { createSimulation, oauth2Entry, type Simulation } from './simulation.ts';

/** Tenant to account, by shard. */
const TENANTS = {
  default: {
    anna: 'anna',
    berta: 'berta',
    cleo: 'cleo',
    dora: 'dora',
    emil: 'emil',
    emil2: 'emil',
    fritz: 'fritz',
    user: 'u-1',
  },
  eu: { greta: 'greta', hans: 'hans', ida: 'ida' },
};

function openScenario(): Simulation {
  const sim = createSimulation(['default', 'eu']);
  const { server } = sim;
  const emil = oauth2Entry('emil', server.open('emil', 'detect'));
  sim.save('default', {
    tenants: {
      anna: oauth2Entry('anna', server.open('anna', 'detect')),
      berta: oauth2Entry('berta', server.open('berta', 'detect')),
      cleo: oauth2Entry('cleo', server.open('cleo', 'immediate')),
      dora: oauth2Entry('dora', server.open('dora', 'never')),
      emil,
      emil2: emil,
      fritz: {
        provider: 'instacart-ads',
        client_id: 'f',
        client_secret: 's',
        redirect_uri: 'https://f.example/cb',
        authorization_code: server.consent('fritz'),
      },
      user: {
        provider: 'instacart-connect',
        client_id: 'u',
        client_secret: 's',
        user_id: 'u-1',
        scope: 'connect:post_checkout',
      },
    },
  });
  sim.save('eu', {
    tenants: {
      greta: oauth2Entry('greta', server.open('greta', 'detect')),
      hans: oauth2Entry('hans', server.open('hans', 'silent')),
      ida: oauth2Entry('ida', server.open('ida', 'immediate')),
    },
  });
  return sim;
}

/** Accounts whose newest token the server issued and the archive never got. */
function accountsInTheWindow({ server, world }: Simulation): Set<string> {
  const archived = [...world.objects.values()].join('\n');
  return new Set(
    [...server.accounts]
      .filter(
        ([, { accessTokens }]) =>
          accessTokens.length > 0 &&
          !archived.includes(`${accessTokens.at(-1)}"`.replace('"', '\\"')),
      )
      .map(([name]) => name),
  );
}

/**
 * Accounts whose code was marked as sent, and never was: no token was issued, but the consent is
 * needed again.
 */
function accountsWithUnsentCode({ server, world }: Simulation): Set<string> {
  const maps = ['default', 'eu'].map((shard) => world.vault.text(shard)).join();
  return new Set(
    [...server.accounts]
      .filter(([, { codes }]) => [...codes].some((code) => !maps.includes(code)))
      .map(([name]) => name),
  );
}

interface Verdict {
  lost: string[];
  stale: string[];
  replayed: string[];
}

function judgeWorld(sim: Simulation, excused: ReadonlySet<string>): Verdict {
  const verdict: Verdict = { lost: [], stale: [], replayed: [] };
  for (const [shard, tenants] of Object.entries(TENANTS)) {
    const map = sim.map(shard).tenants;
    for (const [tenant, account] of Object.entries(tenants)) {
      if (excused.has(account)) {
        continue;
      }
      const stored = map[tenant]?.refresh_token;
      const codeUnspent = typeof map[tenant]?.authorization_code === 'string';
      if (
        account !== 'u-1' &&
        !codeUnspent &&
        !(typeof stored === 'string' && sim.server.accepts(stored))
      ) {
        verdict.lost.push(tenant);
      }
      if (sim.published(shard)[tenant]?.access_token !== sim.server.newestAccessToken(account)) {
        verdict.stale.push(tenant);
      }
      if (sim.server.accounts.get(account)?.replays) {
        verdict.replayed.push(tenant);
      }
    }
  }
  return verdict;
}

/** One run that is stopped dead, and the run after it, for all tenants or for these. */
export interface Kill {
  killAt: number;
  when: 'before' | 'after';
  tenants: string[] | null;
}

/** What there is to be killed: the effects of a run that lives. */
export interface WholeRun {
  effects: number;
  /** Until here an answer may be nowhere. */
  lastAnswerArchived: number;
}

export async function runWhole(): Promise<WholeRun> {
  const counting = createMortalProcess();
  const whole = openScenario();
  await whole.rotate({}, whole.ports(counting.gate, counting.isDead));
  const lastAnswerArchived = counting.effects.findLastIndex(
    ({ port, op, on }) => port === 'archive' && op === 'put' && /-1\.json$/.test(on),
  );
  return { effects: counting.effects.length, lastAnswerArchived };
}

/** Returns the kills before and after an effect, each followed by both kinds of run. */
export function killsAt(killAt: number): Kill[] {
  const nexts = [null, ['dora', 'hans']];
  return (['before', 'after'] as const).flatMap((when) =>
    nexts.map((tenants) => ({ killAt, when, tenants })),
  );
}

/** What became of one kill. */
export interface Killed {
  /** Says in words where it fell. */
  where: string;
  /** Accounts in the window, and those whose code was marked and not sent. */
  inTheWindow: number;
  unsentCodes: number;
  /** All that the promise does not allow. */
  faults: string[];
}

/** Stops a run dead, runs again, and asks the server what was lost. */
export async function killAndRunAgain(kill: Kill, whole: WholeRun): Promise<Killed> {
  const { killAt, when, tenants } = kill;
  const sim = openScenario();
  const process = createMortalProcess(killAt, when);
  const run = sim.rotate({}, sim.ports(process.gate, process.isDead));
  const effect = await Promise.race([process.died, run.then(() => null)]);
  const excused = accountsInTheWindow(sim);
  const report = await sim.rotate({ tenants });
  const unsent = accountsWithUnsentCode(sim);
  const { lost, stale, replayed } = judgeWorld(sim, new Set([...excused, ...unsent]));
  const next = tenants ? 'a run for two tenants' : 'a full run';
  const isLate = excused.size > 0 && killAt > whole.lastAnswerArchived;
  return {
    where: `${when} effect ${killAt} (${describeEffect(effect)}), then ${next}`,
    inTheWindow: excused.size,
    unsentCodes: unsent.size,
    faults: [
      ...lost.map((tenant) => `${tenant} lost`),
      ...replayed.map((tenant) => `a spent token of ${tenant} was sent`),
      ...(tenants ? [] : stale).map((tenant) => `${tenant} is published with an old token`),
      ...(isLate ? ['an answer is in no archive after the last one was archived'] : []),
      ...(report.failures ?? []).map(({ code }) => `the run after it failed (${code})`),
    ],
  };
}
