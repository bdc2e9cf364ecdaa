import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAwsLifecycleEvents } from '../../../lambda/aws/lifecycle-events.ts';
import type { LifecycleEvent } from '../../../lambda/lifecycle-event.ts';
import { awsError } from '../../fakes/aws-error.ts';

const aws = mockClient(EventBridgeClient);
const bus = createAwsLifecycleEvents(new EventBridgeClient({ region: 'eu-west-1' }), 'acme-tokens');
const always = () => true;

function eventsOf(count: number, note = ''): LifecycleEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    type: 'Tenant Connected' as const,
    detail: { version: 1 as const, id: `id-${n}`, at: '2026-11-22T02:17:03.120Z', note },
  }));
}

function batches(): number[] {
  return aws.commandCalls(PutEventsCommand).map((call) => call.args[0].input.Entries?.length ?? 0);
}

describe('lifecycle events on the event bus', () => {
  beforeEach(() => {
    aws.reset();
    aws.on(PutEventsCommand).callsFake(({ Entries }) => ({
      Entries: Entries.map((_: unknown, n: number) => ({ EventId: `e${n}` })),
    }));
  });

  it('go 10 a call, with the name of the deployment as their source', async () => {
    const { taken } = await bus.send(eventsOf(23), always);
    expect(taken.size).toBe(23);
    expect(batches()).toEqual([10, 10, 3]);
    const entry = aws.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0];
    expect(entry).toMatchObject({ Source: 'acme-tokens', DetailType: 'Tenant Connected' });
    expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({ version: 1, id: 'id-0' });
  });

  it('stay below the bytes that one call may have', async () => {
    await bus.send(eventsOf(4, 'n'.repeat(100_000)), always);
    expect(batches()).toEqual([2, 2]);
  });

  it('are kept where the bus refused them one by one', async () => {
    aws.on(PutEventsCommand).resolves({
      FailedEntryCount: 1,
      Entries: [{ EventId: 'e0' }, { ErrorCode: 'ThrottlingException' }],
    });
    expect((await bus.send(eventsOf(2), always)).taken).toEqual(new Set(['id-0']));
  });

  it('are not sent where no time is left', async () => {
    let calls = 0;
    const { taken } = await bus.send(eventsOf(23), () => calls++ < 1);
    expect(taken.size).toBe(10);
    expect(batches()).toEqual([10]);
  });

  it('say which permission is missing, and what was sent before', async () => {
    aws
      .on(PutEventsCommand)
      .resolvesOnce({ Entries: Array.from({ length: 10 }, (_, n) => ({ EventId: `e${n}` })) })
      .rejects(
        awsError('AccessDeniedException', 400, 'not authorized to perform: events:PutEvents'),
      );
    const { taken, failure } = await bus.send(eventsOf(20), always);
    expect(taken.size).toBe(10);
    expect(failure).toContain('permission events:PutEvents on the default event bus');
  });
});
