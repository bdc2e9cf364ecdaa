// One invocation of the bundled handler for all tenants, to be killed: run-bundle BUNDLE. Says
// `ready` when the handler begins.
const { handler } = await import(process.argv[2]);
process.stdout.write('ready\n');
await handler(
  {},
  { awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd', getRemainingTimeInMillis: () => 900_000 },
);
