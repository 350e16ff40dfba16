import { arch } from 'node:process';
import { ScError } from '../../../errors/error.ts';
import { stageX64 } from './bytes-x64.ts';

/** The stage of this processor: a static ELF program, built from stage.c. */
export function stageBytes(): Buffer {
  if (arch === 'x64') return Buffer.from(stageX64, 'base64');
  throw new ScError('SC_HOST_UNFIT', `the native backend does not run on ${arch} yet`, {
    hint: 'use a machine with an x86-64 processor',
  });
}
