import { describe, expect, it } from 'vitest';
import { createMortalProcess } from '../../fakes/mortal-process.ts';
import { jsonReply } from '../../fakes/simulated-http.ts';
import { createSimulation, type Simulation } from '../../fakes/simulation.ts';

const DSP = {
  token_url: 'https://as.dsp.example/token',
  response: { access_token: 'data.at', refresh_token: 'data.rt' },
};
const ENTRY = { provider: 'dsp', client_id: 'c', client_secret: 's', refresh_token: 'spent-rt' };

/** A world whose platform puts its tokens into an envelope, and notes what it is sent. */
function open(): { sim: Simulation; sent: string[] } {
  const sim = createSimulation();
  const sent: string[] = [];
  sim.server.handle = ({ body = '' }) => {
    sent.push(new URLSearchParams(body).get('refresh_token') ?? '');
    const data = { at: `at-${sent.length}`, rt: `rt-${sent.length}` };
    return jsonReply(200, { data, expires_in: 3600 });
  };
  sim.save('default', { definitions: { dsp: DSP }, tenants: { acme: ENTRY } });
  return { sim, sent };
}

/** A run that dies when the archive has its answer, and nothing else. */
async function dieWithAnswerArchived(sim: Simulation): Promise<void> {
  const counting = createMortalProcess();
  const whole = open().sim;
  await whole.rotate({}, whole.ports(counting.gate, counting.isDead));
  const archived = counting.effects.findIndex(
    ({ port, op, on }) => port === 'archive' && op === 'put' && on.endsWith('acme-1.json'),
  );
  const process = createMortalProcess(archived, 'after');
  await Promise.race([process.died, sim.rotate({}, sim.ports(process.gate, process.isDead))]);
}

/** What an operator does with a definition between the two runs. */
const CHANGES: Record<string, { definitions: object; provider?: string }> = {
  removed: { definitions: {} },
  renamed: { definitions: { other: DSP }, provider: 'other' },
  'given other paths': { definitions: { dsp: { ...DSP, response: { access_token: 'token' } } } },
  'made wrong': { definitions: { dsp: { ...DSP, token_url: 'http://in.the.clear' } } },
  'replaced by the shipped one': { definitions: {}, provider: 'criteo' },
};

describe.each(Object.entries(CHANGES))('a definition that was %s', (_how, change) => {
  it.each(['state', 'archive alone'])('loses no token that was issued, by the %s', async (by) => {
    const { sim, sent } = open();
    await dieWithAnswerArchived(sim);
    const { definitions, provider = 'dsp' } = change;
    sim.save('default', { definitions, tenants: { acme: { ...ENTRY, provider } } });
    if (by === 'archive alone') {
      sim.world.states.clear();
    }
    await sim.rotate();
    expect(sim.map().tenants.acme?.refresh_token).toMatch(/^rt-/);
    expect(sent.filter((token) => token === 'spent-rt')).toHaveLength(1);

    sim.save('default', {
      definitions: { dsp: DSP },
      tenants: { acme: { ...sim.map().tenants.acme, provider: 'dsp' } },
    });
    const { outcomes } = await sim.rotate({ tenants: ['acme'] });
    expect(outcomes).toMatchObject([{ status: 'rotated' }]);
    expect(sent.filter((token) => token === 'spent-rt')).toHaveLength(1);
  });
});

describe('a definition whose replies nobody has read yet', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

  /** Six tenants of three clients. The platform names its refresh token as `named`. */
  function openMany(named: string) {
    const sim = createSimulation();
    const sent: string[] = [];
    sim.server.handle = ({ body = '' }) => {
      sent.push(new URLSearchParams(body).get('refresh_token') ?? '');
      return jsonReply(200, { data: { at: 'at', [named]: `new-${sent.length}` } });
    };
    const tenants = NAMES.map((name, index) => [
      name,
      { ...ENTRY, client_id: `client-${index % 3}`, refresh_token: `old-${name}` },
    ]);
    sim.save('default', { definitions: { dsp: DSP }, tenants: Object.fromEntries(tenants) });
    return { sim, sent };
  }

  it('costs one credential in each run where it is wrong', async () => {
    const { sim, sent } = openMany('refresh_token');
    const first = await sim.rotate();
    expect(sent).toHaveLength(1);
    const codes = first.outcomes.map(({ error, status }) => error?.code ?? status);
    expect(codes.toSorted()).toEqual([...Array(5).fill('deferred'), 'unread_response']);
    await sim.rotate();
    expect(sent).toHaveLength(2);
  });

  it('is asked for all its tenants once one reply was read', async () => {
    const { sim, sent } = openMany('rt');
    const { outcomes } = await sim.rotate();
    expect(outcomes.map(({ status }) => status)).toEqual(NAMES.map(() => 'rotated'));
    expect(sent.toSorted()).toEqual(NAMES.map((name) => `old-${name}`));
  });

  it('goes on after a tenant whose own credential is dead', async () => {
    const { sim, sent } = openMany('rt');
    const { handle } = sim.server;
    sim.server.handle = (request) => {
      if (sent.length > 0) {
        return handle(request);
      }
      sent.push('dead');
      return jsonReply(400, { error: 'invalid_grant' });
    };
    const { summary } = await sim.rotate();
    expect(summary).toMatchObject({ rotated: 5, failed: 1 });
  });
});
