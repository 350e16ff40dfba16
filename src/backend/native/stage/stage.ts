import { ScError } from '../../../errors/error.ts';
import { stageX64 } from './bytes-x64.ts';

const x64 = Buffer.from(stageX64, 'base64');

/** The stage of this processor: a static ELF program, built from stage.c. */
export function stageBytes(): Buffer {
  if (process.arch === 'x64') return x64;
  throw new ScError('SC_HOST_UNFIT', `the native backend does not run on ${process.arch} yet`, {
    hint: 'use a machine with an x86-64 processor',
  });
}
