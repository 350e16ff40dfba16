import { ScError } from '../../errors/error.ts';
import { koffi } from '../koffi.ts';
import { errnoName, library as libc } from '../libc.ts';
import { findLibrary, type LibraryFile, loadLibrary, type SharedLibrary } from '../shared-library.ts';

const libseccomp: SharedLibrary = {
  name: 'libseccomp.so.2',
  package: 'libseccomp2',
  without: 'set security.seccomp to unconfined',
};

/** Finds the library without loading it. Throws SC_HOST_UNFIT where it is not installed. */
export function findLibseccomp(places?: readonly string[]): LibraryFile {
  return findLibrary(libseccomp, places);
}

/** The filter under construction; a pointer of libseccomp. */
export type FilterContext = unknown;

/** The calls of libseccomp that sc makes, named as there. Those that fail throw SC_HOST_UNFIT. */
export interface Libseccomp {
  /** Three numbers, such as `[2, 5, 4]`. */
  version(): number[];
  init(defaultAction: number): FilterContext;
  release(context: FilterContext): void;
  archRemove(context: FilterContext, architecture: number): void;
  archAdd(context: FilterContext, architecture: number): void;
  /** False where this version does not know the attribute or the value. */
  attrSet(context: FilterContext, attribute: number, value: number): boolean;
  /** `comparisons` is an array of struct scmp_arg_cmp; `name` is the call's, for the error. */
  ruleAdd(
    context: FilterContext,
    action: number,
    syscall: number,
    count: number,
    comparisons: Buffer,
    name: string,
  ): void;
  exportBpf(context: FilterContext, descriptor: number): void;
  /** The number of a call, negative where only other processors have it, undefined where it is unknown. */
  resolveName(name: string): number | undefined;
  /** The number that a processor of that SCMP_ARCH gives to a call. */
  resolveNameOn(architecture: number, name: string): number | undefined;
  /** Whether the number is a call of that processor. */
  isKnown(architecture: number, syscall: number): boolean;
  /** The name that a processor of that SCMP_ARCH gives to a number. */
  resolveNumber(architecture: number, syscall: number): string | undefined;
}

/** __NR_SCMP_ERROR */
const unknownName = -1;

/** Loads the library, which takes some milliseconds: only for who compiles a filter or asks for facts. */
export function loadLibseccomp({ path }: LibraryFile): Libseccomp {
  const library = loadLibrary(libseccomp, path);
  const call = (prototype: string) => library.func(prototype);
  const checked = (prototype: string) => {
    const func = call(prototype);
    const name = /(\w+)\(/.exec(prototype)?.[1] ?? prototype;
    return (...args: unknown[]): void => {
      const result = Number(func(...args));
      if (result >= 0) return;
      const errno = errnoName(-result);
      throw new ScError('SC_HOST_UNFIT', `compile the seccomp filter: ${name}: ${errno}`, { errno });
    };
  };
  const version = call('const void *seccomp_version()');
  const init = call('void *seccomp_init(uint32_t action)');
  const attrSet = call('int seccomp_attr_set(void *context, int attribute, uint32_t value)');
  const ruleAdd = call(
    'int seccomp_rule_add_array(void *context, uint32_t action, int syscall, unsigned int count, const void *args)',
  );
  const resolveName = call('int seccomp_syscall_resolve_name(const char *name)');
  const resolveNameOn = call(
    'int seccomp_syscall_resolve_name_arch(uint32_t architecture, const char *name)',
  );
  const resolveNumber = call('void *seccomp_syscall_resolve_num_arch(uint32_t architecture, int number)');
  const free = libc.func('void free(void *memory)');
  const known = (number: number): number | undefined => (number === unknownName ? undefined : number);

  return {
    version: () => [...(koffi().decode(version(), 'uint32_t', 3) as Uint32Array)],
    init: (defaultAction) => {
      const context = init(defaultAction);
      if (context !== null) return context;
      throw new ScError('SC_HOST_UNFIT', 'compile the seccomp filter: seccomp_init failed');
    },
    release: call('void seccomp_release(void *context)'),
    archRemove: checked('int seccomp_arch_remove(void *context, uint32_t architecture)'),
    archAdd: checked('int seccomp_arch_add(void *context, uint32_t architecture)'),
    attrSet: (context, attribute, value) => attrSet(context, attribute, value) === 0,
    ruleAdd: (context, action, syscall, count, comparisons, name) => {
      const result = Number(ruleAdd(context, action, syscall, count, comparisons));
      if (result >= 0) return;
      const errno = errnoName(-result);
      throw new ScError('SC_HOST_UNFIT', `compile the seccomp filter: a rule for "${name}": ${errno}`, {
        errno,
        ...(errno === 'EEXIST' && { hint: `give "${name}" one action for the same arguments` }),
      });
    },
    exportBpf: checked('int seccomp_export_bpf(void *context, int descriptor)'),
    resolveName: (name) => known(resolveName(name)),
    resolveNameOn: (architecture, name) => known(resolveNameOn(architecture, name)),
    isKnown: (architecture, number) => {
      const name = resolveNumber(architecture, number);
      if (name !== null) free(name);
      return name !== null;
    },
    resolveNumber: (architecture, number) => {
      const name = resolveNumber(architecture, number);
      if (name === null) return undefined;
      const text = String(koffi().decode(name, 'char', -1));
      free(name);
      return text;
    },
  };
}
