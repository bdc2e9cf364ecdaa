import { describe, expect, it } from 'vitest';
import { createConnectApp } from '../../../lambda/connect/connect-app.ts';
import { newLinkToken } from '../../../lambda/connect/link-token.ts';
import { type ConnectScene, makeConnectScene } from '../../fakes/connect-scene.ts';
import { createVisitor, leadOf, type Visitor } from '../../fakes/visitor.ts';

const DAY_MS = 86_400_000;
const CALLBACK = '/callback/amazon-ads';

/** Opens a link, presses the button, and comes back with an answer of the platform. */
async function answer(visitor: Visitor, path: string, query: string, callback = CALLBACK) {
  const state = (await visitor.start(path)).searchParams.get('state') ?? '';
  return visitor.get(`${callback}?state=${state}&${query}`);
}

function stored(scene: ConnectScene): string {
  const { records, objects } = scene.world;
  return JSON.stringify([[...records], [...objects]]);
}

describe(createConnectApp.name, () => {
  it('changes nothing by a GET: mail scanners and previews open links', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    const before = stored(scene);
    for (let visits = 0; visits < 30; visits++) {
      expect((await createVisitor(scene.app).get(path)).status).toBe(200);
    }
    expect(
      (await scene.app.request(`https://connect.example${path}`, { method: 'HEAD' })).status,
    ).toBe(200);
    expect(stored(scene)).toBe(before);
  });

  it('says who asks, for what, until when', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    const { text } = await createVisitor(scene.app).get(path);
    for (const said of [
      'Nord Agency',
      'Amazon Ads',
      'Acme Ltd',
      '2 December 2026',
      'ann@nord.example',
    ]) {
      expect(text).toContain(said);
    }
  });

  it('escapes what people wrote', async () => {
    const scene = makeConnectScene();
    const evil = `"><script>alert(1)</script>'&`;
    const shown = { platform: evil, account: evil, permissions: [evil], note: evil };
    const { path } = scene.invite({ shown });
    expect((await createVisitor(scene.app).get(path)).text).not.toContain('<script');
  });

  it('leads to the platform with state and challenge, and keeps neither', async () => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    const url = await visitor.start(path);
    expect(url.origin).toBe('https://www.amazon.com');
    expect(url.searchParams.get('client_id')).toBe('amzn1.client');
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    const [, attempt = '', random = ''] = (url.searchParams.get('state') ?? '').split('.');
    const cookie = visitor.cookies.get(`__Host-connect-${id}-${attempt}`) ?? '';
    expect(cookie.startsWith(`${random}.`)).toBe(true);
    expect(stored(scene)).not.toContain(random);
    expect(stored(scene)).not.toContain(cookie.slice(random.length + 1));
  });

  it('files the code, has it redeemed, and shows an address without it', async () => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    const reply = await answer(visitor, path, 'code=CANARY-code');
    expect(reply.status).toBe(303);
    expect(reply.headers.get('location')).toMatch(/^\/done\/[a-z2-7]{26}\/[a-z2-7]{16}$/);
    expect(scene.codes()).toMatchObject([{ link: id, code: 'CANARY-code', keep: {} }]);
    expect(scene.asked).toEqual([id]);
  });

  it('waits for the run, and then says done, also at the bare link', async () => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    const place = (await answer(visitor, path, 'code=x')).headers.get('location') ?? '';
    const waiting = await visitor.get(place);
    expect(waiting.text).toContain('http-equiv="refresh" content="2"');
    const at = new Date(scene.clock.now()).toISOString();
    const attempt = place.split('/')[3] ?? '';
    scene.change(id, {
      status: { kind: 'connected', at },
      results: [{ attempt, at, result: 'connected' }],
    });
    expect((await visitor.get(place)).text).toContain('is connected');
    expect((await createVisitor(scene.app).get(path)).text).toContain('is connected');
  });

  it('asks the redeem function again at most each 20 seconds', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const place =
      (await answer(visitor, scene.invite().path, 'code=x')).headers.get('location') ?? '';
    for (let seconds = 0; seconds < 60; seconds += 3) {
      scene.clock.pass(3_000);
      await Promise.all([visitor.get(place), visitor.get(place)]);
    }
    expect(scene.asked.length).toBe(1 + 2);
  });

  it('stops waiting when no answer can come any more, with a way on', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const place =
      (await answer(visitor, scene.invite().path, 'code=x')).headers.get('location') ?? '';
    scene.clock.pass(300_000 + 61_000);
    const page = await visitor.get(place);
    expect(page.text).toContain('took too long');
    expect(leadOf(await visitor.press()).origin).toBe('https://www.amazon.com');
    expect(page.text).not.toContain('http-equiv');
  });

  it('lets a client who refused try again', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const reply = await answer(
      visitor,
      scene.invite().path,
      'error=access_denied&error_description=CANARY',
    );
    const page = await visitor.get(reply.headers.get('location') ?? '');
    expect(page.text).toContain('The access was not given');
    expect(page.text).not.toContain('CANARY');
    expect(leadOf(await visitor.press()).origin).toBe('https://www.amazon.com');
    expect(scene.codes()).toEqual([]);
  });

  it.each([
    ['too_late', 'came too late'],
    ['refused', 'did not accept'],
    ['failed', 'could not be finished'],
  ] as const)('says of a code that was %s that it %s', async (result, said) => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    const place = (await answer(visitor, path, 'code=x')).headers.get('location') ?? '';
    const at = new Date(scene.clock.now()).toISOString();
    scene.change(id, { results: [{ attempt: place.split('/')[3] ?? '', at, result }] });
    expect((await visitor.get(place)).text).toContain(said);
    expect((await createVisitor(scene.app).get(path)).text).toContain(said);
  });
});

