import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { TokenRotatorStack } from '../lib/rotation-stack.ts';
import { parseSettings } from '../lib/settings/settings.ts';
import { buildConnect, buildLambda } from './build.ts';

const app = new App();
const settings = readSettings();
await buildLambda();
await buildConnect();
new TokenRotatorStack(app, 'TokenRotator', { settings });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

/** Names a mistyped setting without a stack trace. */
function readSettings(): ReturnType<typeof parseSettings> {
  try {
    return parseSettings(app.node.getAllContext());
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
