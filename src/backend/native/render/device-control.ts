import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { close } from './mount-api.ts';

/** linux/bpf.h */
const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
/** Beside those of the groups above, each of which has to allow too. */
const BPF_F_ALLOW_MULTI = 2;

const INSTRUCTION_SIZE = 8;
const hints = {
  EPERM: 'run sc with CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN',
  EINVAL: 'use a kernel with CONFIG_CGROUP_BPF, without which cgroup v2 controls no devices',
  ENOSYS: 'use a kernel with CONFIG_BPF_SYSCALL, without which cgroup v2 controls no devices',
};

/** Has every use of a device by a group of v2 asked of a program, which goes with the group (bpf(2)). */
export function attachDeviceProgram(p: ProgramBuilder, path: string, program: Buffer): void {
  const words = `control the devices of ${path}`;
  const count = program.length / INSTRUCTION_SIZE;
  // union bpf_attr: type, count, instructions, license, log level, size and buffer, the rest of it zero.
  const load = p.struct(
    `device program of ${count} instructions`,
    [BPF_PROG_TYPE_CGROUP_DEVICE, 4],
    [count, 4],
    [0, 8],
    [0, 8],
    ...Array.from({ length: 6 }, () => [0, 8] as const),
  );
  p.point(load, 8, p.bytes('instructions', program));
  p.point(load, 16, p.string('Apache-2.0'));
  const loaded = p.attempt(words, 'bpf', BPF_PROG_LOAD, load, load.size);
  p.fail(words, { result: loaded }, hints);
  const group = p.call(words, 'openat', AT_FDCWD, p.string(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const attach = p.struct('attach', [0, 4], [0, 4], [BPF_CGROUP_DEVICE, 4], [BPF_F_ALLOW_MULTI, 4]);
  p.store('to this group', attach, 0, { result: group }, 4);
  p.store('this program', attach, 4, { result: loaded }, 4);
  const attached = p.attempt(words, 'bpf', BPF_PROG_ATTACH, attach, attach.size);
  p.fail(words, { result: attached }, hints);
  close(p, loaded);
  close(p, group);
}