describe('an attempt', () => {
  it('takes one answer: the second changes nothing', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(scene.invite().path)).searchParams.get('state');
    const first = await visitor.get(`${CALLBACK}?state=${state}&code=one`);
    const second = await visitor.get(`${CALLBACK}?state=${state}&code=two`);
    expect([first.status, second.status]).toEqual([303, 303]);
    expect(scene.codes().map(({ code }) => code)).toEqual(['one']);
  });

  it('takes no code after a refusal', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(scene.invite().path)).searchParams.get('state');
    await visitor.get(`${CALLBACK}?state=${state}&error=access_denied`);
    await visitor.get(`${CALLBACK}?state=${state}&code=two`);
    expect(scene.codes()).toEqual([]);
  });

  it('is made by each press: two tabs, and a double click, end well', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    const visitor = createVisitor(scene.app);
    await visitor.get(path);
    const one = leadOf(await visitor.press());
    await visitor.get(path);
    const two = leadOf(await visitor.press());
    expect(one.searchParams.get('state')).not.toBe(two.searchParams.get('state'));
    for (const { searchParams } of [one, two]) {
      expect(
        (await visitor.get(`${CALLBACK}?state=${searchParams.get('state')}&code=x`)).status,
      ).toBe(303);
    }
    expect(scene.codes().length).toBe(2);
  });

  it('can be made twenty times a link', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    const visitor = createVisitor(scene.app);
    for (let starts = 0; starts < 20; starts++) {
      await visitor.start(path);
    }
    await visitor.get(path);
    expect((await visitor.press()).status).toBe(429);
  });

  it('ends after 20 minutes', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(scene.invite().path)).searchParams.get('state');
    scene.clock.pass(20 * 60_000 + 1);
    expect((await visitor.get(`${CALLBACK}?state=${state}&code=x`)).status).toBe(400);
    expect(scene.codes()).toEqual([]);
  });

  it('belongs to its browser', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const reply = await answer(visitor, scene.invite().path, 'code=x');
    const place = reply.headers.get('location') ?? '';
    expect((await createVisitor(scene.app).get(place)).status).toBe(400);
    const other = createVisitor(scene.app);
    const state = (await visitor.start(scene.invite().path)).searchParams.get('state');
    expect((await other.get(`${CALLBACK}?state=${state}&code=y`)).status).toBe(400);
    expect(scene.codes().length).toBe(1);
  });
});

