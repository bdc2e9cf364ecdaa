import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lambda/ports.ts';
import { redeemLink } from '../../../lambda/run/redeem-link.ts';
import { recordCodes } from '../../fakes/authorization-server.ts';
import { consentByLink } from '../../fakes/consented.ts';
import type { Effect, Gate } from '../../fakes/memory-ports.ts';
import { createSimulation, oauth2Entry } from '../../fakes/simulation.ts';

const isSecretsManager = ({ port }: Effect) => port === 'vault' || port === 'access_tokens';
const isS3 = ({ port }: Effect) => ['archive', 'records', 'states'].includes(port);

/** The page asks again after so long, while a result is missing. */
const ASK_AGAIN_MS = 20_000;
const CODE_LIFETIME_MS = 300_000;

/** A client consents anew, and a service of AWS throttles from its nth call on for a while. */
async function consentWhileThrottled(
  isThrottled: (effect: Effect) => boolean,
  nth: number,
  throttledMs: number,
  when: 'before' | 'after' = 'before',
) {
  const sim = createSimulation();
  const { clock, server } = sim;
  sim.save('default', { tenants: { acme: oauth2Entry('acme', server.open('acme', 'detect')) } });
  const link = consentByLink(sim, 'acme');
  const codesSent = recordCodes(server);
  const start = clock.now();
  let calls = 0;
  let refused = 0;
  let endsAt = Number.POSITIVE_INFINITY;
  const gate: Gate = async (effect, perform) => {
    if (!isThrottled(effect)) {
      return perform();
    }
    if (calls++ === nth) {
      endsAt = clock.now() + throttledMs;
    }
    if (calls <= nth || clock.now() >= endsAt) {
      return perform();
    }
    refused += 1;
    if (when === 'after') {
      perform();
    }
    // The client's own attempts take their time before they give up.
    await clock.sleep(500);
    throw new StoreError('throttled', 'AWS throttles on purpose');
  };

  const isSettled = () => link.link().status.kind !== 'open' || link.link().results.length > 0;
  while (!isSettled() && clock.now() - start < CODE_LIFETIME_MS) {
    const options = { runId: randomUUID(), deadlineAt: clock.now() + 600_000 };
    await redeemLink(sim.ports(gate), link.id, options).catch((error: unknown) => {
      expect(String(error)).toContain('throttles');
    });
    await clock.sleep(ASK_AGAIN_MS);
  }
  return { sim, link: link.link(), codesSent, refused };
}

describe(redeemLink.name, () => {
  it.each([
    ['S3', isS3],
    ['Secrets Manager', isSecretsManager],
  ])('connects all the same when %s throttles for a moment, at any call', async (_name, isIt) => {
    for (let nth = 0; ; nth++) {
      const { sim, link, codesSent, refused } = await consentWhileThrottled(isIt, nth, 3_000);
      const where = `throttled from call ${nth}`;
      expect(codesSent.length, where).toBe(1);
      expect(link.status.kind, where).toBe('connected');
      expect(sim.server.accepts(String(sim.map().tenants.acme?.refresh_token)), where).toBe(true);
      if (refused === 0) {
        break;
      }
      expect(nth).toBeLessThan(100);
    }
  });

  it.each([
    ['S3', isS3, 'before'],
    ['S3, and answers late,', isS3, 'after'],
    ['Secrets Manager', isSecretsManager, 'before'],
  ] as const)(
    'ends, sends no code twice, and tells the truth when %s throttles for long',
    async (_name, isIt, when) => {
      const came = { connected: 0, failed: 0 };
      for (let nth = 0; ; nth++) {
        const { sim, link, codesSent, refused } = await consentWhileThrottled(
          isIt,
          nth,
          45_000,
          when,
        );
        const where = `throttled from call ${nth}`;
        expect(codesSent.length, where).toBeLessThanOrEqual(1);
        const result = link.results.at(-1)?.result;
        const isConnected = link.status.kind === 'connected';
        expect(result, where).toBe(isConnected ? 'connected' : 'failed');
        expect(isConnected, where).toBe(codesSent.length === 1);
        const token = String(sim.map().tenants.acme?.refresh_token);
        expect(sim.server.accepts(token), where).toBe(isConnected);
        came[isConnected ? 'connected' : 'failed'] += 1;
        if (refused === 0) {
          break;
        }
        expect(nth).toBeLessThan(100);
      }
      // The mark of a code that was not sent is taken out of the state as soon as that takes writes.
      expect(came.failed).toBe(0);
    },
  );
});
