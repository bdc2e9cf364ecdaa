import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { parseEvent } from '../../../lambda/event.ts';
import type { Report } from '../../../lambda/outcome.ts';
import type { Http, RunPorts } from '../../../lambda/ports.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { openFolderHome } from '../../../lib/folder/open-folder-home.ts';
import { watchCalls } from '../../fakes/calls-under-way.ts';
import { createSimulatedClock } from '../../fakes/simulated-clock.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';
import { startWirePlatform } from '../../fakes/wire-platform.ts';
import { fixtures } from './wire/all.ts';
import { CANARY, CLIENT_ID, CLIENT_SECRET, CODE, OLD, type WireFixture } from './wire/fixture.ts';
import { withoutAccounts } from './wire/without-accounts.ts';

/** A run waits so long for another one that may be alive. What was just issued stays fresh. */
const WATCH_MS = 5_000;

/** A home with a tenant for each way in which a provider is asked. */
class HomeOf {
  readonly folder = mkdtempSync(join(temporaryFolder(), 'wire-'));
  readonly said: unknown[] = [];
  readonly map: string;

  readonly provider: string;
  readonly fixture: WireFixture;

  constructor(provider: string, fixture: WireFixture) {
    this.provider = provider;
    this.fixture = fixture;
    const { entry, asks } = fixture;
    const tenants = asks.map((ask, index) => [
      nameOf(index),
      { provider, client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...entry, ...ask.entry },
    ]);
    this.map = JSON.stringify({ version: 1, tenants: Object.fromEntries(tenants) });
  }

  async rotate(http: Http, event: object): Promise<Report> {
    const stores = await openFolderHome({ home: this.folder });
    return this.rotateBy({ ...stores, http, clock: systemClock }, event);
  }

  /** Rotates by a clock of its own, so that a wait for another run's end takes no time. */
  async rotateAfterWait(http: Http): Promise<Report> {
    const { vault, accessTokens, archive, records, states } = await openFolderHome({
      home: this.folder,
    });
    const { ports, atRest } = watchCalls({ vault, accessTokens, archive, records, states, http });
    const clock = createSimulatedClock(Date.now(), atRest);
    return this.rotateBy({ ...ports, clock }, {}, WATCH_MS);
  }

  private async rotateBy(
    outside: Omit<RunPorts, 'log'>,
    event: object,
    watchMs?: number,
  ): Promise<Report> {
    const ports = { ...outside, log: (record: unknown) => this.said.push(record) };
    const report = await rotate(ports, parseEvent(event), {
      runId: randomUUID(),
      deadlineAt: Number.POSITIVE_INFINITY,
      watchMs,
    });
    this.said.push(report);
    return report;
  }

  /** Saves the map as it was at first, as somebody with an old copy would. */
  async saveFirstMap(): Promise<void> {
    const { vault } = await openFolderHome({ home: this.folder });
    const current = (await vault.read('default'))?.versionId ?? null;
    await vault.swap('default', current, this.map, randomUUID());
  }

  forgetAllButTheArchive(): void {
    for (const part of ['state', 'access-tokens', 'records']) {
      rmSync(join(this.folder, part), { recursive: true, force: true });
    }
  }

  async secret(of: 'vault' | 'accessTokens'): Promise<Record<string, Record<string, unknown>>> {
    const home = await openFolderHome({ home: this.folder });
    return JSON.parse((await home[of].read('default'))?.text ?? '{}').tenants ?? {};
  }

  /** All that stands in the home's files, as anybody would read them, and all that was said. */
  readable(): string {
    const files = readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(this.folder, name))
      .filter((path) => statSync(path).isFile());
    return [...files.map((path) => readFileSync(path, 'latin1')), JSON.stringify(this.said)].join();
  }
}

function nameOf(index: number): string {
  return `way-${index}`;
}

/** A home whose tenants were asked for once, one after the other. */
async function openAndAsk(provider: string, fixture: WireFixture): Promise<HomeOf> {
  const platform = await startWirePlatform();
  const http = withoutAccounts(provider, platform.http);
  const home = new HomeOf(provider, fixture);
  await home.saveFirstMap();
  for (const [index, ask] of fixture.asks.entries()) {
    platform.answer(...ask.replies.map((body) => ({ body: body as object })));
    const { outcomes } = await home.rotate(http, { tenant: nameOf(index) });
    expect(outcomes, provider).toMatchObject([{ status: 'rotated', grant_type: ask.grant }]);
  }
  await platform.close();
  return home;
}

/** What the vault holds and consumers get is what the platform issued last. */
async function expectHeld(home: HomeOf): Promise<void> {
  const published = await home.secret('accessTokens');
  const vault = await home.secret('vault');
  for (const [index, { issued, entry }] of home.fixture.asks.entries()) {
    const where = `${home.provider} ${nameOf(index)}`;
    const { access_token } = issued;
    const expected =
      access_token instanceof RegExp ? expect.stringMatching(access_token) : access_token;
    const held = vault[nameOf(index)];
    expect(published[nameOf(index)]?.access_token, where).toEqual(expected);
    expect(held?.refresh_token, where).toBe(issued.refresh_token ?? entry?.refresh_token);
    expect(held, where).not.toHaveProperty('authorization_code');
  }
}

/** A run that has the archive, a map of long ago, and a platform that refuses all. */
async function recover(home: HomeOf): Promise<void> {
  const asked: string[] = [];
  const refusing: Http = {
    send: async ({ url, body }) => {
      asked.push(`${url} ${body}`);
      return { status: 400, headers: {}, body: Buffer.from('{"error":"invalid_request"}') };
    },
  };
  await home.saveFirstMap();
  home.forgetAllButTheArchive();
  await home.rotateAfterWait(refusing);
  expect(asked.join(), home.provider).not.toContain(CODE);
  const keepsOld = home.fixture.asks.some(({ issued }) => issued.refresh_token === undefined);
  if (!keepsOld) {
    expect(asked.join(), home.provider).not.toContain(OLD);
  }
}

describe('homes of every shipped provider', () => {
  it('hold what was issued, from the archive alone, and show no secret', async () => {
    const all = Object.entries(fixtures);
    const homes = await Promise.all(all.map(([id, fixture]) => openAndAsk(id, fixture)));
    for (const home of homes) {
      await expectHeld(home);
    }

    await Promise.all(homes.map(recover));
    for (const home of homes) {
      await expectHeld(home);
      const readable = home.readable();
      expect(readable.includes(CANARY), home.provider).toBe(false);
      expect(readable.includes('PRIVATE KEY'), home.provider).toBe(false);
    }
  });
});
