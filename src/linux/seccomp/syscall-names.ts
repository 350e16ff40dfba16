import { allowedSyscalls } from './allowed-syscalls.ts';
import { findLibseccomp, loadLibseccomp } from './libseccomp.ts';

/**
 * Calls that a profile may name though the installed libseccomp does not know them: of kernels and processors
 * younger than it (Linux 6.17). They have no number here, so that a rule can only leave them denied.
 */
const young =
  'file_getattr file_setattr listns lsm_get_self_attr lsm_list_modules lsm_set_self_attr open_tree_attr ' +
  'riscv_flush_icache riscv_hwprobe rseq_slice_yield uprobe';

/** Of each kind of processor one: x86-64, i386, aarch64, arm, mips, ppc64le, s390x, riscv64. */
const processors = [
  0xc000003e, 0x40000003, 0xc00000b7, 0x40000028, 0x00000008, 0xc0000015, 0x80000016, 0xc00000f3,
];

/** The system calls of any processor, as libseccomp has them. Throws SC_HOST_UNFIT where it is not installed. */
export function syscallNames(): { has(name: string): boolean; all(): Iterable<string> } {
  const library = loadLibseccomp(findLibseccomp());
  const more = new Set([...allowedSyscalls, ...young.split(' ')]);
  return {
    has: (name) => library.resolveName(name) !== undefined || more.has(name),
    all: () => {
      const names = new Set(more);
      for (const processor of processors) {
        for (let number = 0; number < 600; number++) {
          const name = library.resolveNumber(processor, number);
          if (name !== undefined) names.add(name);
        }
      }
      return names;
    },
  };
}
