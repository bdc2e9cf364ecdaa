import { describe, expect, it } from 'vitest';
import { explainFailures } from '../../../lambda/run/explain-failures.ts';
import { readFleetTenants } from '../../../lambda/run/read-fleet-tenants.ts';
import { createScene, type Scene } from '../../fakes/scene.ts';
import { jsonReply, networkFailure, type Reply } from '../../fakes/simulated-http.ts';

const DAY_MS = 86_400_000;
const days = (count: number) => count * 86_400;

interface Platform {
  account?: object;
  lives?: object;
  refresh_expires?: object[];
}

/** A shard whose tenants are of one app of a platform of the operator's own. */
function openPlatform({ lives, refresh_expires, account }: Platform = {}, app: object = {}): Scene {
  const scene = createScene();
  const definition = {
    extends: 'oauth2',
    title: 'Platform',
    ...(lives && { lives }),
    ...(account && { account }),
    ...(refresh_expires && { response: { refresh_expires } }),
  };
  const client = {
    provider: 'platform',
    token_url: 'https://platform.example/token',
    client_id: 'c',
    client_secret: 's',
    redirect_uri: 'https://agency.example/cb',
  };
  const map = {
    definitions: { platform: definition },
    apps: { agency: { ...client, ...app } },
    tenants: {},
  };
  scene.save('default', map);
  return scene;
}

/** Lets the client of a tenant consent now; the server repeats its refresh tokens. */
async function consent(scene: Scene, tenant: string, rotation: 'never' | 'detect' = 'never') {
  scene.server.open(tenant, rotation);
  putCode(scene, tenant);
  expect((await scene.run()).summary.rotated).toBeGreaterThan(0);
}

function putCode(scene: Scene, tenant: string): void {
  const code = scene.server.consent(tenant);
  scene.edit((map) => {
    map.tenants[tenant] = { app: 'agency', authorization_code: code };
  });
}

async function runEvery(scene: Scene, everyDays: number, times: number): Promise<void> {
  for (let run = 0; run < times; run++) {
    scene.clock.jump(everyDays * DAY_MS);
    await scene.run();
  }
}

/** The platform ends what it issued to these tenants. */
function end(scene: Scene, ...tenants: string[]): void {
  for (const tenant of tenants) {
    scene.server.reissue(tenant);
  }
}

async function causesOf(scene: Scene): Promise<string[]> {
  await scene.run();
  const ports = scene.openPorts();
  const fleet = await readFleetTenants(ports, undefined);
  const chosen = fleet.filter((one) => one.tenant === 'acme');
  const [explained] = await explainFailures(ports.archive, chosen, fleet);
  for (const { evidence } of explained?.causes ?? []) {
    expect(evidence.length).toBeGreaterThan(0);
  }
  return (explained?.causes ?? []).map(({ cause, certainty }) => `${cause} ${certainty}`);
}

/** The server commits, and its answer is lost on the way. */
const lostAnswer =
  (scene: Scene): Reply =>
  (request) => {
    scene.server.handle(request);
    return networkFailure('no_answer', 'ECONNRESET');
  };

const refusal = (status: number, error: string, headers = {}) =>
  jsonReply(status, { error }, headers);

