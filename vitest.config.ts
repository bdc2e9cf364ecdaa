import { defineConfig } from 'vitest/config';
import { fastTests, LONG_TESTS, SCALED_TESTS } from './test/suites/select-tests.ts';
import { SlowFirst } from './test/suites/slow-first.ts';

const fast = fastTests(import.meta.dirname);
const { SCHEDULES, KILLS } = process.env;
const env = { CDK_VALIDATION: 'false', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

const common = {
  extends: true as const,
  test: {
    name: 'common',
    include: ['test/**/*.test.ts'],
    exclude: [...fast, ...LONG_TESTS],
    globalSetup: 'test/suites/set-up-once.ts',
    env: { ...env, SCHEDULES: SCHEDULES ?? '60', KILLS: KILLS ?? '8' },
  },
};
/** `fast` and `common` at once. A worker keeps what it has imported only within a project. */
const all = { ...common, test: { ...common.test, name: 'all', exclude: LONG_TESTS } };

/** Run only where they are asked for: a filter of files never starts them. */
const asked = new Set(process.argv.flatMap((word) => word.split('=')));
const long = {
  extends: true as const,
  test: {
    name: 'long',
    include: [...LONG_TESTS, ...SCALED_TESTS],
    globalSetup: 'test/suites/set-up-once.ts',
    env: {
      ...env,
      SCHEDULES: SCHEDULES ?? '4000',
      KILLS: KILLS ?? '100',
      ALL_KILLS: 'true',
    },
  },
};

export default defineConfig({
  test: {
    // One for each of two cores: many tests wait for child processes.
    maxWorkers: 2,
    // Five times what the slowest test needs on a quiet machine. No test asserts speed.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Halves the time: files share what they import. Every stub is taken back before the next test.
    isolate: false,
    unstubEnvs: true,
    unstubGlobals: true,
    restoreMocks: true,
    setupFiles: ['test/suites/optimize-late.ts', 'test/suites/after-each-test.ts'],
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: fast,
          env,
        },
      },
      common,
      ...(asked.has('all') ? [all] : []),
      ...(asked.has('long') ? [long] : []),
    ],
    coverage: {
      provider: 'v8',
      // The rooms without side effects: what they decide is tested case by case.
      include: [
        'lambda/{history,map,providers}/**/*.ts',
        'lambda/exchange/token-*.ts',
        'lambda/*.ts',
      ],
      reporter: ['text-summary'],
      thresholds: { statements: 95, branches: 90 },
    },
  },
});
