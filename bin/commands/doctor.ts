import { StoreError } from '../../lambda/ports.ts';
import { readFleet } from '../../lambda/run/fleet.ts';
import type { Context } from '../context.ts';
import { CommandError } from '../errors.ts';
import { choosePlace } from '../homes/choose-place.ts';
import type { Home } from '../homes/home.ts';
import { editTenant } from '../map/edit-entry.ts';
import type { Check } from '../status/check.ts';
import { checkHome, tenantsByHabit } from '../status/check-home.ts';
import { checkMachine } from '../status/check-machine.ts';
import { formatTable } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { defineVerb } from '../verb.ts';

const EXAMPLES = `
Reads only, and asks no provider. --fix writes what older versions left unsaid:
the grant of tenants that only their past tells.

Examples:
  tokens doctor
  tokens doctor --stack TokenRotator`;

export const define = defineVerb<[{ fix?: boolean }], { checks: Check[] }>({
  usage: (command) =>
    command.option('--fix', 'write what older versions left unsaid').addHelpText('after', EXAMPLES),
  run: examine,
  print: printChecks,
  exitCode: ({ checks }) => (checks.some(({ result }) => result === 'failed') ? 1 : 0),
});

async function examine(
  { terminal, options, env, openHome }: Context,
  { fix }: { fix?: boolean },
): Promise<{ checks: Check[] }> {
  const machine = await checkMachine(choosePlace(options, env), env);
  terminal.progress('Looking …');
  try {
    const home = await openHome();
    if (fix) {
      await sayGrants(home);
    }
    return { checks: [...machine, ...(await checkHome(home))] };
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof StoreError)) {
      throw error;
    }
    return { checks: [...machine, toCheck(error)] };
  }
}

function toCheck(error: CommandError | StoreError): Check {
  return {
    check: 'open',
    result: 'failed',
    detail: error.message,
    next_step: error instanceof CommandError ? error.nextStep : null,
  };
}

async function sayGrants(home: Home): Promise<void> {
  const grant = { path: ['grant'], value: 'client_credentials' };
  for (const tenant of await tenantsByHabit(home.ports, await readFleet(home.ports, null))) {
    await editTenant(home.ports, tenant, [grant]);
  }
}

function printChecks(terminal: Terminal, { checks }: { checks: Check[] }): void {
  const { colors } = terminal;
  const paints = { ok: colors.green, warning: colors.yellow, failed: colors.red };
  const rows = checks.map(({ check, result, detail }) => [
    check,
    { text: result, paint: paints[result] },
    detail,
  ]);
  const heads = [
    { title: 'CHECK', whole: true },
    { title: 'RESULT', whole: true },
    { title: 'FOUND', wholeWords: true },
  ];
  terminal.print(formatTable(heads, rows, terminal));
  const steps = checks.flatMap(({ next_step }) => next_step ?? []);
  if (steps.length > 0) {
    terminal.print(`\n${colors.bold('Next:')}`);
  }
  for (const step of steps) {
    terminal.printWrapped(`- ${step}`, '  ');
  }
}
