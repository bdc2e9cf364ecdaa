import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { fastTests } from './select-tests.ts';

/**
 * Begins with the files that may take long, so that at the end no worker waits for another that
 * has just begun a long one. In a fresh clone nobody knows yet how long a file takes.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const fast = new Set(fastTests(root));
    const isFast = ({ moduleId }: TestSpecification) => fast.has(relative(root, moduleId));
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => !isFast(file)), ...sorted.filter(isFast)];
  }
}
