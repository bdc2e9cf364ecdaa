// Stands for an execution environment of Lambda: node lambda-runtime.mjs <bundle>. Takes calls from
// its parent, one after the other. Loads the bundle at the first. Tells what came of each, and ends
// what the call printed with a mark.
const [bundle, endOfOutput] = process.argv.slice(2);

process.on('message', async ({ handler, event, env, timeoutMs, alias, clientContext }) => {
  setEnvironment(env);
  const context = createContext(handler, { timeoutMs, alias, clientContext });
  const answer = await invoke(handler, event, context);
  process.stdout.write(endOfOutput);
  process.stderr.write(endOfOutput);
  process.send(answer);
});

// A connection that is kept would keep the process.
process.on('disconnect', () => process.exit());

function setEnvironment(env) {
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, env);
}

function createContext(handler, { timeoutMs, alias, clientContext }) {
  const arn = `arn:aws:lambda:eu-west-1:123456789012:function:${handler}`;
  const deadline = Date.now() + timeoutMs;
  return {
    awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
    clientContext,
    invokedFunctionArn: alias ? `${arn}:${alias}` : arn,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function invoke(handler, event, context) {
  const module = await import(bundle);
  try {
    return { result: (await module[handler](event, context)) ?? null };
  } catch (error) {
    return {
      error: {
        errorType: error.name,
        errorMessage: error.message,
        trace: String(error.stack).split('\n'),
      },
    };
  }
}
