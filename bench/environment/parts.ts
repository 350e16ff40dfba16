import { evenMaps } from '../../src/linux/id-maps.ts';
import type { SecuritySpec } from '../../src/schema/container-spec.ts';

/** A default of the environment whose cost is measured: what a container has with it, and has not without. */
export interface Part {
  name: string;
  /** For sc: fields of `security`, in place of those of the bare container. */
  security?: (defaults: SecuritySpec) => Partial<SecuritySpec>;
  /** For an OCI runtime: keys of `linux` in config.json that the bare container lacks. */
  keys: readonly string[];
}

const range = { inside: 0, host: 524288, size: 65536 };

export const parts: readonly Part[] = [
  { name: 'seccomp', security: ({ seccomp }) => ({ seccomp }), keys: ['seccomp'] },
  { name: 'control groups', keys: ['resources', 'cgroupsPath'] },
  {
    name: 'masks',
    security: ({ maskedPaths, readOnlyPaths }) => ({ maskedPaths, readOnlyPaths }),
    keys: ['maskedPaths', 'readonlyPaths'],
  },
  {
    name: 'user namespace',
    security: () => ({ userNamespace: evenMaps(range) }),
    keys: ['uidMappings', 'gidMappings'],
  },
];

/** The same maps for an OCI runtime. */
export const mappings = [{ containerID: range.inside, hostID: range.host, size: range.size }];
