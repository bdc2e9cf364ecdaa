import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { TokenRotatorStack } from '../lib/rotation-stack.ts';
import { parseSettings } from '../lib/settings.ts';
import { buildLambda } from './build.ts';

const app = new App();
const settings = parseSettings(app.node.getAllContext());
await buildLambda();
new TokenRotatorStack(app, 'TokenRotator', { settings });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
