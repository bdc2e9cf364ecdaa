import { describe, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../../lambda/lifecycle-event.ts';
import type { Report } from '../../../lambda/outcome.ts';
import { createEventBus } from '../../fakes/event-bus.ts';
import { schemaFaults } from '../../fakes/event-schema.ts';
import { randomFrom } from '../../fakes/random.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';

const DAY_MS = 86_400_000;
const WEEKS = 53;
const SEED = 20_261_122;
const days = (count: number) => count * 86_400;

/** What the platforms of the fleet let live for how long; eight tenants are of each. */
const PLATFORMS = {
  endless: {},
  fixed: { response: { refresh_expires: [{ after_s: days(300), slides: false }] } },
  sliding: { response: { refresh_expires: [{ after_s: days(60), slides: true }] } },
  idle: { lives: { idle_s: days(90) } },
  secrets: {},
};

interface Fleet {
  scene: Scene;
  /** The week in which a tenant's token dies for good. */
  deaths: Map<string, number>;
  /** When the secret of each app of the kind `secrets` ends. */
  secretEnds: Map<string, number>;
}

/** Forty tenants of five platforms; a quarter of those that slide die in some week. */
function openFleet(): Fleet {
  const below = randomFrom(SEED);
  const scene = createScene();
  const deaths = new Map<string, number>();
  const secretEnds = new Map<string, number>();
  const tenants: Record<string, object> = {};
  for (const [n, platform] of Object.keys(PLATFORMS).entries()) {
    for (let k = 0; k < 8; k++) {
      const tenant = `${platform}-${k}`;
      const more = { provider: `p-${platform}`, redirect_uri: 'https://a.example/cb' };
      const { refresh_token: _, ...entry } = scene.tenant(tenant, n % 2 ? 'never' : 'detect', more);
      tenants[tenant] = { ...entry, authorization_code: scene.server.consent(tenant) };
      if (k % 4 === 0 && (platform === 'sliding' || platform === 'idle')) {
        deaths.set(tenant, 5 + below(25));
      }
      if (platform === 'secrets') {
        const at = scene.clock.now() + (40 + below(300)) * DAY_MS;
        secretEnds.set(tenant, at);
        Object.assign(tenants[tenant], { secret_expires_at: new Date(at).toISOString() });
      }
    }
  }
  const definitions = Object.fromEntries(
    Object.entries(PLATFORMS).map(([name, more]) => [
      `p-${name}`,
      { extends: 'oauth2', title: name, ...more },
    ]),
  );
  scene.save('default', { definitions, tenants });
  return { scene, deaths, secretEnds };
}

async function liveThroughTheYear({ scene, deaths }: Fleet) {
  const bus = createEventBus();
  const ports = { ...scene.openPorts(), events: bus };
  const reports: Report[] = [];
  for (let week = 0; week < WEEKS; week++) {
    for (const [tenant, at] of deaths) {
      if (at === week) {
        scene.server.reissue(tenant);
      }
    }
    reports.push(await scene.rotate({}, ports));
    scene.clock.jump(7 * DAY_MS);
  }
  return { reports, bus };
}

const endingsOf = (events: readonly LifecycleEvent[], tenant: string) =>
  events
    .filter(({ type, detail }) => type === 'Tenant Ending' && detail.tenant === tenant)
    .map(({ detail }) => Number(detail.threshold_days));

describe('a year of 40 tenants with a run each week', () => {
  it('warns of each end in time and once, and of nothing that is renewed', {
    timeout: 300_000,
  }, async () => {
    const fleet = openFleet();
    const { reports, bus } = await liveThroughTheYear(fleet);
    expect(reports.every(({ failures }) => failures === undefined)).toBe(true);
    expect(bus.taken.flatMap(schemaFaults)).toEqual([]);
    const ids = bus.taken.map(({ detail }) => detail.id);
    expect(new Set(ids).size).toBe(ids.length);

    for (let k = 0; k < 8; k++) {
      expect(endingsOf(bus.taken, `endless-${k}`)).toEqual([]);
      expect(endingsOf(bus.taken, `fixed-${k}`).slice(0, 2)).toEqual([30, 14]);
      expect(Math.min(...endingsOf(bus.taken, `fixed-${k}`))).toBeLessThanOrEqual(7);
    }
    for (const [tenant, at] of fleet.secretEnds) {
      if (at < fleet.scene.clock.now() - 7 * DAY_MS) {
        expect(endingsOf(bus.taken, tenant).slice(0, 2), tenant).toEqual([30, 14]);
      }
    }
    for (const kind of ['sliding', 'idle']) {
      for (let k = 0; k < 8; k++) {
        const tenant = `${kind}-${k}`;
        const warned = endingsOf(bus.taken, tenant).length > 0;
        expect(warned, tenant).toBe(fleet.deaths.has(tenant));
      }
    }

    const connected = bus.taken.filter(({ type }) => type === 'Tenant Connected');
    expect(connected).toHaveLength(40);
    const failing = bus.taken.filter(({ type }) => type === 'Tenant Failing');
    expect(failing.map(({ detail }) => detail.tenant).sort()).toEqual(
      [...fleet.deaths.keys()].sort(),
    );
    expect(reports.flatMap(({ drifts = [] }) => drifts)).toEqual([]);
    tellFigures(fleet, reports, bus.taken);
  });

  it('tells in the same run that a platform began to replace its tokens', async () => {
    const { scene } = openFleet();
    const tenants = Object.fromEntries(
      Array.from({ length: 25 }, (_, n) => [`t${n}`, scene.tenant(`t${n}`, 'never')]),
    );
    scene.save('default', { tenants });
    for (let week = 0; week < 5; week++) {
      expect((await scene.run()).drifts).toBeUndefined();
      scene.clock.jump(7 * DAY_MS);
    }
    for (const account of scene.server.accounts.values()) {
      account.rotation = 'immediate';
    }
    expect((await scene.run()).drifts).toMatchObject([
      { provider: 'oauth2', aspect: 'refresh_token', was: 'repeats', is: 'changes', answers: 25 },
    ]);
    expect((await scene.run()).drifts).toBeUndefined();
  });
});

function tellFigures({ scene }: Fleet, reports: readonly Report[], events: LifecycleEvent[]) {
  const counts = new Map<string, number>();
  for (const { type } of events) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const bytes = scene.world.states.get('default')?.text.length ?? 0;
  console.info(
    `${reports.length} runs, events ${JSON.stringify([...counts])}, state ${Math.round(bytes / 40)} bytes a tenant`,
  );
}
