import { buildPrograms, runProgram } from './build.ts';

interface Simulated {
  shards: number;
  minutes: number;
  calls: { secretReads: number; secretWrites: number; puts: number; gets: number };
  peakWrites: number;
  delayedWrites: number;
  dollars: number;
}

/** Prints what one fan-out over so many tenants takes, in virtual time. */
export async function printSimulated(folder: string, tenants: number): Promise<void> {
  const [program = ''] = await buildPrograms(['simulate'], folder);
  const { shards, minutes, calls, ...rest } = (await runProgram(
    program,
    String(tenants),
  )) as Simulated;
  const perTenant = (count: number) => (count / tenants).toFixed(2);
  console.log(
    `${tenants.toLocaleString('en')} tenants in ${shards.toLocaleString('en')} shards, 10 shards at once, 5 places and 1 s a request (virtual time):`,
  );
  console.log(`  wall                    ${minutes.toFixed(1)} minutes`);
  console.log(`  reads of secrets        ${calls.secretReads.toLocaleString('en')}`);
  console.log(
    `  writes of secrets       ${calls.secretWrites.toLocaleString('en')}, at most ${rest.peakWrites} in a second (the account has 50), ${rest.delayedWrites} had to wait`,
  );
  console.log(
    `  writes and lists in S3  ${calls.puts.toLocaleString('en')} (${perTenant(calls.puts)} per tenant)`,
  );
  console.log(`  reads in S3             ${calls.gets.toLocaleString('en')}`);
  console.log(`  one run costs           ${rest.dollars.toFixed(2)} US dollars`);
}
