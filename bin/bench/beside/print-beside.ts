import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildProgram } from '../../../test/fakes/build-program.ts';
import { randomFrom } from '../../../test/fakes/random.ts';
import { formatTable } from '../../terminal/table.ts';
import { type Contestant, createOther, createOurs } from './contestant.ts';
import { installPeers } from './install-peers.ts';
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

interface Row {
  name: string;
  seconds: number;
  refreshed: number;
  throttled: number;
  writes: string;
  lostWithout: number;
  lost: Lost;
}

/**
 * Prints what Token Rotator and other ways make of the same fleet, the same server, the same kills.
 */
export async function printBeside(folder: string, kills: number): Promise<void> {
  const packages = await installPeers(folder);
  const here = import.meta.dirname;
  const ways = await buildProgram(join(here, 'ways.ts'), folder);
  const torture = join(here, '..', '..', '..', 'test', 'torture', 'run-once.ts');
  const ours = await buildProgram(torture, folder);
  const names = WAYS.filter((name) => {
    const peer = /^(\S+), file write after/.exec(name)?.[1];
    return peer === undefined || peer in packages;
  });
  const opens: Open[] = [
    ...names.map(
      (name): Open =>
        async (place, servers) =>
          createOther(
            name,
            ways,
            {
              file: join(place, 'tokens.json'),
              packages,
              ...urlsOf(servers),
            },
            servers,
          ),
    ),
    (place, servers) => createOurs(ours, place, servers, { places: 4, minIntervalMs: 20 }),
    (place, servers) => createOurs(ours, place, servers, { places: 1, minIntervalMs: 0 }),
  ];
  explain(kills);
  const rows: Row[] = [];
  for (const [index, open] of opens.entries())
    rows.push(await measure(open, join(folder, `${index}`), kills));
  const header = ['WAY', 'WALL', 'REFRESHED', '429', 'WRITES', 'LOST', 'ANSWERS LOST', 'UNDER WAY'];
  const perThousand = (count: number) => String(Math.round((count / kills) * 1_000));
  const table = rows.map(({ name, seconds, refreshed, throttled, writes, lostWithout, lost }) => [
    name,
    `${seconds.toFixed(1)} s`,
    String(refreshed),
    String(throttled),
    writes,
    String(lostWithout),
    perThousand(lost.answered),
    perThousand(lost.underWay),
  ]);
  console.log(formatTable(header, table, { width: 120 }));
}

type Open = (place: string, servers: Servers) => Promise<Contestant>;

function urlsOf({ tokenUrl, secretUrl }: Servers) {
  return { tokenUrl, secretUrl };
}

async function measure(open: Open, place: string, kills: number): Promise<Row> {
  const calm = await withServers(SPEED, async (servers) => {
    const contestant = await openIn(join(place, 'speed'), open, servers);
    await fillFleet(contestant, servers, SPEED.tenants);
    const before = await contestant.read();
    const seconds = (await runOnce(contestant)) / 1_000;
    const after = Object.entries(await contestant.read());
    const refreshed = after.filter(([tenant, token]) => token !== before[tenant]).length;
    const { throttled, secretWrites, secretRefused } = servers.counts;
    const writes = secretWrites === 0 ? 'file' : `${secretWrites}, ${secretRefused} refused`;
    const lostWithout = (await findLost(contestant, servers)).length;
    return {
      name: contestant.name,
      seconds,
      refreshed,
      throttled,
      writes,
      lostWithout,
    };
  });
  const lost = await withServers(KILLS, async (servers) => {
    const contestant = await openIn(join(place, 'kills'), open, servers);
    await fillFleet(contestant, servers, KILLS.tenants);
    return killRuns(contestant, servers, kills, fractionFrom(SEED));
  });
  return { ...calm, lost };
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

function explain(kills: number): void {
  console.log(
    `One server on loopback with rotation and reuse detection.
Wall, 429 and writes: ${SPEED.tenants} tenants, one run, ${SPEED.latencyMs} ms a request,
${SPEED.requestsASecond} requests a second before it answers 429.
Kills: ${KILLS.tenants} tenants, ${KILLS.latencyMs} + ${KILLS.returnMs} ms a request,
${kills} runs of each way ended by SIGKILL at a random part of their length,
each followed by a run that lives.
Lost is a tenant whose kept token the server no longer accepts: its client has to
consent again. The last two columns are per 1,000 kills: answers that the server had
given, and requests that were under way at the server when the run was killed (these no
client can save, and there are more of them where more go on at once).
The secret store has the quotas of AWS (50 writes a second, 100 versions a day).
Seed ${SEED}.\n`,
  );
}
