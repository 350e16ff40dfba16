/**
 * Where lxc keeps its locks, which go with the mount namespace of lxc-start here. It is also the path by which its tools
 * know our containers (`--lxcpath`): nothing of them is there, but root of each container has to be able to enter it.
 */
export const LOCKS = '/run/lxc';

/** Name of its configuration in the directory of the tool. */
export const CONFIG = 'config';

/** Of the control groups that lxc-start has beside those of the container, below the same parent. */
export const monitorGroup = (id: string): string => `${id}-monitor`;
export const pivotGroup = (id: string): string => `${id}-pivot`;

/** What lxc-start makes in the last of them, and goes into at its end. */
export const PIVOT = 'lxc.pivot';