describe('a link that is over', () => {
  it.each([
    ['expired', {}, 'Its time is over'],
    ['revoked', { status: { kind: 'revoked', at: '2026-11-25T10:00:00.000Z' } }, 'withdrawn'],
    [
      'ended',
      { status: { kind: 'ended', at: '2026-11-25T10:00:00.000Z', reason: 'replaced' } },
      'no longer needed',
    ],
  ] as const)('says that it is %s, and starts nothing', async (kind, change, said) => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    await visitor.get(path);
    if (kind === 'expired') {
      scene.clock.pass(7 * DAY_MS);
    } else {
      scene.change(id, change);
    }
    const press = await visitor.press();
    expect([press.status, press.text.includes(said)]).toEqual([410, true]);
    expect((await visitor.get(path)).status).toBe(410);
  });

  it('takes no answer when it was revoked while the client was away', async () => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(path)).searchParams.get('state');
    scene.change(id, { status: { kind: 'revoked', at: '2026-11-25T10:00:00.000Z' } });
    expect((await visitor.get(`${CALLBACK}?state=${state}&code=x`)).status).toBe(410);
    expect(scene.codes()).toEqual([]);
  });

  it('says done to a second tab, and sends no second code, when the first has connected it', async () => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(path)).searchParams.get('state');
    scene.change(id, { status: { kind: 'connected', at: '2026-11-25T10:00:00.000Z' } });
    const reply = await visitor.get(`${CALLBACK}?state=${state}&code=x`);
    expect([reply.status, reply.text.includes('is connected')]).toEqual([200, true]);
    expect(scene.codes()).toEqual([]);
  });
});

