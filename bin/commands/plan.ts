import type { Context } from '../context.ts';
import { type FleetPlan, planFleet } from '../plan/plan-fleet.ts';
import type { PlannedRhythm } from '../plan/planned-tenant.ts';
import { PRICES } from '../plan/prices.ts';
import { readPlannedFile, readPlannedHome } from '../plan/read-plan-input.ts';
import { showPlan } from '../terminal/plan-view.ts';
import { defineVerb } from '../verb.ts';

interface PlanOptions {
  schedule?: string;
  timeZone?: string;
  keepFresh?: boolean;
  memory?: string;
}

interface Planned {
  rhythm: PlannedRhythm;
  plan: FleetPlan;
}

const EXAMPLES = `
Without a file the tenants of the home or the stack are planned. Dollars are
those of us-east-1 without free tiers, of ${PRICES.as_of}. The dashboard is not
among them: an account's first three cost nothing.

Examples:
  tokens plan
  tokens plan clients.csv --keep-fresh
  tokens plan tenants.json --schedule 'rate(1 day)' --json`;

const WEEKLY = 'cron(17 5 ? * SUN *)';

export const define = defineVerb<[string | undefined, PlanOptions], Planned>({
  usage: (command) =>
    command
      .argument('[file]', 'a map, CSV, or whatever tokens import reads; - for stdin')
      .option('--schedule <expression>', 'cron(…) or rate(…) in place of the deployed one')
      .option('--time-zone <zone>', 'the time zone of the schedule, such as Europe/Berlin')
      .option('--keep-fresh', 'with a run each half hour for tokens that are about to end')
      .addHelpText('after', EXAMPLES),
  run: plan,
  json: ({ plan: planned, rhythm }) => ({
    ...planned,
    rhythm: { schedule: rhythm.expression, keep_fresh: rhythm.keepFresh },
    prices: { as_of: PRICES.as_of, region: PRICES.region },
  }),
  print: (terminal, { plan: planned, rhythm }) => showPlan(terminal, planned, rhythm),
});

async function plan(
  { terminal, openHome }: Context,
  file: string | undefined,
  options: PlanOptions,
): Promise<Planned> {
  const now = new Date();
  if (file !== undefined) {
    const rhythm = rhythmOf(options, {
      expression: WEEKLY,
      timeZone: 'UTC',
      keepFresh: false,
    });
    const tenants = await readPlannedFile(terminal, file, now);
    return { rhythm, plan: planFleet(tenants, rhythm, now) };
  }
  const home = await openHome();
  const rhythm = rhythmOf(options, home.rhythm);
  return { rhythm, plan: planFleet(await readPlannedHome(home.ports, now), rhythm, now) };
}

function rhythmOf(
  { schedule, timeZone, keepFresh }: PlanOptions,
  deployed: Omit<PlannedRhythm, 'memoryMb'>,
): PlannedRhythm {
  return {
    expression: schedule ?? deployed.expression,
    timeZone: timeZone ?? deployed.timeZone,
    keepFresh: keepFresh ?? deployed.keepFresh,
    memoryMb: 512,
  };
}
