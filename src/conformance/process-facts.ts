import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { capabilityNames } from '../linux/capabilities.ts';
import { groupFacts } from './group-facts.ts';

/**
 * What the kernel says of a process of the host, in words of the container file where there are such. Throws ENOENT and
 * ESRCH for one that is not there.
 */
export function processFacts(pid: number): { [name: string]: unknown } {
  const at = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const status = statusOf(at('status'));
  const stat = at('stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const controlGroups = controlGroupsOf(at('cgroup'));
  return {
    pid,
    ...{ uid: numbers(status.Uid)[1], gid: numbers(status.Gid)[1], groups: numbers(status.Groups) },
    umask: status.Umask,
    arguments: strings(at('cmdline')),
    environment: environmentOf(at('environ')),
    limits: limitsOf(at('limits')),
    namespaces: namespacesOf(pid),
    capabilities: capabilitiesOf(status),
    seccomp: Number(status.Seccomp),
    noNewPrivileges: status.NoNewPrivs === '1',
    oomScoreAdjust: Number(at('oom_score_adj')),
    parent: Number(fields[1]),
    session: Number(fields[3]),
    // The pid that it has inside is the last of them: proc_pid_status(5).
    insidePid: numbers(status.NSpid).at(-1),
    mounts: mountsOf(at('mountinfo')),
    controlGroups,
    groupLimits: groupFacts(controlGroups),
    processes: processesBeside(pid),
    descriptors: readdirSync(`/proc/${pid}/fd`)
      .map(Number)
      .sort((a, b) => a - b),
  };
}

/** What has no value, such as the groups of a process without any, ends its line all the same. */
function statusOf(text: string): { readonly [name: string]: string } {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+):[ \t]*(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

function numbers(text = ''): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

function strings(text: string): string[] {
  return text.split('\0').slice(0, -1);
}

function environmentOf(text: string): { [name: string]: string } {
  return Object.fromEntries(
    strings(text).map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** By the kernel's words without `Max`, such as `open files`; unlimited is null. */
function limitsOf(text: string): { [name: string]: { soft: number | null; hard: number | null } } {
  const lines = text.matchAll(/^Max (.+?) {2,}(\S+) +(\S+)/gm);
  const amount = (word = '') => (word === 'unlimited' ? null : Number(word));
  return Object.fromEntries(
    [...lines].map(([, name, soft, hard]) => [name, { soft: amount(soft), hard: amount(hard) }]),
  );
}

/** By name whether it is the one that the suite runs in. */
function namespacesOf(pid: number): { [name: string]: 'host' | 'private' } {
  const names = readdirSync('/proc/self/ns').filter((name) => !name.endsWith('_for_children'));
  const isOurs = (name: string) =>
    readlinkSync(`/proc/${pid}/ns/${name}`) === readlinkSync(`/proc/self/ns/${name}`);
  return Object.fromEntries(names.map((name) => [name, isOurs(name) ? 'host' : 'private']));
}

function capabilitiesOf(status: { readonly [name: string]: string }): { [set: string]: string[] } {
  const sets = {
    inheritable: 'CapInh',
    permitted: 'CapPrm',
    effective: 'CapEff',
    bounding: 'CapBnd',
    ambient: 'CapAmb',
  };
  return Object.fromEntries(
    Object.entries(sets).map(([set, name]) => [set, capabilityNames(BigInt(`0x${status[name] ?? 0}`))]),
  );
}

/** proc_pid_mountinfo(5). */
function mountsOf(text: string): { [name: string]: unknown }[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [before = '', behind = ''] = line.split(' - ');
      const [, , , root, target, flags = '', ...tags] = before.split(' ');
      const [type, source, options = ''] = behind.split(' ');
      return {
        target,
        type,
        source,
        root,
        flags: flags.split(','),
        options: options.split(','),
        propagation: tags,
      };
    });
}

/** By controller, or `unified`, the path of its group. */
function controlGroupsOf(text: string): { [controller: string]: string } {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return Object.fromEntries(
    lines.flatMap((line) => (line?.[1] ?? '').split(',').map((name) => [name || 'unified', line?.[2] ?? ''])),
  );
}

/** Numbers of all processes in its pid namespace, seen from the host. */
function processesBeside(pid: number): number[] {
  const namespace = readlinkSync(`/proc/${pid}/ns/pid`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isIn(name, namespace))
    .map(Number)
    .sort((a, b) => a - b);
}

function isIn(pid: string, namespace: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
  } catch {
    return false;
  }
}
