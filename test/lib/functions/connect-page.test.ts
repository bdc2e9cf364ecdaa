import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { connectCode, isLogo } from '../../../lib/functions/connect-code.ts';
import { createConnectPage } from '../../../lib/functions/connect-page.ts';
import { temporaryFolder } from '../../fakes/temporary-folder.ts';
import { createApp, type Statement, statementsOf, synthesize } from '../synthesize.ts';

const SETTINGS = { connectPage: 'true', connectTitle: 'Agency', connectContact: 'ops@example.com' };
const template = synthesize(SETTINGS);
const ofType = (type: string, source = template) =>
  Object.values(source.findResources(type)).map(({ Properties }) => Properties);

const statements = statementsOf(template);
const of = (role: string) =>
  statements.filter((statement) => statement.of === `TokenRotator${role}`);
const folders = (role: string, action: string) =>
  of(role)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources }) => resources.flatMap((arn) => /\/(\w+)\/\*$/.exec(arn)?.[1] ?? []))
    .sort();
const actions = (...of: readonly Statement[]) => [...new Set(of.flatMap(({ actions }) => actions))];

describe(createConnectPage.name, () => {
  it('is only there where it is asked for', () => {
    const without = synthesize();
    without.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    expect(Object.keys(without.toJSON().Outputs)).not.toContain('ConnectUrl');
  });

  it('tells by outputs where links lead, and what to register at platforms', () => {
    const { ConnectUrl, ConnectRedirectUri } = template.toJSON().Outputs;
    const address = (output: { Value: unknown }) => JSON.stringify(output.Value);
    expect(address(ConnectUrl)).toContain('.execute-api.');
    expect(address(ConnectRedirectUri)).toContain('/callback"');
  });

  it('tells the page who asks, whom to ask, and whom to invoke', () => {
    const page = ofType('AWS::Lambda::Function').find(({ Description }) =>
      Description.startsWith('Serves the connect links'),
    );
    expect(page?.Environment.Variables).toEqual({
      ARCHIVE_BUCKET: expect.anything(),
      REDEEM_FUNCTION: { Ref: expect.stringMatching(/Redeem/) },
      CONNECT_TITLE: 'Agency',
      CONNECT_CONTACT: 'ops@example.com',
    });
    expect(page).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('reserves concurrency for the page in an account that has some', () => {
    synthesize({ ...SETTINGS, reservedConcurrency: '2' }).hasResourceProperties(
      'AWS::Lambda::Function',
      {
        Description: 'Serves the connect links of token-rotator',
        ReservedConcurrentExecutions: 10,
      },
    );
  });

  describe('the role of the page', () => {
    it('reads links, remembers visits and files codes, and no more of the archive', () => {
      expect(folders('ConnectRole', 's3:GetObject')).toEqual(['links', 'visits']);
      expect(folders('ConnectRole', 's3:PutObject')).toEqual(['inbox', 'visits']);
    });

    it('can neither list, nor read a secret, nor start anything but the redeem function', () => {
      expect(actions(...of('ConnectRole')).sort()).toEqual([
        'kms:Decrypt',
        'kms:GenerateDataKey',
        'lambda:InvokeFunction',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
        's3:GetObject',
        's3:PutObject',
      ]);
      const invoke = of('ConnectRole').find(({ actions }) =>
        actions.includes('lambda:InvokeFunction'),
      );
      expect(invoke?.resources).toEqual(['<Redeem.Arn>']);
    });

    it('uses the key through S3, for this bucket alone', () => {
      const key = of('ConnectRole').find(({ actions }) => actions.includes('kms:Decrypt'));
      expect(key?.conditions.StringEquals).toEqual({
        'kms:ViaService': [{ 'Fn::Join': ['', ['s3.', { Ref: 'AWS::Region' }, '.amazonaws.com']] }],
        'kms:EncryptionContext:aws:s3:arn': {
          'Fn::GetAtt': [expect.stringMatching(/Archive/), 'Arn'],
        },
      });
    });
  });

  it('lets the redeem function do what the refresh may, and take consents', () => {
    const extra = (action: string) =>
      folders('RedeemRole', action).filter(
        (name) => !folders('RefreshRole', action).includes(name),
      );
    expect(extra('s3:GetObject')).toEqual(['inbox', 'links']);
    expect(extra('s3:PutObject')).toEqual(['inbox', 'links']);
    const more = actions(...of('RedeemRole')).filter(
      (action) => !actions(...of('RefreshRole')).includes(action),
    );
    expect(more).toEqual(['sqs:SendMessage']);
  });

  it('does not redeem a code that is dead', () => {
    const [config] = ofType('AWS::Lambda::EventInvokeConfig').filter(({ FunctionName }) =>
      JSON.stringify(FunctionName).includes('Redeem'),
    );
    expect(config).toMatchObject({ MaximumEventAgeInSeconds: 360, MaximumRetryAttempts: 2 });
  });

  describe('the API', () => {
    const [stage] = ofType('AWS::ApiGatewayV2::Stage');

    it('throttles pages and callbacks apart', () => {
      const routes = ofType('AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
      expect(routes.sort()).toEqual(['$default', 'ANY /callback/{provider}']);
      expect(Object.keys(stage?.RouteSettings).sort()).toEqual(routes);
      for (const limit of Object.values(stage?.RouteSettings)) {
        expect(limit).toEqual({
          ThrottlingRateLimit: expect.any(Number),
          ThrottlingBurstLimit: expect.any(Number),
        });
      }
    });

    it('logs no path, query, cookie or address of a visitor', () => {
      const format: unknown = JSON.parse(stage?.AccessLogSettings.Format);
      const logged = Object.values(format as Record<string, string>);
      expect(logged).toContain('$context.routeKey');
      for (const value of logged) {
        expect(value).not.toMatch(/path|query|header|sourceIp|userAgent/i);
      }
    });

    it('may invoke the page, and nobody else may', () => {
      const permissions = ofType('AWS::Lambda::Permission');
      expect(permissions).toEqual([
        expect.objectContaining({
          Principal: 'apigateway.amazonaws.com',
          FunctionName: { 'Fn::GetAtt': [expect.stringMatching(/Connect/), 'Arn'] },
          SourceArn: expect.anything(),
        }),
      ]);
    });
  });

  it('has alarms of its own', () => {
    const anchors = ofType('AWS::CloudWatch::Alarm').map(
      ({ AlarmDescription }) => AlarmDescription.split('#')[1],
    );
    expect(anchors).toEqual(
      expect.arrayContaining(['the-connect-page-fails', 'a-consent-was-not-redeemed']),
    );
    const runbook = readFileSync(join(import.meta.dirname, '../../../lib/RUNBOOK.md'), 'utf8');
    expect(runbook).toContain('## The connect page fails\n');
    expect(runbook).toContain('## A consent was not redeemed\n');
  });

  it('has rows of its own on the dashboard', () => {
    const [dashboard] = ofType('AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(dashboard?.DashboardBody)).toContain('The connect page');
    expect(JSON.stringify(dashboard?.DashboardBody)).toContain('Consents redeemed');
  });
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
const SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>';

function fileWith(content: string | Buffer): string {
  const path = join(temporaryFolder(), 'brand');
  writeFileSync(path, content);
  return path;
}

describe(isLogo.name, () => {
  it.each([
    ['a PNG', PNG, true],
    ['an SVG', SVG, true],
    ['an SVG with a mark at its start', `\uFEFF<svg/>`.replace('/', ' /'), true],
    ['a JPEG', Buffer.from('ffd8ffe0', 'hex'), false],
    ['HTML', '<html><svg></svg></html>', false],
    ['nothing', '', false],
    ['over 32 KB', Buffer.concat([PNG, Buffer.alloc(32 * 1024)]), false],
  ])('judges %s', (_, content, expected) => {
    expect(isLogo(fileWith(content))).toBe(expected);
  });

  it('takes a file that is not there for none', () => {
    expect(isLogo(join(temporaryFolder(), 'none.png'))).toBe(false);
  });
});

describe(connectCode.name, () => {
  it.each([
    ['logo.png', PNG],
    ['logo.svg', SVG],
  ])('puts %s beside the bundle, by what the file holds', (name, content) => {
    const bundle = join(temporaryFolder(), 'connect');
    mkdirSync(bundle);
    writeFileSync(join(bundle, 'index.mjs'), 'export {}');
    const app = createApp();
    new LambdaFunction(new Stack(app, 'Page'), 'Page', {
      code: connectCode(fileWith(content), bundle),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
    });
    const { directory } = app.synth();
    const [asset = ''] = readdirSync(directory).filter((entry) => entry.startsWith('asset.'));
    expect(readdirSync(join(directory, asset)).sort()).toEqual(['index.mjs', name]);
  });
});
