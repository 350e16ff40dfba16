import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';

/** Settings of the System V part of an ipc namespace (ipc_namespaces(7)). */
const ofSystemV =
  'kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced'.split(
    ' ',
  );

/** What has a field of its own. */
const fields: { readonly [name: string]: string } = {
  'kernel.hostname': 'network.hostname',
  'kernel.domainname': 'network.domainName',
};

export interface Sysctl {
  /** Below /proc/sys, such as `net/ipv4/conf/eth0.1/forwarding`. */
  path: string;
  /** The namespace that the setting belongs to. */
  namespace: 'ipc' | 'network';
}

/**
 * A setting of a container by its name. The first of `.` and `/` in it separates, and the other one stands for
 * it inside of a part (sysctl(8)): `net.ipv4.conf.eth0/1.forwarding`. Only settings of namespaces that a
 * container has to itself are taken: all others are the machine's. Throws SC_USAGE with the reason.
 */
export function parseSysctl(name: string): Sysctl {
  const parts = partsOf(name);
  const dotted = parts.join('.');
  const field = fields[dotted];
  if (field !== undefined) throw new ScError('SC_USAGE', `"${name}" has a field of its own`, { hint: field });
  const namespace = namespaceOf(parts, dotted);
  if (namespace !== undefined) return { path: parts.join('/'), namespace };
  const near = parts[0] === 'kernel' ? didYouMean(dotted, ofSystemV) : '';
  throw new ScError('SC_USAGE', `"${name}" is a setting of the whole machine${near}`, {
    hint: "kernel.msg*, kernel.sem, kernel.shm*, fs.mqueue.* or net.*, which are the container's own",
  });
}

function namespaceOf(parts: readonly string[], dotted: string): Sysctl['namespace'] | undefined {
  if (parts[0] === 'net' && parts.length > 1) return 'network';
  if (ofSystemV.includes(dotted)) return 'ipc';
  return parts[0] === 'fs' && parts[1] === 'mqueue' && parts.length === 3 ? 'ipc' : undefined;
}

/** No part can lead upwards or be left out, or the path would be another one. */
function partsOf(name: string): string[] {
  const separator = /[./]/.exec(name)?.[0] ?? '.';
  const parts = name.split(separator).map((part) => (separator === '.' ? part.replaceAll('/', '.') : part));
  if (parts.every((part) => /^[\w:-]+(\.[\w:-]+)*$/.test(part))) return parts;
  throw new ScError('SC_USAGE', `"${name}" is no name of a kernel setting`, {
    hint: 'a name such as net.ipv4.ip_forward',
  });
}
