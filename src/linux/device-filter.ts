import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { ScError } from '../errors/error.ts';
import { declare } from './libc.ts';
import { syscalls } from './syscalls.ts';

const BPF_PROG_LOAD = 5;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
/** `r0 = 1; exit`: every device is allowed. */
const instructions = Buffer.from('b700000001000000' + '9500000000000000', 'hex');
const license = Buffer.from('Apache-2.0\0');
/** Of union bpf_attr as Linux 4.15 has it: up to `prog_flags`. */
const ATTRIBUTES_SIZE = 48;

const bpf = declare<[number, number, Buffer, number]>(
  'long syscall(long number, long command, void *attributes, unsigned int size)',
);

/**
 * Whether the kernel takes a program that controls devices in a group of v2: loads one, which is attached to
 * nothing and gone when this returns.
 */
export function takesDeviceFilters(): boolean {
  const attributes = Buffer.alloc(ATTRIBUTES_SIZE);
  attributes.writeUInt32LE(BPF_PROG_TYPE_CGROUP_DEVICE, 0);
  attributes.writeUInt32LE(instructions.length / 8, 4);
  attributes.writeBigUInt64LE(BigInt(koffi.address(instructions)), 8);
  attributes.writeBigUInt64LE(BigInt(koffi.address(license)), 16);
  try {
    closeSync(bpf(syscalls.bpf, BPF_PROG_LOAD, attributes, attributes.length));
    return true;
  } catch (error) {
    if (error instanceof ScError) return false;
    throw error;
  }
}
