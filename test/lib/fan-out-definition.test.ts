import { describe, expect, it } from 'vitest';
import { fanOutDefinition } from '../../lib/fan-out-definition.ts';

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
  tenantsSecretName: 'token-rotator/tenants',
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
      for (const name of reached)
        for (const next of successors(States[name] ?? { Type: '' })) reached.add(next);
      expect([...reached].sort()).toEqual(Object.keys(States).sort());
      for (const [name, state] of Object.entries(States)) {
        const ends = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
        expect(ends || successors(state).length > 0, name).toBe(true);
      }
    },
  );

  it('touches no secret but to list names', () => {
    const resources = [...Object.values(states), ...Object.values(child?.States ?? {})].flatMap(
      ({ Resource }) => Resource ?? [],
    );
    expect([...new Set(resources)]).toEqual([
      'arn:aws:states:::aws-sdk:secretsmanager:listSecrets',
      'arn:aws:states:::lambda:invoke',
    ]);
  });

  it('starts with the default shard and adds those found by prefix, page after page', () => {
    expect(states.Start?.Parameters).toEqual({
      'event.$': '$',
      names: ['token-rotator/tenants/default'],
    });
    const filter = {
      Filters: [{ Key: 'name', Values: ['token-rotator/tenants/'] }],
      MaxResults: 40,
    };
    expect(states.ListShards?.Parameters).toEqual(filter);
    expect(states.ListMoreShards?.Parameters).toEqual({
      ...filter,
      'NextToken.$': '$.page.NextToken',
    });
  });

  it('runs a bounded number of shards at once, in executions that may last as long as a run', () => {
    expect(RotateShards).toMatchObject({
      MaxConcurrency: 10,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    });
  });

  it('gives each run the event of the execution and its shard, and keeps a summary of the result', () => {
    expect(child?.States.RotateShard).toMatchObject({
      Parameters: {
        FunctionName: 'arn:rotation',
        'Payload.$': 'States.JsonMerge($.event, $.of, false)',
      },
      ResultSelector: { 'run_id.$': '$.Payload.run_id', 'summary.$': '$.Payload.summary' },
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
