// Invokes one handler of a bundle as Lambda's Node runtime does, and tells its parent: node
// lambda-runtime.mjs <bundle> <handler> <event> <timeout ms> [alias] [client context]
const [bundle, name, event, timeoutMs, alias, clientContext = '{}'] = process.argv.slice(2);
const arn = `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
const deadline = Date.now() + Number(timeoutMs);
const context = {
  awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
  clientContext: JSON.parse(clientContext),
  invokedFunctionArn: alias ? `${arn}:${alias}` : arn,
  getRemainingTimeInMillis: () => deadline - Date.now(),
};

const module = await import(bundle);
try {
  process.send({ result: (await module[name](JSON.parse(event), context)) ?? null });
} catch (error) {
  process.send({
    error: {
      errorType: error.name,
      errorMessage: error.message,
      trace: String(error.stack).split('\n'),
    },
  });
}
process.disconnect();