describe('abuse on the wire', () => {
  it('gives a guessed, cut or wrong secret the same answer as an unknown link', async () => {
    const scene = makeConnectScene();
    const { path, id } = scene.invite();
    const guesses = [
      `/c/${id}${newLinkToken().secret}`,
      path.slice(0, -1),
      `/c/${newLinkToken().id}${newLinkToken().secret}`,
    ];
    const visitor = createVisitor(scene.app);
    const replies = await Promise.all(guesses.map((guess) => visitor.get(guess)));
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(404);
  });

  it('makes no call for an address of a wrong form', async () => {
    const scene = makeConnectScene(async (effect) => {
      throw new Error(`It touched ${effect.on}`);
    });
    const long = 'a'.repeat(9000);
    for (const path of [
      '/c/x',
      `/c/${long}`,
      '/done/x/y',
      `${CALLBACK}?state=x&code=y`,
      `${CALLBACK}?state=${long}`,
      '/',
      '/c/..%2f..%2fstate',
      '/c/%00',
    ]) {
      expect((await createVisitor(scene.app).get(path)).status).toBeLessThan(500);
    }
    expect(scene.logged).toEqual([]);
  });

  it('refuses a press that another site sent', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const { path } = scene.invite();
    for (const site of ['cross-site', 'same-site', 'none']) {
      await visitor.get(path);
      expect((await visitor.press({ 'sec-fetch-site': site })).status).toBe(403);
    }
    await visitor.get(path);
    expect((await visitor.press({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('refuses a press without the cookie, or with the token of another browser', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    const visitor = createVisitor(scene.app);
    await visitor.get(path);
    visitor.cookies.clear();
    expect((await visitor.press()).status).toBe(403);
    const other = createVisitor(scene.app);
    await other.get(path);
    await visitor.get(path);
    visitor.cookies.set('__Host-connect-form', other.cookies.get('__Host-connect-form') ?? '');
    expect((await visitor.press()).status).toBe(403);
  });

  it('refuses state or cookie of another link', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const states = [];
    for (const { path } of [scene.invite(), scene.invite()]) {
      states.push((await visitor.start(path)).searchParams.get('state') ?? '');
    }
    const [one = [], two = []] = states.map((state) => state.split('.'));
    const mixed = [
      [one[0], two[1], one[2]],
      [one[0], one[1], two[2]],
      [two[0], one[1], one[2]],
    ];
    for (const parts of mixed) {
      expect((await visitor.get(`${CALLBACK}?state=${parts.join('.')}&code=x`)).status).toBe(400);
    }
    visitor.cookies.set(
      `__Host-connect-${one[0]}-${one[1]}`,
      visitor.cookies.get(`__Host-connect-${two[0]}-${two[1]}`) ?? '',
    );
    expect((await visitor.get(`${CALLBACK}?state=${one.join('.')}&code=x`)).status).toBe(400);
    expect(scene.codes()).toEqual([]);
  });

  it('refuses an answer at the address of another platform', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const reply = await answer(visitor, scene.invite().path, 'code=x', '/callback/google-ads');
    expect(reply.status).toBe(400);
    expect(scene.codes()).toEqual([]);
  });

  it('answers a form post by a page that says so', async () => {
    const scene = makeConnectScene();
    const init = { method: 'POST', body: 'code=CANARY&state=x' };
    const reply = await scene.app.request(`https://connect.example${CALLBACK}`, init);
    const text = await reply.text();
    expect([reply.status, text.includes('as a form'), text.includes('CANARY')]).toEqual([
      400,
      true,
      false,
    ]);
  });

  it('refuses other methods, and a body that no form of ours has', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
      expect((await scene.app.request(`https://connect.example${path}`, { method })).status).toBe(
        405,
      );
    }
    const init = { method: 'POST', body: 'x'.repeat(100_000) };
    expect((await scene.app.request(`https://connect.example${path}`, init)).status).toBe(404);
  });

  it.each([
    ['multipart/form-data', 'no boundary'],
    ['multipart/form-data; boundary=x', '--x--y'],
    ['application/json', '{"form_token":"x"}'],
    ['text/plain', 'form_token=x'],
    ['nonsense', ''],
  ])('refuses a press whose body is %s', async (type, body) => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const { path } = scene.invite();
    await visitor.get(path);
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const init = { method: 'POST', body, headers: { 'content-type': type, cookie } };
    expect((await scene.app.request(`https://connect.example${path}`, init)).status).toBe(403);
    expect(scene.logged).toEqual([]);
  });

  it('changes nothing by a HEAD, also at the address of a callback', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(scene.invite().path)).searchParams.get('state');
    const before = stored(scene);
    const address = `${CALLBACK}?state=${state}&code=x`;
    expect((await visitor.head(address)).status).toBe(405);
    expect(stored(scene)).toBe(before);
    expect((await visitor.get(address)).status).toBe(303);
  });

  it('takes no code for a state of a thousand forms, and never fails', async () => {
    const scene = makeConnectScene();
    const visitor = createVisitor(scene.app);
    const state = (await visitor.start(scene.invite().path)).searchParams.get('state') ?? '';
    const [link = '', attempt = '', random = ''] = state.split('.');
    const forms = [
      `${link}.${attempt}`,
      `${state}.`,
      `.${state}`,
      `${state}.${random}`,
      state.toUpperCase(),
      `${link}.${attempt}.${random.slice(0, -1)}`,
      `${link}.${attempt}.${random}%00`,
      `${link}%2E${attempt}%2e${random}%0d%0a`,
      `${link}.${attempt}.${'%ff'.repeat(43)}`,
      `${state}&state=${state}x`,
      `__proto__.${attempt}.${random}`,
      '',
    ];
    for (const form of forms) {
      const { status } = await visitor.get(`${CALLBACK}?code=x&state=${form}`);
      expect([form, status < 500]).toEqual([form, true]);
    }
    expect(scene.codes()).toEqual([]);
    expect(scene.logged).toEqual([]);
  });

  it('sends its headers with each answer, and no referrer to the platform', async () => {
    const scene = makeConnectScene();
    const { path } = scene.invite();
    const visitor = createVisitor(scene.app);
    const visits = [await visitor.get(path), await visitor.press(), await visitor.get('/nothing')];
    for (const { headers } of visits) {
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect(visits.map(({ headers }) => headers.get('referrer-policy'))).toEqual([
      'same-origin',
      'no-referrer',
      'same-origin',
    ]);
  });

  it('hides what failed: no address, code or secret leaves by a page or a log line', async () => {
    const scene = makeConnectScene(async (effect, perform) => {
      if (effect.on.startsWith('visits/')) {
        throw new Error('CANARY of the store');
      }
      return perform();
    });
    const visitor = createVisitor(scene.app);
    const { path } = scene.invite();
    await visitor.get(path);
    const reply = await visitor.press();
    expect([reply.status, reply.text.includes('CANARY')]).toEqual([503, false]);
    expect(JSON.stringify(scene.logged)).not.toMatch(/CANARY|\/c\//);
    expect(scene.logged.length).toBe(1);
  });
});
