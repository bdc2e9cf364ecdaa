import { beforeEach, describe, expect, it } from 'vitest';
import { cliInProcess } from '../../fakes/cli.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';

const cli = cliInProcess();
let home: string;

beforeEach(async () => {
  home = `${temporaryFolder()}/home`;
  const input =
    'tenant,provider,client_id,client_secret,refresh_token\na,amazon-ads,c,CANARY,CANARY\n';
  expect(await cli.run(['import', '-'], { home, input })).toMatchObject({ code: 0 });
});

describe('a command that names what is not there', () => {
  it.each([
    ['unknown_tenant', 'get nobody'],
    ['unknown_tenant', 'why nobody'],
    ['unknown_tenant', 'rotate a nobody'],
    ['unknown_app', 'rotate --app nobody'],
    ['unknown_app', 'app set nobody region=eu'],
    ['unknown_app', 'add b --provider amazon-ads --app nobody'],
    ['unknown_provider', 'rotate --provider nobody'],
    ['unknown_provider', 'status --provider nobody'],
    ['unknown_provider', 'add b --provider nobody'],
    ['unknown_provider', 'provider show nobody'],
    ['unknown_provider', 'provider check nobody'],
    ['unknown_tag', 'rotate --tag nobody'],
    ['unknown_tag', 'calendar --tag nobody'],
    ['unknown_shard', 'rotate --shard nobody'],
    ['unknown_shard', 'status --shard nobody'],
    ['unknown_shard', 'calendar --shard nobody'],
    ['unknown_shard', 'get a --shard nobody'],
    ['unknown_shard', 'show a --shard nobody'],
    ['unknown_shard', 'history a --shard nobody'],
    ['unknown_shard', 'export a x --shard nobody'],
    ['unknown_shard', 'drill --shard nobody'],
    ['unknown_shard', 'shard split nobody --to eu'],
    ['unknown_shard', 'import - --shard nobody'],
    ['failed', 'import none.csv'],
    ['failed', 'plan none.csv'],
    ['failed', 'provider check none.json'],
    ['failed', 'drill --map none.json'],
    ['failed', 'set-refresh-token a --file none.txt'],
  ])('ends with 1 and the code %s: tokens %s', async (errorCode, line) => {
    const words = line.split(' ');
    const input = 'tenant,provider,client_id\nb,amazon-ads,c\n';
    const { code, stdout, stderr } = await cli.run([...words, '--json'], { home, input });
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr).error.code).toBe(errorCode);
  });

  it.each([
    ['', 'What came on stdin is empty.'],
    ['LOG=x', 'What came on stdin names no clients.'],
    ['tenant,client_id,nonsense\n', 'What came on stdin cannot be imported'],
  ])('says that what came on stdin is no file of tenants: %j', async (input, said) => {
    const { code, stderr } = await cli.run(['import', '-'], { home, input });
    expect(code).toBe(1);
    expect(stderr).toContain(`Error: ${said}`);
  });

  it('says of a rotation that nothing was rotated, and which name may be meant', async () => {
    await cli.run(['set', 'a', 'tags=gold'], { home });
    const { stderr } = await cli.run(['rotate', '--tag', 'golden'], { home });
    expect(stderr).toContain(
      'No tenant has the tag golden. Did you mean gold? Nothing was rotated.',
    );
    expect(stderr).toContain('tokens status --csv');
  });
});

describe('a command that looks for a tenant in a shard', () => {
  it.each(['get', 'show', 'history'])('names the shard where it is: tokens %s', async (verb) => {
    await cli.run(['shard', 'add', 'eu'], { home });
    const { code, stderr } = await cli.run([verb, 'a', '--shard', 'eu'], { home });
    expect(code).toBe(1);
    expect(stderr).toContain('Tenant a is not in shard eu. It is in shard default.');
  });
});

describe('a command that is wrong by itself', () => {
  it.each([
    'status --jsn',
    'rotate --expiring-within soon',
    'history a --limit none',
    'shard add a/b',
    'shard split default --to default',
    'why a --failing',
  ])('ends with 2: tokens %s', async (line) => {
    const { code, stdout, stderr } = await cli.run([...line.split(' '), '--json'], { home });
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr).error.code).toBe('usage');
  });

  it.each([
    ['--home', ''],
    ['--home', ' '],
    ['--stack', ''],
  ])('ends with 2 where a place has no name: %s "%s"', async (option, name) => {
    const { code, stdout, stderr } = await cli.run([option, name, 'status']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`Error: ${option} takes a name: it is empty.\n`);
  });
});
