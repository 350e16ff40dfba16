import { closeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import { koffi } from '../koffi.ts';
import { declare } from '../libc.ts';
import { syscalls } from '../syscalls.ts';

const BPF_MAP_CREATE = 0;
const BPF_MAP_LOOKUP_ELEM = 1;
const BPF_MAP_GET_NEXT_KEY = 4;
const BPF_PROG_LOAD = 5;
const BPF_RAW_TRACEPOINT_OPEN = 17;
const BPF_LINK_CREATE = 28;

const BPF_MAP_TYPE_HASH = 1;
const BPF_MAP_TYPE_ARRAY = 2;

const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_PROG_TYPE_RAW_TRACEPOINT = 17;
const BPF_PROG_TYPE_TRACING = 26;
const BPF_CGROUP_DEVICE = 6;
const BPF_TRACE_FEXIT = 25;

/** Larger than any part of union bpf_attr that is used here; the kernel wants zeros behind what it knows. */
const ATTRIBUTES_SIZE = 144;
const LOG_SIZE = 1 << 16;
/** The kernel gives up looking at a program when its caller has a signal, which is over by the next call. */
const LOAD_ATTEMPTS = 10;

const syscall = declare<[number, number, Buffer, number]>(
  'long syscall(long number, int command, void *attributes, long size)',
);

/**
 * Where a program runs: at a tracepoint by its name, at the end of a function of the kernel by its number, or
 * where a process of a control group of v2, and of those below, asks for a device.
 */
export type Place = { tracepoint: string } | { endOf: number } | { devicesOf: number };

/** A map of one value of so many bytes, all zeros. It goes with the last descriptor and the last program. */
export function createArray(size: number): number {
  return bpf('make a map', BPF_MAP_CREATE, [
    [0, BPF_MAP_TYPE_ARRAY],
    [4, 4],
    [8, size],
    [12, 1],
  ]);
}

/** A map of values of one byte by keys of so many. */
export function createHash(keySize: number, entries: number): number {
  return bpf('make a map', BPF_MAP_CREATE, [
    [0, BPF_MAP_TYPE_HASH],
    [4, keySize],
    [8, 1],
    [12, entries],
  ]);
}

/** The value of an array. */
export function readArray(map: number, size: number): Buffer {
  const value = Buffer.alloc(size);
  bpf('read a map', BPF_MAP_LOOKUP_ELEM, [
    [0, map],
    [8, Buffer.alloc(4)],
    [16, value],
  ]);
  return value;
}

/** The keys of a hash. */
export function readKeys(map: number, keySize: number): Buffer[] {
  const keys: Buffer[] = [];
  for (;;) {
    const key = nextKey(map, keySize, keys.at(-1));
    if (key === undefined) return keys;
    keys.push(key);
  }
}

function nextKey(map: number, keySize: number, key?: Buffer): Buffer | undefined {
  const next = Buffer.alloc(keySize);
  try {
    bpf('read a map', BPF_MAP_GET_NEXT_KEY, [[0, map], ...(key ? [[8, key] as const] : []), [16, next]]);
    return next;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Has a program run at its place until the descriptor that is answered is closed, by whomever. Throws
 * SC_HOST_UNFIT where the kernel, its lockdown or lacking capabilities refuse it.
 */
export function attach(name: string, instructions: Buffer, place: Place): number {
  const program = load(name, instructions, place);
  try {
    if ('devicesOf' in place) {
      return bpf(`run ${name}`, BPF_LINK_CREATE, [
        [0, program],
        [4, place.devicesOf],
        [8, BPF_CGROUP_DEVICE],
      ]);
    }
    const tracepoint: Attribute[] = 'tracepoint' in place ? [[0, Buffer.from(`${place.tracepoint}\0`)]] : [];
    return bpf(`run ${name}`, BPF_RAW_TRACEPOINT_OPEN, [...tracepoint, [8, program]]);
  } finally {
    closeSync(program);
  }
}

/** Whether the kernel takes a program for such a place: it is loaded, attached to nothing, and gone again. */
export function isTaken(name: string, instructions: Buffer, place: Place): boolean {
  try {
    closeSync(load(name, instructions, place));
    return true;
  } catch (error) {
    if (error instanceof ScError) return false;
    throw error;
  }
}

function load(name: string, instructions: Buffer, place: Place): number {
  const program: Attribute[] = [
    ...kindOf(place),
    [4, instructions.length / 8],
    [8, instructions],
    // What reads the kernel's memory may only be used under this licence.
    [16, Buffer.from('GPL\0')],
  ];
  try {
    return loadAgain(name, program);
  } catch (error) {
    throw withReason(name, program, error);
  }
}

function loadAgain(name: string, program: readonly Attribute[]): number {
  for (let attempt = 1; ; attempt++) {
    try {
      return bpf(`load ${name}`, BPF_PROG_LOAD, program);
    } catch (error) {
      if (attempt === LOAD_ATTEMPTS || !(error instanceof ScError) || error.errno !== 'EAGAIN') throw error;
    }
  }
}

/** prog_type, expected_attach_type and attach_btf_id. */
function kindOf(place: Place): Attribute[] {
  if ('tracepoint' in place) return [[0, BPF_PROG_TYPE_RAW_TRACEPOINT]];
  if ('devicesOf' in place) {
    return [
      [0, BPF_PROG_TYPE_CGROUP_DEVICE],
      [68, BPF_CGROUP_DEVICE],
    ];
  }
  return [
    [0, BPF_PROG_TYPE_TRACING],
    [68, BPF_TRACE_FEXIT],
    [108, place.endOf],
  ];
}

/** Once more, so that the kernel says what it does not like. */
function withReason(name: string, program: readonly Attribute[], error: unknown): unknown {
  const log = Buffer.alloc(LOG_SIZE);
  try {
    closeSync(bpf(`load ${name}`, BPF_PROG_LOAD, [...program, [24, 1], [28, log.length], [32, log]]));
  } catch {
    // The log is what was wanted.
  }
  const lines = log.toString('latin1').replace(/\0.*$/s, '').trim().split('\n');
  const reason = lines.findLast((line) => !line.startsWith('processed '));
  if (!reason || !(error instanceof ScError)) return error;
  return new ScError(error.code, `${error.message}: ${reason}`, {
    cause: error,
    ...(error.errno && { errno: error.errno }),
  });
}

/** Offset in union bpf_attr (linux/bpf.h), and a number of four bytes or the address of bytes. */
type Attribute = readonly [at: number, value: number | Buffer];

function bpf(action: string, command: number, attributes: readonly Attribute[]): number {
  const bytes = Buffer.alloc(ATTRIBUTES_SIZE);
  for (const [at, value] of attributes) {
    if (typeof value === 'number') bytes.writeUInt32LE(value, at);
    else bytes.writeBigUInt64LE(BigInt(koffi().address(value)), at);
  }
  try {
    return syscall(syscalls.bpf, command, bytes, bytes.length);
  } catch (cause) {
    const errno = errnoOf(cause);
    throw new ScError('SC_HOST_UNFIT', `${action}: bpf: ${errno}`, {
      cause,
      ...(errno !== undefined && { errno }),
    });
  }
}
