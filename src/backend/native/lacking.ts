import { existsSync, readFileSync } from 'node:fs';
import { hasSeccomp } from '../../linux/kernel.ts';
import type { ResourcesSpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';
import { thisConfinement, unconfinable } from './confinement.ts';
import { judgeLimits } from './host.ts';

/** What any host has that has the control groups for it at all. */
export function moderateLimits(): ResourcesSpec {
  return {
    memory: 64 << 20,
    memorySwap: 128 << 20,
    memoryReservation: 32 << 20,
    cpus: 0.5,
    cpuWeight: 200,
    cpuset: { cpus: allowed('Cpus'), memoryNodes: allowed('Mems') },
    pids: 100,
    io: { weight: 200, devices: [] },
    shm: 64 << 20,
    rlimits: [],
  };
}

/** The processors or memory nodes of this process. */
function allowed(what: 'Cpus' | 'Mems'): string {
  const status = readFileSync('/proc/self/status', 'utf8');
  return new RegExp(`^${what}_allowed_list:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '0';
}

/** The fields that this host does not have: asked for as a container would, by their paths in the schema. */
export function lacking(): Unsupported[] {
  const security = { capabilities: [], devices: [{ path: '/dev/null' }] };
  const { refused } = judgeLimits({ resources: moderateLimits(), security });
  return [
    ...refused.map((field) => (field.path === 'security.devices' ? { ...field, path: DEVICES } : field)),
    ...unconfinable({ apparmor: 'any', selinux: 'any' }, () => ({
      ...thisConfinement(),
      profiles: undefined,
    })),
    ...(hasSeccomp() ? [] : [{ path: 'security.seccomp', reason: 'this kernel filters no system calls' }]),
    ...(existsSync('/proc/self/ns/time') ? [] : clocks),
  ];
}

const DEVICES = 'security.devices[].path';

const clocks: readonly Unsupported[] = [
  'namespaces.timeOffsets.monotonic',
  'namespaces.timeOffsets.boottime',
].map((path) => ({ path, reason: 'this kernel has no time namespaces' }));
