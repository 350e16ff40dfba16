import { ScError } from '../../errors/error.ts';
import { probeArm64 } from './bytes-arm64.ts';
import { probeX64 } from './bytes-x64.ts';

const probes: Partial<Record<string, string>> = { x64: probeX64, arm64: probeArm64 };

/** The probe of a processor, this one without an argument: a static ELF program, built from probe.c. */
export function probeBytes(processor: string = process.arch): Buffer {
  const probe = probes[processor];
  if (probe !== undefined) return Buffer.from(probe, 'base64');
  throw new ScError('SC_HOST_UNFIT', `there is no probe for ${processor} yet`, {
    hint: 'use a machine with an x86-64 or arm64 processor',
  });
}
