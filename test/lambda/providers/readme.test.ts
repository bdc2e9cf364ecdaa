import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lambda/clock.ts';
import { parseEvent } from '../../../lambda/event.ts';
import type { RunPorts } from '../../../lambda/ports.ts';
import { providerDefinition } from '../../../lambda/providers/provider.ts';
import { rotate } from '../../../lambda/run/rotate.ts';
import { createMemoryWorld, memoryPorts } from '../../fakes/memory-ports.ts';
import { startWirePlatform } from '../../fakes/wire-platform.ts';

const README = readFileSync(
  new URL('../../../lambda/providers/README.md', import.meta.url),
  'utf8',
);
const [definition, reply, entry] = [...README.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text = '']) => JSON.parse(text) as Record<string, unknown>,
);

describe('the worked example', () => {
  it('rotates against a platform that speaks as it says', async () => {
    const platform = await startWirePlatform();
    onTestFinished(() => platform.close());
    platform.answer({ body: reply ?? {} });
    const { id, ...own } = definition ?? {};
    const map = { version: 1, definitions: { [String(id)]: own }, tenants: { acme: entry } };
    const ports: RunPorts = {
      ...memoryPorts(createMemoryWorld(systemClock)),
      http: platform.http,
      clock: systemClock,
      log: () => undefined,
    };
    await ports.vault.swap('default', null, JSON.stringify(map), randomUUID());
    const options = { runId: randomUUID(), deadlineAt: Number.POSITIVE_INFINITY };
    const report = await rotate(ports, parseEvent({}), options);
    expect(report.outcomes[0]).toMatchObject({ status: 'rotated', provider: 'agency-dsp' });

    const [request] = platform.requests();
    expect(request).toMatchObject({
      to: 'POST https://acme.dsp.example/oauth/token',
      basic: 'the-client:the-secret',
    });
    const published = JSON.parse((await ports.accessTokens.read('default'))?.text ?? '{}');
    expect(published.tenants.acme).toMatchObject({
      access_token: 'an-access-token',
      headers: { 'X-Seat': '7' },
      values: { seat_id: 7 },
    });
  });

  it('tells of every field that a definition may have', () => {
    const told = README.slice(README.indexOf('## What a definition can say'));
    const {
      id,
      title,
      scope_separator,
      request_headers,
      max_token_bytes,
      register_url,
      ...fields
    } = providerDefinition.def.getter().shape;
    const { unconfirmed, ...shown } = fields;
    for (const field of Object.keys(shown)) {
      expect(told, field).toContain(`\`${field}`);
    }
    for (const plain of [
      id,
      title,
      scope_separator,
      request_headers,
      max_token_bytes,
      register_url,
      unconfirmed,
    ]) {
      expect(plain).toBeDefined();
    }
  });
});