describe('a staged death', () => {
  it('of a lost answer is named', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme', 'detect');
    await runEvery(scene, 7, 2);
    scene.http.reply('acme', lostAnswer(scene));
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['answer_lost certain']);
  });

  it('of a token that another program spent is named, and not as certain', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme', 'detect');
    await runEvery(scene, 7, 2);
    scene.server.handle({
      method: 'POST',
      url: 'https://platform.example/token',
      headers: {},
      body: `grant_type=refresh_token&refresh_token=${scene.token('acme')}`,
    });
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['spent_elsewhere possible', 'withdrawn possible']);
  });

  it('of a token that nobody used is named', async () => {
    const scene = openPlatform({ lives: { idle_s: days(90) } });
    await consent(scene, 'acme');
    scene.clock.jump(100 * DAY_MS);
    end(scene, 'acme');
    expect(await causesOf(scene)).toEqual(['unused certain']);
  });

  it('of a life that a reply told is named', async () => {
    const rule = { path: 'refresh_token_expires_in', slides: false };
    const scene = openPlatform({ refresh_expires: [rule] });
    scene.http.reply('acme', (request) => {
      const { body } = scene.server.handle(request);
      const told = { refresh_token_expires_in: days(20) };
      return jsonReply(200, { ...JSON.parse(Buffer.from(body).toString()), ...told });
    });
    await consent(scene, 'acme');
    await runEvery(scene, 7, 2);
    end(scene, 'acme');
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['life_over certain']);
  });

  it('of a life that is documented is named', async () => {
    const scene = openPlatform({ refresh_expires: [{ after_s: days(30), slides: false }] });
    await consent(scene, 'acme');
    await runEvery(scene, 7, 4);
    end(scene, 'acme');
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['life_over certain']);
  });

  it('of all tenants of an app is named', async () => {
    const scene = openPlatform();
    for (const tenant of ['acme', 'b', 'c']) {
      await consent(scene, tenant);
    }
    end(scene, 'acme', 'b', 'c');
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['all_of_app certain']);
  });

  it('of the tenants of one consent day is named', async () => {
    const scene = openPlatform();
    for (const tenant of ['acme', 'b', 'c']) {
      await consent(scene, tenant);
    }
    scene.clock.jump(7 * DAY_MS);
    await consent(scene, 'later');
    end(scene, 'acme', 'b', 'c');
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['consent_day certain']);
  });

  it('of a cap that newer consents reached is named', async () => {
    const cap = { tokens: 'refresh_token', most: 2, of: 'client' };
    const scene = openPlatform({ lives: { cap } });
    for (const tenant of ['acme', 'b', 'c']) {
      await consent(scene, tenant);
      scene.clock.jump(2 * DAY_MS);
    }
    end(scene, 'acme');
    expect(await causesOf(scene)).toEqual(['cap_reached certain']);
  });

  it("of an app in its platform's test mode is named, and not as certain", async () => {
    const scene = openPlatform({ lives: { testing_s: days(7) } });
    await consent(scene, 'acme');
    await runEvery(scene, 3, 2);
    end(scene, 'acme');
    scene.clock.jump(3 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['test_mode likely']);
  });

  it('of a scope that was added is named', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme');
    scene.http.always('acme', refusal(400, 'invalid_scope'));
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['scope_changed certain']);
  });

  it('of a token that another client got is named', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme');
    scene.http.always('acme', refusal(400, 'unauthorized_client'));
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['client_changed certain']);
  });

  it('of a token whose client was replaced is named', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme');
    await runEvery(scene, 7, 2);
    scene.edit(({ apps }) => Object.assign(apps?.agency ?? {}, { client_id: 'another' }));
    end(scene, 'acme');
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['client_changed certain']);
  });

  it('of a consent from another account is named', async () => {
    const scene = openPlatform({ account: { url: 'https://who.example/me', path: 'id' } });
    scene.http.always('who', jsonReply(200, { id: '111' }));
    await consent(scene, 'acme');
    scene.http.always('who', jsonReply(200, { id: '222' }));
    putCode(scene, 'acme');
    expect(await causesOf(scene)).toEqual(['account_changed certain']);
  });

  it('of a code that came too late is named', async () => {
    const scene = openPlatform();
    const entry = { app: 'agency', authorization_code: 'too-old' };
    scene.server.open('acme', 'never');
    scene.edit((map) => Object.assign(map.tenants, { acme: entry }));
    expect(await causesOf(scene)).toEqual(['code_refused certain']);
  });

  it('of a secret that somebody replaced at the platform is named, and not as certain', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme');
    scene.http.always('acme', refusal(401, 'invalid_client'));
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['secret_changed likely']);
  });

  it('of a wrong clock is named, and not as certain where nothing is signed', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme');
    scene.clock.jump(7 * DAY_MS);
    const date = new Date(scene.clock.now() - 3_600_000).toUTCString();
    scene.http.always('acme', refusal(401, 'invalid_client', { date }));
    expect(await causesOf(scene)).toEqual(['clock_wrong likely']);
  });

  it('of a secret that ended is named', async () => {
    const scene = openPlatform({}, { secret_expires_at: '2026-11-25' });
    await consent(scene, 'acme');
    scene.http.always('acme', refusal(401, 'invalid_client'));
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['secret_over certain']);
  });

  it('without a trace is put to the client, and not as certain', async () => {
    const scene = openPlatform();
    await consent(scene, 'acme');
    await runEvery(scene, 7, 3);
    end(scene, 'acme');
    scene.clock.jump(7 * DAY_MS);
    expect(await causesOf(scene)).toEqual(['withdrawn likely']);
  });

  it('with two causes that fit is certain of neither', async () => {
    const scene = openPlatform({ refresh_expires: [{ after_s: days(20), slides: false }] });
    await consent(scene, 'acme', 'detect');
    await runEvery(scene, 7, 2);
    scene.http.reply('acme', lostAnswer(scene));
    scene.clock.jump(7 * DAY_MS);
    const causes = await causesOf(scene);
    expect(causes).toEqual(['answer_lost likely', 'life_over likely']);
  });
});
