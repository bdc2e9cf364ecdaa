import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { cliInProcess } from '../../fakes/cli.ts';
import { makeLocalHome } from '../../fakes/local-home.ts';
import { startRotatingServer } from '../../fakes/rotating-server.ts';

const CANARY = 'CANARY-9';
const cli = cliInProcess();
afterAll(() => expect(cli.spoken()).not.toContain(CANARY));

describe('tokens history', () => {
  it('shows who edited the tenant among its exchanges', async () => {
    const server = await startRotatingServer(['acme'], CANARY);
    onTestFinished(() => server.close());
    const home = await makeLocalHome(server, ['acme'], CANARY);
    const run = (args: string[], input = '') => cli.run(args, { home, input });
    expect((await run(['rotate'])).code).toBe(0);
    const { code } = await run(['set-refresh-token', 'acme', '--stdin'], `new.${CANARY}\n`);
    expect(code).toBe(0);

    const { stdout } = await run(['history', 'acme']);
    expect(stdout).toMatch(/ edited: set-refresh-token by \S+@\S+$/m);
    const json = JSON.parse((await run(['--json', 'history', 'acme'])).stdout);
    expect(json.edits).toMatchObject([
      { verb: 'set-refresh-token', tenants: ['acme'], by: expect.stringContaining('@') },
    ]);
    expect(JSON.stringify(json)).not.toContain(CANARY);
  });
});
