import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConformanceCase } from '../schema/conformance-case.ts';
import { makeFiles, makeRootfs, probeProgram } from './fixture.ts';
import { questionOf } from './probe-questions.ts';
import { fill, type Scope } from './template.ts';

/**
 * Makes in an empty directory what an attempt begins with: `tmp` with the files of the case, `rootfs` with the questions of
 * its probes in it, as far as they are known before the steps, and empty `streams` and `state`.
 */
export function makeAttemptDirectory(
  directory: string,
  { rootfs: added = {}, files = {}, steps }: ConformanceCase,
  scope: Scope,
  putPrograms: (place: string) => void,
): void {
  mkdirSync(join(directory, 'tmp'), { recursive: true, mode: 0o755 });
  mkdirSync(join(directory, 'streams'));
  mkdirSync(join(directory, 'state'), { mode: 0o700 });
  const rootfs = join(directory, 'rootfs');
  makeRootfs(rootfs, fill(added, scope), putPrograms);
  for (const [index, { run, exec }] of steps.entries()) {
    const probe = run?.probe ?? exec?.probe;
    if (probe === undefined) continue;
    const questions = fill(probe, scope).map(questionOf);
    writeFileSync(join(rootfs, dirname(probeProgram), String(index)), `${questions.join('\n')}\n`);
  }
  makeFiles(join(directory, 'tmp'), fill(files, scope), rootfs);
}
