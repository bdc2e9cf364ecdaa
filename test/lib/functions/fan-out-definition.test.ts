import { describe, expect, it } from 'vitest';
import { fanOutDefinition } from '../../../lib/functions/fan-out-definition.ts';

interface State {
  Type: string;
  Next?: string;
  Default?: string;
  End?: boolean;
  Choices?: { Next: string }[];
  Catch?: { Next: string }[];
  ItemProcessor?: Machine;
  [field: string]: unknown;
}
interface Machine {
  StartAt: string;
  States: Record<string, State>;
}

const machine = fanOutDefinition({
  partition: 'aws',
  shardsArn: 'arn:shards',
  rotationArn: 'arn:rotation',
  digestArn: 'arn:digest',
}) as Machine;
const { RotateShards, ...states } = machine.States;
const child = RotateShards?.ItemProcessor;

function successors({ Next, Default, Choices = [], Catch = [] }: State): string[] {
  return [Next, Default, ...[...Choices, ...Catch].map((branch) => branch.Next)].filter(
    (name) => name !== undefined,
  );
}

describe(fanOutDefinition.name, () => {
  it.each([
    ['the execution', machine],
    ['each child', child],
  ])(
    'leads %s through every state to an end',
    (_, { StartAt, States } = { StartAt: '', States: {} }) => {
      const reached = new Set([StartAt]);
      for (const name of reached) {
        for (const next of successors(States[name] ?? { Type: '' })) {
          reached.add(next);
        }
      }
      expect([...reached].sort()).toEqual(Object.keys(States).sort());
      for (const [name, state] of Object.entries(States)) {
        const ends = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
        expect(ends || successors(state).length > 0, name).toBe(true);
      }
    },
  );

  it('does nothing but invoke its three functions', () => {
    const tasks = [...Object.values(states), ...Object.values(child?.States ?? {})].filter(
      ({ Type }) => Type === 'Task',
    );
    expect(new Set(tasks.map(({ Resource }) => Resource))).toEqual(
      new Set(['arn:aws:states:::lambda:invoke']),
    );
    expect(
      tasks.map(({ Parameters }) => (Parameters as { FunctionName: string }).FunctionName),
    ).toEqual(['arn:shards', 'arn:digest', 'arn:rotation']);
  });

  it('keeps of the shards their names alone', () => {
    expect(states.FindShards).toMatchObject({
      Parameters: { FunctionName: 'arn:shards', Payload: {} },
      ResultSelector: { 'shards.$': '$.Payload.shards' },
      ResultPath: '$.found',
    });
    expect(RotateShards?.ItemsPath).toBe('$.found.shards');
  });

  it('runs a bounded number of shards at once, each as long as a run may last', () => {
    expect(RotateShards).toMatchObject({
      MaxConcurrency: 10,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    });
  });

  it('gives each run the event of the execution and its shard, and keeps no result', () => {
    expect(child?.States.RotateShard).toMatchObject({
      Parameters: {
        FunctionName: 'arn:rotation',
        'Payload.$': 'States.JsonMerge($.event, $.of, false)',
      },
      ResultPath: null,
      Next: 'ShardDone',
    });
    expect(child?.States.ShardDone).toEqual({ Type: 'Pass', Result: {}, End: true });
  });

  it('tells each run which execution it belongs to, beside its event', () => {
    expect(RotateShards?.ItemSelector).toMatchObject({
      client: { custom: { 'fan_out.$': '$$.Execution.Id' } },
    });
    expect(child?.States.RotateShard?.Parameters).toMatchObject({
      'ClientContext.$': 'States.Base64Encode(States.JsonToString($.client))',
    });
  });

  it('goes on where a shard fails, and fails at the end, after the digest', () => {
    expect(child?.States.RotateShard?.Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'ShardFailed' },
    ]);
    expect(child?.States.ShardFailed?.Parameters).toEqual({ 'failed_shard.$': '$.of.shard' });
    expect(states.SendDigest).toMatchObject({
      Next: 'HasFailures',
      Parameters: {
        Payload: {
          'started_at.$': '$$.Execution.StartTime',
          'execution.$': '$$.Execution.Id',
          'failed_shards.$': '$.results.failed_shards',
        },
      },
    });
    expect(states.HasFailures).toMatchObject({
      Choices: [{ Next: 'ShardsFailed' }],
      Default: 'Done',
    });
  });

  it('sends no digest of a dry run', () => {
    expect(states.IsDryRun?.Choices).toEqual([expect.objectContaining({ Next: 'HasFailures' })]);
  });
});
