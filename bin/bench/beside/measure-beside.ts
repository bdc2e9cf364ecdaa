import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { buildProgram } from '../../../test/fakes/build-program.ts';
import { randomFrom } from '../../../test/fakes/random.ts';
import { markdownTable } from '../markdown.ts';
import { type Contestant, createOther, createOurs } from './contestant.ts';
import { formatPeers, installPeers } from './install-peers.ts';
import { type ServerOptions, type Servers, startServers } from './servers.ts';
import { fillFleet, findLost, killRuns, type Lost, runOnce } from './trial.ts';

const WAYS = [
  'sequential script',
  'parallel loop, one secret write each',
  'pool of 64, one file write each',
  'pool of 64, one file write at the end',
  'simple-oauth2, file write after it',
  'openid-client, file write after it',
];
const SPEED = {
  tenants: 200,
  latencyMs: 50,
  returnMs: 5,
  requestsASecond: 50,
};
const KILLS = {
  tenants: 60,
  latencyMs: 15,
  returnMs: 5,
  requestsASecond: 1_000_000,
};
const SEED = 20_261_122;

const HEADS = [
  'way',
  'wall',
  'refreshed',
  '429',
  'secret writes',
  'lost',
  'answers lost',
  'lost under way',
];
/** As many as there are cores on a small machine: the runs of a way mostly wait. */
const AT_ONCE = 2;

/** What a way makes of a fleet when nobody kills it. */
interface Calm {
  name: string;
  seconds: number;
  refreshed: number;
  throttled: number;
  writes: string;
  lostWithout: number;
}

/**
 * Returns what Token Rotator and other ways make of the same fleet, the same server, the same
 * kills, as Markdown.
 */
export async function measureBeside(folder: string, kills: number): Promise<string> {
  const opens = await openAll(folder);
  const calm: Calm[] = [];
  for (const [index, open] of opens.entries()) {
    calm.push(await measureCalm(open, join(folder, `calm-${index}`)));
  }
  const progress = countKills(kills * opens.length);
  const lost = await pLimit(AT_ONCE).map(opens, (open, index) =>
    measureKills(open, join(folder, `kills-${index}`), { kills, progress }),
  );
  const perThousand = (count = 0) => String(Math.round((count / kills) * 1_000));
  const rows = calm.map(({ name, seconds, refreshed, throttled, writes, lostWithout }, index) => [
    name,
    `${seconds.toFixed(1)} s`,
    String(refreshed),
    String(throttled),
    writes,
    String(lostWithout),
    perThousand(lost[index]?.answered),
    perThousand(lost[index]?.underWay),
  ]);
  return `${explain(kills)}\n\n${markdownTable(HEADS, rows)}`;
}

async function openAll(folder: string): Promise<Open[]> {
  const packages = await installPeers(folder);
  const here = import.meta.dirname;
  const ways = await buildProgram(join(here, 'ways.ts'), folder);
  const torture = join(here, '..', '..', '..', 'test', 'torture', 'run-once.ts');
  const ours = await buildProgram(torture, folder);
  const names = WAYS.filter((name) => {
    const peer = /^(\S+), file write after/.exec(name)?.[1];
    return peer === undefined || peer in packages;
  });
  return [
    ...names.map(
      (name): Open =>
        async (place, servers) => {
          const setting = { file: join(place, 'tokens.json'), packages, ...urlsOf(servers) };
          return createOther(name, ways, setting, servers);
        },
    ),
    (place, servers) => createOurs(ours, place, servers, { places: 4, minIntervalMs: 20 }),
    (place, servers) => createOurs(ours, place, servers, { places: 1, minIntervalMs: 0 }),
  ];
}

/** Says now and then how many kills were made, and how long the others will take. */
function countKills(all: number): () => void {
  const startedAt = Date.now();
  let made = 0;
  return () => {
    made += 1;
    const leftS = ((Date.now() - startedAt) / made / 1_000) * (all - made);
    if (made % 20 === 0) {
      console.error(`${made} of ${all} kills, ${Math.round(leftS)} s to go`);
    }
  };
}

type Open = (place: string, servers: Servers) => Promise<Contestant>;

function urlsOf({ tokenUrl, secretUrl }: Servers) {
  return { tokenUrl, secretUrl };
}

async function measureCalm(open: Open, place: string): Promise<Calm> {
  return withServers(SPEED, async (servers) => {
    const contestant = await openIn(place, open, servers);
    console.error(`Without kills: ${contestant.name}`);
    await fillFleet(contestant, servers, SPEED.tenants);
    const before = await contestant.read();
    const { lengthMs } = await runOnce(contestant);
    const after = Object.entries(await contestant.read());
    const { throttled, secretWrites, secretRefused } = servers.counts;
    return {
      name: contestant.name,
      seconds: lengthMs / 1_000,
      refreshed: after.filter(([tenant, token]) => token !== before[tenant]).length,
      throttled,
      writes: secretWrites === 0 ? 'file' : `${secretWrites}, ${secretRefused} refused`,
      lostWithout: (await findLost(contestant, servers)).length,
    };
  });
}

async function measureKills(
  open: Open,
  place: string,
  { kills, progress }: { kills: number; progress: () => void },
): Promise<Lost> {
  return withServers(KILLS, async (servers) => {
    const contestant = await openIn(place, open, servers);
    await fillFleet(contestant, servers, KILLS.tenants);
    return killRuns(contestant, servers, { kills, random: fractionFrom(SEED), progress });
  });
}

async function openIn(place: string, open: Open, servers: Servers): Promise<Contestant> {
  await mkdir(place, { recursive: true });
  return open(place, servers);
}

async function withServers<T>(
  options: ServerOptions,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const servers = await startServers(options);
  try {
    return await work(servers);
  } finally {
    await servers.close();
  }
}

/**
 * Returns numbers from 0 to 1, the same for the same seed. All ways are killed at the same parts.
 */
function fractionFrom(seed: number): () => number {
  const random = randomFrom(seed);
  return () => random(1_000_000) / 1_000_000;
}

function explain(kills: number): string {
  return [
    'One server on loopback rotates at each use, and ends the family when a spent token comes back.',
    `The first five figures are of one run for ${SPEED.tenants} tenants, ${SPEED.latencyMs} ms a`,
    `request, at a server that answers 429 beyond ${SPEED.requestsASecond} requests a second.`,
    `The last two are per 1,000 kills: ${kills} runs of each way for ${KILLS.tenants} tenants, at`,
    `${KILLS.latencyMs} + ${KILLS.returnMs} ms a request, were ended by SIGKILL at a random part of`,
    'their length, the same parts for all, each followed by a run that lives. Lost is a tenant whose',
    'kept token the server no longer accepts, so that its client has to consent again. *Answers* are',
    'those that the server had given when the run was killed. *Under way* are requests that no client',
    'can save: there are more of them where more go on at once. The secret store has the quotas of',
    `AWS (50 writes a second, 100 versions a day). The peers are ${formatPeers()}, used as their`,
    `READMEs say, with a file write after each refresh. Seed ${SEED}.`,
  ].join(' ');
}
