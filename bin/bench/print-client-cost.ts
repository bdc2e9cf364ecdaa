import { buildPrograms, runProgram } from './build.ts';

/** Prints the processor time of what a tenant costs beside our own code. */
export async function printClientCost(folder: string): Promise<void> {
  const [program = '', server = ''] = await buildPrograms(['client-cost', 'stub-server'], folder);
  const { putMs, requestMs } = (await runProgram(program, server)) as Record<string, number>;
  console.log('\nProcessor time of the clients, over HTTP on loopback:');
  console.log(`  one write to S3              ${putMs?.toFixed(2)} ms`);
  console.log(`  one request to a provider    ${requestMs?.toFixed(2)} ms`);
}
