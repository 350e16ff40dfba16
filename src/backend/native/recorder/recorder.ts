import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { ScError } from '../../../errors/error.ts';
import { attach, createArray, createHash, type Place, readArray, readKeys } from '../../../linux/bpf/bpf.ts';
import { type KernelTypes, readKernelTypes } from '../../../linux/bpf/btf.ts';
import { readHostCgroups } from '../../../linux/cgroup/hierarchy.ts';
import type { Recorder, Unseen } from '../../recording.ts';
import { CHECK_SIZE, DEVICE_SIZE, layout, MOST_KEYS } from './layout.ts';
import { observe } from './observe.ts';
import { processors } from './processor.ts';
import {
  atCapabilityTracepoint,
  atDevice,
  atEndOfCapabilityCheck,
  atSyscallEntry,
  atSyscallExit,
  type Maps,
  type RecorderKernel,
} from './programs.ts';

/**
 * Has the kernel note what the processes of one container do: programs of its own, which it runs at each
 * system call, check of a capability and device of the whole machine, set bits for those of that container.
 * All that there is are descriptors of this process, so that nothing can stay.
 */
export async function startRecorder(): Promise<Recorder> {
  const open: number[] = [];
  const hold = (descriptor: number): number => {
    open.push(descriptor);
    return descriptor;
  };
  const close = () => {
    for (const descriptor of open.splice(0)) closeSync(descriptor);
  };
  try {
    const kernel = await lookAtKernel();
    const maps: Maps = {
      state: hold(createArray(layout.size)),
      devices: hold(createHash(DEVICE_SIZE, MOST_KEYS)),
      checks: hold(createHash(CHECK_SIZE, MOST_KEYS)),
    };
    const mark = randomBytes(8).readBigUInt64LE();
    const watch = (name: string, program: Buffer, place: Place) => hold(attach(name, program, place));
    const unseen = [...watchCapabilities(kernel, maps, watch), ...watchDevices(kernel, maps, watch)];
    watch('the watch over ended system calls', atSyscallExit(kernel, maps), { tracepoint: 'sys_exit' });
    watch('the watch over system calls', atSyscallEntry(kernel, maps, mark), { tracepoint: 'sys_enter' });
    return {
      mark,
      finish: () =>
        observe(
          readArray(maps.state, layout.size),
          readKeys(maps.devices, DEVICE_SIZE),
          readKeys(maps.checks, CHECK_SIZE),
          unseen,
        ),
      close,
    };
  } catch (error) {
    close();
    if (!(error instanceof ScError) || error.hint !== undefined) throw error;
    throw new ScError(error.code, `record: ${error.message}`, {
      cause: error,
      ...(error.errno !== undefined && { errno: error.errno }),
      hint: hintFor(error.errno),
    });
  }
}

type Watch = (name: string, program: Buffer, place: Place) => void;

async function lookAtKernel(): Promise<RecorderKernel> {
  const processor = processors[process.arch];
  if (processor === undefined) {
    throw new ScError('SC_HOST_UNFIT', `processors of the kind ${process.arch} cannot be watched yet`, {
      hint: 'record on a machine with an x86-64 processor',
    });
  }
  return { types: await readKernelTypes(), processor };
}

/** At the end of the function where the kernel lets programs in, else at its tracepoint. */
function watchCapabilities(kernel: RecorderKernel, maps: Maps, watch: Watch): Unseen[] {
  const name = 'the watch over capabilities';
  try {
    watch(name, atEndOfCapabilityCheck(kernel, maps), { endOf: functionId(kernel.types) });
    return [];
  } catch (first) {
    try {
      watch(name, atCapabilityTracepoint(kernel, maps), { tracepoint: 'cap_capable' });
      return [];
    } catch {
      if (!(first instanceof ScError)) throw first;
      return [{ what: 'capabilities', why: first.message }];
    }
  }
}

function functionId(types: KernelTypes): number {
  const id = types.functionId('cap_capable');
  if (id !== undefined) return id;
  throw new ScError('SC_HOST_UNFIT', 'the kernel does not tell where it checks capabilities');
}

/** In the tree of v2, in which every process has its place, on hosts of v1 too if it is mounted. */
function watchDevices(kernel: RecorderKernel, maps: Maps, watch: Watch): Unseen[] {
  const hierarchy = readHostCgroups().hierarchies.find(({ version }) => version === 2);
  if (hierarchy === undefined) return [{ what: 'devices', why: 'control groups v2 are not mounted' }];
  const group = openSync(hierarchy.path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    watch('the watch over devices', atDevice(kernel, maps), { devicesOf: group });
    return [];
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    return [{ what: 'devices', why: error.message }];
  } finally {
    closeSync(group);
  }
}

function hintFor(errno: string | undefined): string {
  if (errno === 'EPERM') return 'run sc as root, with CAP_BPF and CAP_PERFMON, outside of containers';
  return 'record on a machine with Linux 5.12 or later that was built with CONFIG_BPF_SYSCALL and CONFIG_DEBUG_INFO_BTF';
}
