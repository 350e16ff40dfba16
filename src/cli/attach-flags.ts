import { boolean, string } from '@oclif/core/flags';
import { parseSignal } from '../linux/signals.ts';
import type { AttachResult } from '../schema/operations/attach.ts';
import { shellCode } from './describe.ts';

/** Flags of what attaches to a container, named as docker names them. */
export const attachFlags = {
  'detach-keys': string({
    description: "Keys that leave it, in place of the container's own (ctrl-p,ctrl-q); empty is none.",
    helpValue: 'KEYS',
  }),
  'sig-proxy': boolean({
    default: true,
    allowNo: true,
    description: 'Pass signals on; with =false they end sc alone. With a terminal keys do that.',
  }),
};

/** The container's own code; 0 for who has left it, and lives on; 128+n for whom a signal has ended. */
export function attachedCode({ exit, interrupted }: AttachResult): number {
  if (exit !== undefined) return shellCode(exit);
  return interrupted === undefined ? 0 : 128 + parseSignal(interrupted);
}
