import { ScError } from '../../../errors/error.ts';
import { stageArm64 } from './bytes-arm64.ts';
import { stageX64 } from './bytes-x64.ts';

const stages: Partial<Record<string, string>> = { x64: stageX64, arm64: stageArm64 };

/** The stage of a processor, this one without an argument: a static ELF program, built from stage.c. */
export function stageBytes(processor: string = process.arch): Buffer {
  const stage = stages[processor];
  if (stage !== undefined) return Buffer.from(stage, 'base64');
  throw new ScError('SC_HOST_UNFIT', `the native backend does not run on ${processor} yet`, {
    hint: 'use a machine with an x86-64 or arm64 processor',
  });
}
