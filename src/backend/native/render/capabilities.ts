import { LINUX_CAPABILITY_VERSION_3 } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';

/** Effective and permitted alike, none inheritable (capset(2)). */
export function setCapabilities(p: ProgramBuilder, granted: bigint): void {
  const low = Number(granted & 0xffff_ffffn);
  const high = Number(granted >> 32n);
  const header = p.struct('version 3', [LINUX_CAPABILITY_VERSION_3, 4], [0, 4]);
  const mask = `0x${granted.toString(16)}`;
  const sets = p.struct(mask, [low, 4], [low, 4], [0, 4], [high, 4], [high, 4], [0, 4]);
  p.call(`set the capabilities to ${mask}, none inheritable`, 'capset', header, sets);
}
